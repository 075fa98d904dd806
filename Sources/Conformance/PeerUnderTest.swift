import Channels
import Sun4v

/// One end of Domain Services, with all it wanted done since the state of the case was reached.
struct PeerUnderTest {
  var peer: DomainServicesPeer
  private var effects: [DomainServicesEffect] = []

  init(
    role: DomainServicesRole, services: [DomainService] = [],
    versions: [ProtocolVersion] = [ProtocolVersion(1, 0)]
  ) {
    peer = DomainServicesPeer(role: role, services: services, versions: versions)
  }

  /// Builds the state that a case gives: what is registered was registered by the peer.
  init(in input: VectorFields) throws {
    let state = try input.optionalString("state") ?? "READY"
    var standing: [(id: String, handle: UInt64)] = []
    for key in ["registered", "already_registered"] {
      guard let fields = try input.optionalObject(key) else { continue }
      for id in fields.allKeys() { standing.append((id, try fields.number(id))) }
    }
    var services: [DomainService] = []
    if let fields = try input.optionalObject("services") {
      for id in fields.allKeys() {
        services.append(
          DomainService(id: id, versions: try fields.versions(id), side: .acceptsPeer))
      }
    }
    for (id, _) in standing where !services.contains(where: { $0.id == id }) {
      services.append(
        DomainService(id: id, versions: [ProtocolVersion(1, 0)], side: .acceptsPeer))
    }
    let versions =
      try input.has("supported") ? input.versions("supported") : [ProtocolVersion(1, 0)]
    self.init(
      role: state == "INIT_SENT" ? .guest : .serviceEntity, services: services,
      versions: versions)
    linkUp()
    if state == "READY" { receive(.initRequest(ProtocolVersion(1, 0))) }
    for (id, handle) in standing {
      guard let version = services.first(where: { $0.id == id })?.versions.highest else { continue }
      receive(.registerRequest(ServiceHandle(handle), version, service: id))
    }
    guard peer.phase.rawValue == state, peer.registered.count == standing.count else {
      throw VectorError("no way to state \(state)")
    }
    effects.removeAll()
  }

  mutating func linkUp() { peer.linkUp(into: &effects) }
  mutating func linkDown() { peer.linkDown(into: &effects) }
  mutating func receive(_ datagram: [UInt8]) { peer.receive(datagram, into: &effects) }
  mutating func receive(_ message: DomainServicesMessage) { receive(message.bytes) }

  /// What a case can compare.
  func outcome(ignoring ignored: [String]) throws -> JSONValue {
    var sent: [JSONValue] = []
    var isClosed = false
    var delivered: [String: JSONValue] = [:]
    for effect in effects {
      switch effect {
      case .send(let bytes): sent.append(.string(try masked(bytes, ignored).hexadecimalDigits))
      case .closeChannel: isClosed = true
      case .data(let service, _, let payload):
        delivered = [
          "service": .string(service),
          "payload": .string([UInt8](payload).hexadecimalDigits),
          "length": .integer(Int64(payload.count)),
        ]
      default: break
      }
    }
    let versions = peer.registered.map { ($0.id, $0.version.vectorValue) }
    let result: [String: JSONValue] = [
      "tx": .array(sent), "state": .string(peer.phase.rawValue),
      "channel": isClosed ? "CLOSED" : "OPEN",
      "registered": .array(peer.registered.map { .string($0.id) }),
      "versions": .object(Dictionary(versions) { first, _ in first }),
      "next_required": peer.phase == .ready ? .null : "DS_INIT",
      "ignore_fields": .array(ignored.map { .string($0) }),
    ]
    return .object(result.merging(delivered) { first, _ in first })
  }

  /// The datagram with ignored fields zero, as the cases write them.
  private func masked(_ datagram: [UInt8], _ ignored: [String]) throws -> [UInt8] {
    guard ignored.contains("major_vers"),
      case .registerNack(let handle, let result, _) = try DomainServicesMessage(datagram)
    else { return datagram }
    return DomainServicesMessage.registerNack(handle, result, major: 0).bytes
  }
}
