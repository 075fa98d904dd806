import Channels
import Hypervisor
import Sun4v
import Testing

@Suite struct DomainServicesEndpointTests {
  /// A service entity and a guest, run by interrupts and deadlines.
  private struct Pair {
    let domains: TwoDomains
    var ends: [DomainServicesEndpoint]
    var effects: [[DomainServicesEffect]] = [[], []]

    init(plan: ChannelFaultPlan? = nil, offers: String = "dvma") throws {
      domains = try TwoDomains()
      domains.hypervisor.state.channelFaults = plan
      let versions = [ProtocolVersion(1, 0)]
      ends = [
        DomainServicesEndpoint(
          configuration: domains.configurations[0],
          link: LDCLinkConfiguration(mode: .reliable, role: .responder, initialSequence: 3),
          role: .serviceEntity,
          services: [DomainService(id: "dvma", versions: versions, side: .registersHere)]),
        DomainServicesEndpoint(
          configuration: domains.configurations[1],
          link: LDCLinkConfiguration(mode: .reliable, initialSequence: 9),
          role: .guest,
          services: [DomainService(id: offers, versions: versions, side: .acceptsPeer)]),
      ]
      for end in 0..<2 { try ends[end].open(domains.ports[end], into: &effects[end]) }
      run()
    }

    mutating func run(limit: Int = 20_000) {
      for _ in 0..<limit {
        var ran = false
        for end in 0..<2 {
          let isInterrupted = domains.takeInterrupts(end)
          guard isInterrupted || ends[end].deadline.map({ $0 <= domains.now }) ?? false else {
            continue
          }
          ran = true
          ends[end].service(domains.ports[end], into: &effects[end])
        }
        if ran { continue }
        guard let next = ends.compactMap(\.deadline).min() else { return }
        domains.pass(to: next)
      }
    }

    mutating func send(_ payload: [UInt8], from end: Int) throws {
      let service = try #require(ends[end].peer.registration(of: "dvma"))
      try ends[end].send(
        payload, to: service.handle, domains.ports[end], into: &effects[end])
    }

    func payloads(at end: Int) -> [[UInt8]] {
      effects[end].compactMap { effect in
        if case .data(_, _, let bytes) = effect { [UInt8](bytes) } else { nil }
      }
    }
  }

  @Test func aServiceComesUpOverTheChannelAndCarriesData() throws {
    var pair = try Pair()
    #expect(pair.ends.map(\.peer.phase) == [.ready, .ready])
    try pair.send([1, 2], from: 1)
    pair.run()
    try pair.send([3], from: 0)
    pair.run()
    #expect(pair.payloads(at: 0) == [[1, 2]])
    #expect(pair.payloads(at: 1) == [[3]])
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func faultsOfTheChannelDoNotShow(seed: UInt64) throws {
    var pair = try Pair(
      plan: ChannelFaultPlan(drop: 0.2, duplicate: 0.1, reorder: 0.1, seed: seed))
    for value in 0..<30 as Range<UInt8> {
      guard pair.ends[1].peer.registration(of: "dvma") != nil else { continue }
      try pair.send([value], from: 1)
      pair.run()
    }
    let values = pair.payloads(at: 0).compactMap(\.first)
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
    let isCalm = !pair.effects.joined().contains {
      if case .serviceDown = $0 { true } else { false }
    }
    #expect(!isCalm || values == Array(0..<30))
  }

  /// Nothing below Domain Services sees damage, so what it says is lost or means something else; in the
  /// end both ends know the same registrations.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func damageOnTheWayUpOnlyCostsTime(seed: UInt64) throws {
    let plan = ChannelFaultPlan(
      drop: 0.05, duplicate: 0.05, reorder: 0.05, corrupt: 0.25, seed: seed)
    var pair = try Pair(plan: plan)
    for _ in 0..<20 { pair.run(limit: 200) }
    pair.domains.hypervisor.state.channelFaults = nil
    pair.run()
    #expect(pair.ends.map(\.peer.phase) == [.ready, .ready])
    let handles = pair.ends.map { $0.peer.registration(of: "dvma")?.handle }
    #expect(handles[0] != nil && handles[0] == handles[1])
    #expect(pair.ends.allSatisfy { $0.deadline == nil })
  }

  @Test func whatIsRefusedForGoodIsNotTriedForEver() throws {
    var pair = try Pair(offers: "other")
    pair.run()
    let refusals = pair.effects[0].count {
      $0 == .registrationRefused(service: "dvma", .versionRefused)
    }
    #expect(refusals == 9, "once, and 8 times again")
    #expect(pair.ends.map(\.peer.phase) == [.ready, .ready])
    #expect(pair.ends.allSatisfy { $0.deadline == nil })
    pair.ends[1].reset(pair.domains.ports[1], into: &pair.effects[1])
    pair.run()
    #expect(pair.ends.map(\.peer.phase) == [.ready, .ready])
  }

  @Test func moreThanTheLinkTakesWaitsInOrder() throws {
    var pair = try Pair()
    for value in 0..<100 as Range<UInt8> {
      try pair.send([UInt8](repeating: value, count: 2000), from: 1)
    }
    pair.run()
    #expect(pair.payloads(at: 0).map(\.first) == (0..<100).map { $0 })
  }

  @Test func aMessageThatMakesNoSenseResetsTheConnectionWhichComesUpAgain() throws {
    var pair = try Pair()
    pair.effects = [[], []]
    // A datagram of unknown type, sent by a driver in the place of the guest's.
    var driver = pair.ends[1].driver
    var deliveries: [LDCLinkDelivery] = []
    try driver.send([0, 0, 0, 0x0b, 0, 0, 0, 0], pair.domains.ports[1], into: &deliveries)
    pair.run()
    #expect(pair.effects[0].contains(.closeChannel(.malformed(.unknownType(11)))))
    #expect(pair.ends.map(\.peer.phase) == [.ready, .ready])
    #expect(pair.ends[1].peer.registration(of: "dvma") != nil)
  }

  @Test func aGuestThatDiesTakesItsServicesDownAndComesBack() throws {
    var pair = try Pair()
    pair.effects = [[], []]
    pair.ends[1].close(pair.domains.ports[1], into: &pair.effects[1])
    pair.run()
    #expect(
      pair.effects[0].contains {
        if case .serviceDown(_, .channelDown) = $0 { true } else { false }
      })
    #expect(pair.ends[0].peer.phase == .linkDown)
    try pair.ends[1].open(pair.domains.ports[1], into: &pair.effects[1])
    pair.run()
    #expect(pair.ends.map(\.peer.phase) == [.ready, .ready])
  }
}
