import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

/// Which states a search takes for one another, and that it loses none by it.
@Suite struct LikenessTests {
  private func ask(_ small: SmallMachine) throws -> RequestReference {
    try small.machine.request(
      small.guests[0], GrantRequest(handle: DeviceHandle(rawValue: 0x400), pages: 1))
  }

  @Test func theSameSituationLaterAndAfterMorePacketsIsAlike() throws {
    let small = try SmallMachine(guests: 2)
    let start = try small.machine.snapshot()
    _ = try ask(small)
    try small.machine.run()
    let prompt = try small.machine.snapshot()

    try small.machine.restore(start)
    _ = try ask(small)
    #expect(try small.machine.perform(.expire(small.guests[0])))
    try small.machine.run()
    let repeated = try small.machine.snapshot()

    #expect(prompt.time != repeated.time)
    #expect(prompt != repeated)
    #expect(prompt.isAlike(repeated))
    #expect(!prompt.isAlike(start))
  }

  @Test func whatMattersKeepsStatesApart() throws {
    let small = try SmallMachine(guests: 1)
    let machine = small.machine
    let asked = try ask(small)
    let onTheWay = try machine.snapshot()
    try machine.run()
    let granted = try machine.snapshot()
    #expect(!onTheWay.isAlike(granted))

    let grant = try #require(machine.grants(of: asked).first)
    try machine.setIgnoresRevoke(small.guests[0], true)
    let deaf = try machine.snapshot()
    try machine.revoke(grant, within: 50_000_000)
    let long = try machine.snapshot()
    try machine.restore(deaf)
    try machine.revoke(grant, within: 20_000_000)
    let short = try machine.snapshot()
    #expect(!long.isAlike(short))

    try machine.restore(granted)
    _ = try machine.requestRelease(grant)
    #expect(!granted.isAlike(try machine.snapshot()))
    try machine.run()
    #expect(!granted.isAlike(try machine.snapshot()))
  }

  @Test func noSituationThatARandomScheduleMeetsIsLeftOut() throws {
    let small = try SmallMachine(guests: 1, acknowledgeDelay: 0)
    let actions = [
      small.ask("a", 0), small.release("b", of: 0), small.revoke("c", of: 0), small.ask("d", 0),
      small.crash("e", Machine.control),
    ]
    var limits = ExplorationLimits()
    limits.timeouts = 0
    var met: Set<[String]> = []
    let report = try Explorer(small.machine, actions: actions, limits: limits) { machine in
      met.insert(Self.situation(of: machine))
      return machine.invariantViolations().first
    }.run()
    #expect(report.isComplete && report.violation == nil)
    #expect(met.count > 10)

    let start = try small.machine.snapshot()
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<60 {
      try small.machine.restore(start)
      var done: [RequestReference?] = Array(repeating: nil, count: actions.count)
      while try step(small.machine, actions, &done, &generator) {
        #expect(met.contains(Self.situation(of: small.machine)))
      }
    }
  }

  /// Does one possible thing at random; false where nothing is left to do.
  private func step(
    _ machine: Machine, _ actions: [ExplorationAction<RequestReference>],
    _ done: inout [RequestReference?], _ generator: inout SeededGenerator
  ) throws -> Bool {
    let own = machine.choices()
    let delivers = own.filter { if case .deliver = $0 { true } else { false } }
    var left = (delivers.isEmpty ? own : delivers).map { ExplorationChoice.machine($0) }
    left += actions.indices.filter { done[$0] == nil }.map { .action($0) }
    while !left.isEmpty {
      let choice = left.remove(at: Int(generator.next() % UInt64(left.count)))
      switch choice {
      case .machine(let own): if try machine.perform(own) { return true }
      case .action(let index):
        let before = try machine.snapshot()
        done[index] = try actions[index].run(machine, done)
        if done[index] != nil { return true }
        try machine.restore(before)
      }
    }
    return false
  }

  /// What scripts can see of a machine's grants.
  private static func situation(of machine: Machine) -> [String] {
    machine.domains.map { domain in
      let grants = machine.grants(of: domain).map { grant in
        "\(grant.record.grant) at \(grant.record.address) \(machine.state(of: grant))"
      }
      return "\(machine.isRunning(domain)) \(grants)"
    }
  }
}
