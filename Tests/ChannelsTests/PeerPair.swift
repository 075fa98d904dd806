import Channels

/// Two ends of Domain Services on a channel that loses nothing.
struct PeerPair: Hashable {
  var peers: [DomainServicesPeer]
  /// All effects by end, but what was sent and the closing of the channel.
  var effects: [[DomainServicesEffect]] = [[], []]
  private var flights: [Flight] = []
  private var isClosed = false

  private struct Flight: Hashable {
    var target: Int
    var bytes: [UInt8]
  }

  /// End 0 is the guest.
  init(guest: [DomainService], entity: [DomainService]) {
    peers = [
      DomainServicesPeer(role: .guest, services: guest),
      DomainServicesPeer(role: .serviceEntity, services: entity),
    ]
  }

  /// Lets an end do something, and acts on what it wants.
  mutating func at(
    _ end: Int, _ action: (inout DomainServicesPeer, inout [DomainServicesEffect]) throws -> Void
  ) rethrows {
    var produced: [DomainServicesEffect] = []
    defer {
      for effect in produced {
        if case .send(let bytes) = effect {
          flights.append(Flight(target: 1 - end, bytes: bytes))
        } else if case .closeChannel = effect {
          isClosed = true
        } else {
          effects[end].append(effect)
        }
      }
    }
    try action(&peers[end], &produced)
  }

  mutating func up() {
    for end in [1, 0] { at(end) { $0.linkUp(into: &$1) } }
    run()
  }

  mutating func down() {
    flights.removeAll()
    for end in 0..<2 { at(end) { $0.linkDown(into: &$1) } }
  }

  mutating func inject(_ bytes: [UInt8], to end: Int) {
    at(end) { $0.receive(bytes, into: &$1) }
  }

  /// Delivers up to `limit` datagrams; a closed channel takes both ends down and up again.
  mutating func run(limit: Int = 10_000) {
    for _ in 0..<limit {
      if isClosed {
        isClosed = false
        down()
        for end in [1, 0] { at(end) { $0.linkUp(into: &$1) } }
      }
      guard !flights.isEmpty else { return }
      let flight = flights.removeFirst()
      inject(flight.bytes, to: flight.target)
    }
  }

  var isAtRest: Bool { flights.isEmpty }
}
