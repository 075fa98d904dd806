import Channels
import Sun4v
import Testing

@Suite struct DomainServicesGarbageTests {
  /// A message that is noise, nearly right, or right at the wrong time.
  private static func noise(
    _ generator: inout SeededGenerator, _ peer: DomainServicesPeer
  ) -> [UInt8] {
    func number() -> UInt16 { UInt16(generator.below(3)) }
    let handles = peer.registered.map(\.handle) + [ServiceHandle(UInt64(generator.below(8)))]
    let handle = handles[Int(generator.below(UInt32(handles.count)))]
    let version = ProtocolVersion(number(), number())
    let result = DomainServicesResult(rawValue: UInt64(generator.below(6)))
    let service = ["a", "b", "c"][Int(generator.below(3))]
    let message: DomainServicesMessage
    switch generator.below(12) {
    case 0: message = .initRequest(version)
    case 1: message = .initAck(minor: number())
    case 2: message = .initNack(major: number())
    case 3: message = .registerRequest(handle, version, service: service)
    case 4: message = .registerAck(handle, minor: number())
    case 5: message = .registerNack(handle, result, major: number())
    case 6: message = .unregister(handle)
    case 7: message = .unregisterAck(handle)
    case 8: message = .unregisterNack(handle)
    case 9: message = .data(handle, generator.bytes(Int(generator.below(40)))[...])
    case 10: message = .nack(handle, result)
    default: return generator.bytes(Int(generator.below(40)))
    }
    var bytes = message.bytes
    if generator.below(8) == 0 {
      bytes[Int(generator.below(UInt32(bytes.count)))] ^= UInt8(1 + generator.below(255))
    }
    return bytes
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func garbageNeverCrashesOrWedges(seed: UInt64) {
    let versions = [ProtocolVersion(2, 1), ProtocolVersion(1, 0)]
    let services = ["a", "b"].map {
      DomainService(id: $0, versions: versions, side: .registersHere)
    }
    let accepted = ["a", "b", "c"].map {
      DomainService(id: $0, versions: versions, side: .acceptsPeer)
    }
    var pair = PeerPair(guest: services + accepted, entity: services + accepted)
    var generator = SeededGenerator(seed: seed)
    pair.up()
    for _ in 0..<1500 {
      let end = Int(generator.below(2))
      if generator.below(3) == 0 {
        pair.run(limit: 10)
      } else {
        pair.inject(Self.noise(&generator, pair.peers[end]), to: end)
      }
      for peer in pair.peers {
        let registered = peer.registered
        #expect(Set(registered.map(\.handle)).count == registered.count)
        #expect(registered.count <= 5)
        #expect(registered.isEmpty || peer.phase == .ready)
      }
    }
    pair.run()
    #expect(pair.isAtRest)
    pair.down()
    pair.up()
    #expect(pair.peers.map(\.registered.count) == [4, 4])
  }

  @Test func sameMessagesSameState() {
    func story(_ seed: UInt64) -> PeerPair {
      var generator = SeededGenerator(seed: seed)
      var pair = PeerPair(
        guest: [DomainService(id: "a", versions: [.init(1, 0)], side: .registersHere)],
        entity: [DomainService(id: "a", versions: [.init(1, 0)], side: .acceptsPeer)])
      pair.up()
      for _ in 0..<200 {
        pair.inject(Self.noise(&generator, pair.peers[1]), to: 1)
        pair.run(limit: 3)
      }
      return pair
    }
    #expect(story(3) == story(3))
    #expect(story(3) != story(4))
  }
}
