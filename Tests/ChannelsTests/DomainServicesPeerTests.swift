import Channels
import Testing

@Suite struct DomainServicesPeerTests {
  private func service(
    _ id: String, _ side: DomainService.Side, _ versions: (UInt16, UInt16)...
  ) -> DomainService {
    DomainService(
      id: id, versions: versions.map { ProtocolVersion($0.0, $0.1) }, side: side)
  }

  private func pair() -> PeerPair {
    var pair = PeerPair(
      guest: [service("md-update", .registersHere, (1, 0)), service("dvma", .acceptsPeer, (1, 3))],
      entity: [
        service("md-update", .acceptsPeer, (1, 0)), service("dvma", .registersHere, (1, 1)),
      ])
    pair.up()
    return pair
  }

  @Test func servicesOfBothEndsComeUpWithTheSameHandleAndVersion() throws {
    let pair = pair()
    #expect(pair.peers.map(\.phase) == [.ready, .ready])
    for id in ["md-update", "dvma"] {
      let ends = try pair.peers.map { try #require($0.registration(of: id)) }
      #expect(ends[0].handle == ends[1].handle)
      #expect(ends[0].version == ends[1].version)
      #expect(ends[0].side != ends[1].side)
    }
    #expect(pair.peers[0].registration(of: "dvma")?.version == ProtocolVersion(1, 1))
    #expect(pair.peers[0].registered.map(\.id) == ["dvma", "md-update"])
  }

  @Test func dataGoesBothWaysUnderOneHandle() throws {
    var pair = pair()
    let handle = try #require(pair.peers[0].registration(of: "dvma")).handle
    try pair.at(0) { try $0.send([1, 2, 3], to: handle, into: &$1) }
    try pair.at(1) { try $0.send([], to: handle, into: &$1) }
    pair.run()
    #expect(pair.effects[1].last == .data(service: "dvma", handle, [1, 2, 3]))
    #expect(pair.effects[0].last == .data(service: "dvma", handle, []))
    #expect(throws: ServiceSendError.tooLong(count: 4081, limit: 4080)) {
      try pair.at(0) { try $0.send([UInt8](repeating: 0, count: 4081), to: handle, into: &$1) }
    }
    #expect(throws: ServiceSendError.unknownHandle(ServiceHandle(99))) {
      try pair.at(0) { try $0.send([1], to: ServiceHandle(99), into: &$1) }
    }
  }

  @Test func registrationFallsBackThroughTheMajorNumbers() {
    var pair = PeerPair(
      guest: [service("dvma", .registersHere, (4, 0), (2, 5), (1, 0))],
      entity: [service("dvma", .acceptsPeer, (3, 0), (2, 7))])
    pair.up()
    #expect(pair.peers.map { $0.registration(of: "dvma")?.version.description } == ["2.5", "2.5"])
  }

  @Test func aServiceNobodyWantsIsRefused() {
    var pair = PeerPair(guest: [service("dvma", .registersHere, (2, 0), (1, 0))], entity: [])
    pair.up()
    #expect(
      pair.effects[0].last == .registrationRefused(service: "dvma", .versionRefused))
    #expect(pair.peers.allSatisfy { $0.registered.isEmpty })
  }

  @Test func aWithdrawnServiceIsGoneAtBothEndsAndCanComeBack() throws {
    var pair = pair()
    let service = try #require(pair.peers[1].registration(of: "dvma"))
    try pair.at(1) { try $0.unregister(service.handle, into: &$1) }
    #expect(throws: ServiceSendError.self) {
      try pair.at(1) { try $0.send([1], to: service.handle, into: &$1) }
    }
    pair.run()
    #expect(pair.effects[1].last == .serviceDown(service, .withdrawnHere))
    #expect(pair.peers.map { $0.registration(of: "dvma") } == [nil, nil])
    try pair.at(1) { try $0.registerAgain("dvma", into: &$1) }
    pair.run()
    let again = try #require(pair.peers[0].registration(of: "dvma"))
    #expect(again.handle != service.handle, "a handle is not used twice while the channel is up")
  }

  @Test func dataThatCrossesAWithdrawalIsRefusedAndNothingElseHappens() throws {
    var pair = pair()
    let service = try #require(pair.peers[1].registration(of: "dvma"))
    try pair.at(0) { try $0.send([7], to: service.handle, into: &$1) }
    try pair.at(1) { try $0.unregister(service.handle, into: &$1) }
    pair.run()
    #expect(pair.effects[0].contains(.dataRefused(service.handle, .invalidHandle)))
    #expect(pair.peers.map(\.registered.count) == [1, 1])
  }

  @Test func theChannelTakesEveryServiceDownAndTheyComeUpAgain() throws {
    var pair = pair()
    let before = pair.peers[0].registered
    pair.effects = [[], []]
    pair.down()
    #expect(pair.effects[0].count == 2 && pair.effects[1].count == 2)
    #expect(pair.peers.allSatisfy { $0.registered.isEmpty && $0.phase == .linkDown })
    pair.up()
    #expect(pair.peers[0].registered == before)
  }

  @Test func anOpeningRequestOnAReadyConnectionStartsItAnew() {
    var pair = pair()
    pair.effects = [[], []]
    pair.at(0) { $0.linkDown(into: &$1) }
    pair.at(0) { $0.linkUp(into: &$1) }
    pair.run()
    #expect(pair.peers.map(\.registered.count) == [2, 2])
    #expect(
      pair.effects[1].contains {
        if case .serviceDown(_, .renegotiated) = $0 { true } else { false }
      })
  }

  @Test func declaringIsChecked() throws {
    var pair = pair()
    #expect(throws: ServiceSendError.duplicateService("dvma")) {
      try pair.at(0) { try $0.declare(service("dvma", .acceptsPeer, (1, 0)), into: &$1) }
    }
    #expect(throws: ServiceSendError.badServiceName("")) {
      try pair.at(0) { try $0.declare(service("", .acceptsPeer, (1, 0)), into: &$1) }
    }
    try pair.at(0) { try $0.declare(service("late", .acceptsPeer, (1, 0)), into: &$1) }
    try pair.at(1) { try $0.declare(service("late", .registersHere, (1, 0)), into: &$1) }
    pair.run()
    #expect(pair.peers[0].registration(of: "late") != nil)
  }

  @Test func aHandleInUseIsRefused() throws {
    var pair = pair()
    let taken = try #require(pair.peers[0].registration(of: "md-update")).handle
    try pair.at(1) { try $0.declare(service("snmp", .acceptsPeer, (1, 0)), into: &$1) }
    let request = DomainServicesMessage.registerRequest(
      taken, ProtocolVersion(1, 0), service: "snmp")
    pair.inject(request.bytes, to: 1)
    #expect(pair.peers[1].registration(of: "snmp") == nil)
    #expect(pair.peers[1].registration(of: "md-update")?.handle == taken)
  }

  /// What damage can make of an answer: the guest is asked for a version that it does not have.
  @Test func aGuestThatIsTalkedOutOfItsConnectionKnowsThatSomethingIsMissing() {
    var pair = PeerPair(
      guest: [DomainService(id: "dvma", versions: [.init(1, 0)], side: .registersHere)],
      entity: [DomainService(id: "dvma", versions: [.init(1, 0)], side: .acceptsPeer)])
    pair.up()
    pair.run()
    #expect(pair.peers.allSatisfy { !$0.awaitsAnswer })
    pair.inject(DomainServicesMessage.initRequest(ProtocolVersion(9, 0)).bytes, to: 0)
    pair.run()
    #expect(pair.peers[0].phase == .linkUp)
    #expect(pair.peers.map(\.awaitsAnswer) == [true, false])
  }
}
