import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

/// A machine small enough for every state of it to be visited.
struct SmallMachine {
  let machine: Machine
  let bus: RootComplexID
  let guests: [DomainID]

  init(
    guests count: Int, forgetsAnswers: Bool = false, acknowledgeDelay: UInt64 = 10_000
  ) throws {
    var configuration = MachineConfiguration(seed: 1, controlMemory: ByteSize(1 << 20))
    configuration.channelEntries = 16
    configuration.mondoEntries = 16
    configuration.requestRetransmitDelay = 500_000
    configuration.forgetsAnswers = forgetsAnswers
    configuration.acknowledgeDelay = acknowledgeDelay
    machine = try Machine(configuration)
    var window = RootComplexConfiguration(
      name: "pci@400", handle: DeviceHandle(rawValue: 0x400))
    window.windowSize = 32 << 13
    bus = try machine.addRootComplex(window)
    let machine = machine
    guests = try (1...count).map {
      try machine.addGuest(name: "ldg\($0)", memory: ByteSize(1 << 20))
    }
    try machine.boot()
    try machine.run(until: machine.now.advanced(byNanoseconds: 1_000_000_000))
  }

  /// Asks for a page.
  func ask(_ name: String, _ guest: Int) -> ExplorationAction<RequestReference> {
    let domain = guests[guest]
    return ExplorationAction(name: name) { machine, _ in
      guard machine.isRunning(domain) else { return nil }
      return try machine.request(
        domain, GrantRequest(handle: DeviceHandle(rawValue: 0x400), pages: 1))
    }
  }

  /// Gives back what the action at a place was granted.
  func release(_ name: String, of place: Int) -> ExplorationAction<RequestReference> {
    ExplorationAction(name: name) { machine, done in
      guard let asked = done[place], let grant = machine.grants(of: asked).first,
        machine.state(of: grant) == .live
      else { return nil }
      return try machine.requestRelease(grant)
    }
  }

  /// Wants back what the action at a place was granted.
  func revoke(_ name: String, of place: Int) -> ExplorationAction<RequestReference> {
    ExplorationAction(name: name) { machine, done in
      guard let asked = done[place], let grant = machine.grants(of: asked).first,
        machine.isRunning(Machine.control),
        (try? machine.revoke(grant, within: 50_000_000)) != nil
      else { return nil }
      return asked
    }
  }

  /// Ends a domain.
  func crash(_ name: String, _ domain: DomainID) -> ExplorationAction<RequestReference> {
    ExplorationAction(name: name) { machine, _ in
      guard machine.isRunning(domain) else { return nil }
      try machine.crash(domain)
      return RequestReference.none
    }
  }

  func explore(
    _ actions: [ExplorationAction<RequestReference>], limits: ExplorationLimits
  ) throws -> ExplorationReport {
    try Explorer(machine, actions: actions, limits: limits) { machine in
      let broken = machine.invariantViolations()
      return broken.isEmpty ? nil : broken.joined(separator: "; ")
    }.run()
  }
}

extension RequestReference {
  /// Stands for an action that asks nothing.
  static let none = RequestReference(domain: DomainID(0), id: RequestID(0), boot: 0)
}

@Suite struct ExplorerTests {
  @Test func everyOrderOfOneRequestAndACrashIsVisited() throws {
    let small = try SmallMachine(guests: 1)
    let before = try small.machine.snapshot()
    let report = try small.explore(
      [
        small.ask("ask", 0), small.release("release", of: 0),
        small.crash("crash", small.guests[0]),
      ], limits: ExplorationLimits())
    #expect(report.isComplete)
    #expect(report.violation == nil, "\(report.violation?.message ?? "")")
    #expect(report.states > 20)
    #expect(report.ends > 0)
    #expect(try small.machine.snapshot() == before)
  }

  @Test func aPlantedFaultIsFoundAndReproduced() throws {
    let small = try SmallMachine(guests: 1, forgetsAnswers: true)
    let actions = [small.ask("ask", 0)]
    let report = try small.explore(actions, limits: ExplorationLimits())
    let violation = try #require(report.violation)
    #expect(violation.message.contains("request"))
    var outcomes: [RequestReference?] = [nil]
    for choice in violation.choices {
      #expect(small.machine.invariantViolations().isEmpty)
      switch choice {
      case .machine(let own): #expect(try small.machine.perform(own))
      case .action(let index):
        outcomes[index] = try actions[index].run(small.machine, outcomes)
      }
    }
    #expect(small.machine.invariantViolations().joined(separator: "; ") == violation.message)
  }

  @Test func limitsAreToldAndTheSameSearchFindsTheSame() throws {
    let small = try SmallMachine(guests: 2)
    let actions = [small.ask("a", 0), small.ask("b", 1)]
    var limits = ExplorationLimits()
    limits.states = 50
    let first = try small.explore(actions, limits: limits)
    #expect(!first.isComplete)
    #expect((50...60).contains(first.states))
    #expect(try small.explore(actions, limits: limits) == first)
    limits.depth = 2
    limits.states = 1000
    #expect(try !small.explore(actions, limits: limits).isComplete)
  }

  @Test func randomSchedulesFindThePlantedFaultAndShrinkIt() throws {
    let small = try SmallMachine(guests: 2, forgetsAnswers: true)
    let actions = [
      small.ask("a", 0), small.ask("b", 1), small.release("c", of: 0),
      small.crash("d", small.guests[1]),
    ]
    let simulator = ScheduleSimulator(small.machine, actions: actions) { machine in
      machine.invariantViolations().first
    }
    let report = try simulator.run(seeds: 1...200, steps: 60)
    let violation = try #require(report.violation)
    #expect(violation.choices.count <= 8)
    #expect(try simulator.run(seeds: 1...200, steps: 60) == report)
  }

  @Test func randomSchedulesOfASoundMachineBreakNothing() throws {
    let small = try SmallMachine(guests: 2)
    let actions = [
      small.ask("a", 0), small.ask("b", 1), small.release("c", of: 0),
      small.revoke("d", of: 1), small.crash("e", Machine.control),
    ]
    let report = try ScheduleSimulator(small.machine, actions: actions) { machine in
      machine.invariantViolations().first
    }.run(seeds: 1...20, steps: 60)
    #expect(report.violation == nil, "\(report.violation?.message ?? "")")
    #expect(report.schedules == 20)
  }
}
