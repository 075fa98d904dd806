import Sun4v

/// Rules of virtual devices, channels and Domain Services.
///
/// Source: FWARC 2007/122, 2008/563, 2009/521, 2006/110; UltraSPARC Virtual Machine Specification, 8.19.
extension LintRule {
  static let channelPropertyMissing = LintRule(
    "channel-property-missing", .error,
    "Channel endpoints, virtual devices and their ports have the properties their binding requires."
  )
  static let channelPropertyKind = LintRule(
    "channel-property-kind", .error,
    "Properties of channel endpoints, virtual devices and ports are of the kind their binding names."
  )
  static let endpointsMissing = LintRule(
    "endpoints-missing", .error, "A channel-endpoints node collects the endpoints.")
  static let endpointsRepeated = LintRule(
    "endpoints-repeated", .error, "There is exactly one channel-endpoints node.")
  static let endpointParent = LintRule(
    "endpoint-parent", .error, "Every channel-endpoint hangs below channel-endpoints.")
  static let endpointRepeated = LintRule(
    "endpoint-id-repeated", .error, "Every channel-endpoint has an id of its own.")
  static let endpointRange = LintRule(
    "endpoint-id-range", .warning,
    "A channel's id is below 256, the limit of the OpenSPARC hypervisor.")
  static let endpointInterrupt = LintRule(
    "endpoint-ino-repeated", .error, "Every queue of a channel has a device interrupt of its own.")
  static let endpointShared = LintRule(
    "endpoint-shared", .error, "A channel is used by one port at most.")
  static let portRepeated = LintRule(
    "port-id-repeated", .error, "Every port of a device has an id of its own.")
  static let portEndpoint = LintRule(
    "port-endpoint", .warning, "A virtual-device-port has a fwd arc to its channel-endpoint.")
  static let portParent = LintRule(
    "port-parent", .error, "A virtual-device-port hangs below a virtual-device.")
  static let channelDevicesParent = LintRule(
    "channel-devices-parent", .error, "channel-devices hangs below virtual-devices.")
  static let servicesRepeated = LintRule(
    "services-repeated", .error, "There is at most one domain-services node.")
  static let servicesPortParent = LintRule(
    "services-port-parent", .error,
    "A domain-services-port hangs below domain-services or openboot.")
  static let servicesPortRepeated = LintRule(
    "services-port-id-repeated", .error, "Every domain-services-port of a node has its own id.")
  static let servicesPortEndpoint = LintRule(
    "services-port-endpoint", .error, "A domain-services-port has a fwd arc to a channel-endpoint.")
  static let domainServiceRemote = LintRule(
    "domain-service-remote", .warning,
    "A port of a virtual-domain-service names the other domain (2008/563).")

  static let channelBindings: [LintRule] = [
    channelPropertyMissing, channelPropertyKind, endpointsMissing, endpointsRepeated,
    endpointParent, endpointRepeated, endpointRange, endpointInterrupt, endpointShared,
    portRepeated, portEndpoint, portParent, channelDevicesParent, servicesRepeated,
    servicesPortParent, servicesPortRepeated, servicesPortEndpoint, domainServiceRemote,
  ]
}

extension LintPass {
  private static let endpointTable: [PropertyDemand] = [
    .init("id", .number), .init("tx-ino", .number), .init("rx-ino", .number),
  ]
  private static let parentTable: [PropertyDemand] = [
    .init("cfg-handle", .number), .init("name", .string, .customary),
    .init("device-type", .string, .customary), .init("compatible", .strings, .customary),
  ]
  private static let deviceTable: [PropertyDemand] = [
    .init("name", .string), .init("cfg-handle", .number), .init("device-type", .string, .customary),
    .init("compatible", .strings, .customary), .init("vlds-domain-handle", .number, .optional),
    .init("vlds-domain-name", .string, .optional),
  ]
  private static let portTable: [PropertyDemand] = [
    .init("id", .number), .init("name", .string, .customary),
    .init("vldc-svc-name", .string, .optional),
    .init("vlds-remote-domain-handle", .number, .optional),
    .init("vlds-remote-domain-name", .string, .optional),
  ]
  private static let servicesPortTable: [PropertyDemand] = [.init("id", .number)]

  mutating func checkChannels() {
    let rules = PropertyRules(missing: .channelPropertyMissing, kind: .channelPropertyKind)
    check(Self.endpointTable, nodes("channel-endpoint"), rules)
    check(Self.parentTable, nodes("virtual-devices") + nodes("channel-devices"), rules)
    check(Self.deviceTable, nodes("virtual-device"), rules)
    check(Self.portTable, nodes("virtual-device-port"), rules)
    check(Self.servicesPortTable, nodes("domain-services-port"), rules)
    checkEndpoints()
    checkVirtualDevices()
    checkServices()
  }

  private mutating func checkEndpoints() {
    let endpoints = nodes("channel-endpoint")
    let collectors = nodes("channel-endpoints")
    for extra in collectors.dropFirst() {
      report(.endpointsRepeated, extra, place: nil, "a second channel-endpoints node")
    }
    if collectors.isEmpty, let first = endpoints.first {
      report(.endpointsMissing, first, place: nil, "there is no channel-endpoints node")
    }
    checkUnique("id", endpoints, .endpointRepeated)
    var interrupts: [UInt64: NodeView] = [:]
    for view in endpoints {
      let parents = parents(of: view)
      if !collectors.isEmpty,
        !parents.contains(where: { $0.type == "channel-endpoints" })
      {
        report(.endpointParent, view, place: nil, "channel-endpoints has no fwd arc to this node")
      }
      let users = parents.filter { $0.type.hasSuffix("-port") }
      if users.count > 1 {
        report(
          .endpointShared, view, place: nil,
          "used by \(users.map { name(of: $0) }.joined(separator: ", ")); one port may")
      }
      if let id = view.integer("id"), id > 255 {
        report(.endpointRange, view, "id", "the id is \(id); 0 to 255 are right")
      }
      for property in ["tx-ino", "rx-ino"] {
        guard let number = view.integer(property) else { continue }
        if let other = interrupts[number] {
          report(
            .endpointInterrupt, view, property,
            "\(property) \(number) is also an interrupt of \(name(of: other))")
        } else {
          interrupts[number] = view
        }
      }
    }
  }

  private mutating func checkVirtualDevices() {
    for view in nodes("channel-devices")
    where !parents(of: view).contains(where: { $0.type == "virtual-devices" }) {
      report(
        .channelDevicesParent, view, place: nil, "virtual-devices has no fwd arc to this node")
    }
    for device in nodes("virtual-device") {
      let ports = device.children(ofType: "virtual-device-port")
      checkUnique("id", ports, .portRepeated)
      guard device.strings("compatible")?.contains(GuestDescription.domainServiceBinding) == true
      else { continue }
      for port in ports
      where port["vlds-remote-domain-handle"] == nil && port["vlds-remote-domain-name"] == nil {
        report(
          .domainServiceRemote, port, place: nil,
          "neither vlds-remote-domain-handle nor vlds-remote-domain-name names the other domain")
      }
    }
    for port in nodes("virtual-device-port") {
      if port.children(ofType: "channel-endpoint").isEmpty {
        report(.portEndpoint, port, place: nil, "no fwd arc leads to a channel-endpoint")
      }
      if !parents(of: port).contains(where: { $0.type == "virtual-device" }) {
        report(.portParent, port, place: nil, "no virtual-device has a fwd arc to this port")
      }
    }
  }

  private mutating func checkServices() {
    for extra in nodes("domain-services").dropFirst() {
      report(.servicesRepeated, extra, place: nil, "a second domain-services node")
    }
    for parent in nodes("domain-services") + nodes("openboot") {
      checkUnique("id", parent.children(ofType: "domain-services-port"), .servicesPortRepeated)
    }
    for port in nodes("domain-services-port") {
      if port.children(ofType: "channel-endpoint").isEmpty {
        report(.servicesPortEndpoint, port, place: nil, "no fwd arc leads to a channel-endpoint")
      }
      if !parents(of: port).contains(where: { ["domain-services", "openboot"].contains($0.type) }) {
        report(
          .servicesPortParent, port, place: nil,
          "neither domain-services nor openboot has a fwd arc to this port")
      }
    }
  }
}
