import Channels
import Hypervisor
import Sun4v

/// Two domains of one hypervisor with a channel between them, whose software is run by the test.
struct TwoDomains {
  let hypervisor: Hypervisor
  let ports: [DomainPort]
  let configurations: [LDCEndpointConfiguration]

  static let transmitQueue = RealAddress(0x8001_0000)
  static let receiveQueue = RealAddress(0x8002_0000)
  static let mondoQueue: UInt64 = 0x8003_0000
  static let cookie: UInt64 = 0x10_0000

  init(
    entries: UInt64 = 128, interrupts: Bool = true, conformance: ConformanceMode = .deployed
  ) throws {
    var state = HypervisorState(model: .t2, conformance: conformance)
    let domains = [
      state.addDomain(name: "primary", role: .control),
      state.addDomain(name: "ldg1", role: .guest),
    ]
    for (index, domain) in domains.enumerated() {
      try state.installMemory(
        domain, base: RealAddress(0x8000_0000), size: 0x1000_0000,
        physical: PhysicalAddress(0x4_0000_0000 + UInt64(index) * 0x1_0000_0000))
    }
    let channels = try state.connectChannel(domains[0], domains[1])
    let hypervisor = Hypervisor(state: state)
    self.hypervisor = hypervisor
    ports = domains.map { DomainPort(hypervisor, $0) }
    for port in ports {
      port.coreTrap(0, APIGroup.interrupt.rawValue, 2, 0)
      port.coreTrap(0, APIGroup.ldc.rawValue, 1, 1)
      port.coreTrap(0, APIGroup.core.rawValue, 1, 1)
      port.fastTrap(HypercallNumber.cpuQConf, 0x3d, Self.mondoQueue, 64)
    }
    configurations = [channels.0, channels.1].map { channel in
      LDCEndpointConfiguration(
        channel: channel, transmitQueue: Self.transmitQueue, receiveQueue: Self.receiveQueue,
        entries: entries,
        interrupt: interrupts
          ? LDCReceiveInterrupt(
            device: DeviceHandle(rawValue: 0x200), number: 2 * channel.rawValue + 1,
            cookie: Self.cookie) : nil)
    }
  }

  var now: VirtualTime { hypervisor.state.now }

  func pass(to time: VirtualTime) { hypervisor.state.now = max(now, time) }

  /// Takes the interrupts of a domain; whether there were any.
  func takeInterrupts(_ end: Int) -> Bool {
    var found = false
    while ports[end].takeMondo() != nil { found = true }
    return found
  }
}

/// The two ends' drivers on two domains.
struct DriverPair {
  let domains: TwoDomains
  var drivers: [LDCEndpointDriver]
  var deliveries: [[LDCLinkDelivery]] = [[], []]

  init(
    _ domains: TwoDomains, mode: LDCMode = .reliable,
    adjust: (inout LDCEndpointConfiguration) -> Void = { _ in }
  ) {
    self.domains = domains
    drivers = domains.configurations.enumerated().map { index, configuration in
      var configuration = configuration
      adjust(&configuration)
      return LDCEndpointDriver(
        configuration: configuration,
        link: LDCLinkConfiguration(
          mode: mode, role: index == 0 ? .responder : .initiator,
          initialSequence: UInt32(index) * 0x1000 + 7))
    }
  }

  mutating func open() throws {
    for end in 0..<2 { try drivers[end].open(domains.ports[end], into: &deliveries[end]) }
  }

  mutating func send(_ message: [UInt8], from end: Int) throws(LDCSendError) {
    try drivers[end].send(message, domains.ports[end], into: &deliveries[end])
  }

  /// Runs both ends by interrupts and deadlines until nothing is left to do; whether that came.
  mutating func run(limit: Int = 20_000) -> Bool {
    for _ in 0..<limit {
      var ran = false
      for end in 0..<2 {
        let isInterrupted = domains.takeInterrupts(end)
        let isDue = drivers[end].deadline.map { $0 <= domains.now } ?? false
        guard isInterrupted || isDue else { continue }
        ran = true
        drivers[end].service(domains.ports[end], into: &deliveries[end])
      }
      if ran { continue }
      guard let next = drivers.compactMap(\.deadline).min() else { return true }
      domains.pass(to: next)
    }
    return false
  }

  func messages(at end: Int) -> [[UInt8]] {
    deliveries[end].compactMap { if case .message(let bytes) = $0 { [UInt8](bytes) } else { nil } }
  }

  func events(at end: Int) -> [LDCLinkEvent] {
    deliveries[end].compactMap { if case .event(let event) = $0 { event } else { nil } }
  }
}
