import Channels
import Hypervisor
import Negotiation
import Sun4v

/// A machine of a control domain and some guests, each with its real software over the real
/// hypervisor, and the loop that runs them: interrupts as long as there are any, else the next timer.
struct TestMachine {
  static let handle = DeviceHandle(rawValue: 0x780)
  static let windowPages: UInt64 = 1024

  let hypervisor: Hypervisor
  let primary: DomainID
  let guestIDs: [DomainID]
  let bus: RootComplexID
  let channels: [(control: ChannelID, guest: ChannelID)]
  var control: ControlDomainSoftware
  var guests: [GuestDomainSoftware] = []
  var controlEvents: [NegotiationEvent] = []
  var guestEvents: [[NegotiationEvent]]

  static let window = DVMAWindow(
    handle: handle, base: DVMAAddress(0x8000_0000), pages: windowPages, pageSize: .size8K)

  init(
    guests count: Int = 2, model: MachineModel = .t2, quotaPages: Int? = nil,
    guestWindow: DVMAWindow = TestMachine.window,
    limits: (inout ControlAgentConfiguration) -> Void = { _ in }
  ) throws {
    var state = HypervisorState(model: model)
    primary = state.addDomain(name: "primary", role: .control)
    try state.installMemory(
      primary, base: RealAddress(0x8000_0000), size: 0x100_0000,
      physical: PhysicalAddress(0x1_0000_0000))
    var configuration = RootComplexConfiguration(name: "pci@780", handle: Self.handle)
    configuration.windowSize = Self.windowPages * 8192
    bus = try state.addRootComplex(configuration, owner: primary)
    var ids: [DomainID] = []
    var made: [(control: ChannelID, guest: ChannelID)] = []
    for number in 0..<count {
      let id = state.addDomain(name: "ldg\(number + 1)", role: .guest)
      try state.installMemory(
        id, base: RealAddress(0x4000_0000), size: 0x100_0000,
        physical: PhysicalAddress(0x2_0000_0000 + UInt64(number) * 0x100_0000))
      let (near, far) = try state.connectChannel(primary, id)
      ids.append(id)
      made.append((near, far))
    }
    hypervisor = Hypervisor(state: state)
    guestIDs = ids
    channels = made
    guestEvents = Array(repeating: [], count: count)
    control = try ControlDomainSoftware(
      configuration: SoftwareConfiguration(
        domain: primary, incarnation: 1, memoryBase: RealAddress(0x8000_0000),
        memorySize: 0x100_0000, windows: [Self.window]),
      guests: zip(ids, made).map {
        GuestAttachment(
          channel: ChannelAttachment(channel: $1.control), domain: $0, quotaPages: quotaPages)
      }, limits: limits)
    for index in 0..<count {
      self.guests.append(Self.guest(ids[index], made[index].guest, 1, guestWindow))
    }
  }

  static func guest(
    _ id: DomainID, _ channel: ChannelID, _ incarnation: UInt64, _ window: DVMAWindow
  ) -> GuestDomainSoftware {
    GuestDomainSoftware(
      configuration: SoftwareConfiguration(
        domain: id, incarnation: incarnation, memoryBase: RealAddress(0x4000_0000),
        memorySize: 0x80_0000, windows: [window]),
      channel: ChannelAttachment(channel: channel))
  }

  var controlPort: DomainPort { DomainPort(hypervisor, primary) }
  func port(_ guest: Int) -> DomainPort { DomainPort(hypervisor, guestIDs[guest]) }
  var now: VirtualTime { hypervisor.state.now }

  mutating func boot() throws {
    try control.boot(controlPort, events: &controlEvents)
    for index in guests.indices { try boot(index) }
    run()
  }

  mutating func boot(_ index: Int) throws {
    try guests[index].boot(port(index), events: &guestEvents[index])
  }

  /// Runs until nothing is left to do at this moment, then on to the next timer, for so many steps.
  mutating func run(steps: Int = 400, until isDone: (Self) -> Bool = { _ in false }) {
    for _ in 0..<steps where !isDone(self) {
      let pending = hypervisor.state.pendingMondos.domains
      if pending.isEmpty {
        let due = ([control.nextDeadline] + guests.map(\.nextDeadline)).compactMap { $0 }.min()
        guard let due else { return }
        if due > now { hypervisor.state.now = due }
        control.handleTimers(controlPort, events: &controlEvents)
        for index in guests.indices {
          guests[index].handleTimers(port(index), events: &guestEvents[index])
        }
      }
      if pending.contains(primary) {
        control.handleInterrupts(controlPort, events: &controlEvents)
      }
      for (index, id) in guestIDs.enumerated() where pending.contains(id) {
        guests[index].handleInterrupts(port(index), events: &guestEvents[index])
      }
    }
  }

  /// Asks for a grant and runs until answered.
  mutating func negotiate(
    _ guest: Int, pages: UInt64, alignment: UInt64 = 1
  ) throws -> RequestOutcome? {
    let request = try guests[guest].requestGrant(
      GrantRequest(handle: Self.handle, pages: pages, alignment: alignment), port(guest),
      events: &guestEvents[guest])
    run { $0.guests[guest].outcome(of: request) != .pending }
    return guests[guest].outcome(of: request)
  }

  mutating func release(_ guest: Int, _ grants: [GrantID]) throws -> RequestOutcome? {
    let request = try guests[guest].release(grants, port(guest), events: &guestEvents[guest])
    run { $0.guests[guest].outcome(of: request) != .pending }
    return guests[guest].outcome(of: request)
  }

  /// What is wrong between the agent's book and the hypervisor's.
  func inconsistencies() -> [String] {
    var found = control.agent.checkInvariants()
    guard let complex = hypervisor.state.rootComplex(bus) else { return ["no root complex"] }
    let installed = complex.grants.all.map { "\(complex.window.address(of: $0.base)) \($0.pages)" }
    let known = control.agent.grantList.sorted { $0.address < $1.address }
      .map { "\($0.address) \($0.pages)" }
    if installed != known { found.append("installed \(installed), known \(known)") }
    return found
  }
}

extension RequestOutcome {
  var records: [GrantRecord]? {
    if case .granted(let records) = self { return Array(records) }
    return nil
  }
}
