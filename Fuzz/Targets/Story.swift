import Channels
import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v

/// A machine in which one domain's software is the input.
///
/// It is a guest that the control domain must stand, or a control domain that a guest must stand. Another
/// guest is in good order and keeps what it has.
///
/// Promises: no input stops the machine or breaks an invariant of the hypervisor; when the rogue is gone
/// nothing of it is left and every invariant of the machine holds; the guest in good order has lost
/// nothing to a rogue guest and negotiates as before, and the rogue's domain boots again.
final class Story {
  let machine: Machine
  let bus: RootComplexID
  let honest: DomainID
  private let other: DomainID
  /// How stories begin, with a rogue guest and with a rogue control domain.
  private var beginnings: [Beginning] = []
  private var grant: GrantReference

  private(set) var rogue: Rogue
  private(set) var rogueIsControl = false
  /// The guest in good order stays within its share.
  private var asked = 0

  private struct Beginning {
    let machine: MachineSnapshot
    let rogue: Rogue
  }

  /// Made once; each input begins with the same state.
  nonisolated(unsafe) private static let shared = must("the machine boots") { try Story() }

  private init() throws {
    var configuration = MachineConfiguration(seed: 1, controlMemory: ByteSize(1 << 20))
    configuration.channelEntries = 64
    machine = try Machine(configuration)
    var complex = RootComplexConfiguration(
      name: "pci@400", handle: DeviceHandle(rawValue: 0x400))
    complex.windowSize = 1 << 20
    bus = try machine.addRootComplex(complex)
    honest = try machine.addGuest(name: "ldg1", memory: ByteSize(1 << 20))
    other = try machine.addGuest(name: "ldg2", memory: ByteSize(1 << 20))
    try machine.boot()
    grant = try Self.negotiate(machine, honest)[0]
    let buffer = try machine.allocate(honest, 8192)
    _ = try machine.map(
      honest,
      MappingRequest(
        buffer: buffer, length: 8192, place: .grant(grant), direction: .bidirectional))
    try machine.run()
    let before = try machine.snapshot()
    rogue = Self.newRogue(in: machine, other, .guest)
    beginnings.append(Beginning(machine: try machine.snapshot(), rogue: rogue))
    connect()
    beginnings.append(Beginning(machine: try machine.snapshot(), rogue: rogue))
    try machine.restore(before)
    rogueIsControl = true
    rogue = Self.newRogue(in: machine, Machine.control, .serviceEntity)
    beginnings.append(Beginning(machine: try machine.snapshot(), rogue: rogue))
    connect()
    beginnings.append(Beginning(machine: try machine.snapshot(), rogue: rogue))
  }

  /// Lets the rogue be in good order until the service is registered.
  private func connect() {
    for _ in 0..<1000 where rogue.handle == nil {
      withRogue { $0.serve() }
      wait(nanoseconds: 100_000)
    }
    require(rogue.handle != nil, "a rogue that behaves well is served")
  }

  private static func negotiate(
    _ machine: Machine, _ domain: DomainID
  ) throws -> [GrantReference] {
    try machine.negotiate(
      domain, GrantRequest(handle: DeviceHandle(rawValue: 0x400), pages: 2))
  }

  /// Takes a domain's software away and gives the domain to a rogue.
  private static func newRogue(
    in machine: Machine, _ domain: DomainID, _ role: DomainServicesRole
  ) -> Rogue {
    must("the rogue takes over") {
      try machine.crash(domain)
      machine.hypervisor.state.startDomain(domain)
      let record = try machine.record(of: domain)
      let channel = record.channels.liveChannels[0]
      let memory = record.memoryMap.segments.first { $0.kind == .memory }
      return Rogue(
        DomainPort(machine.hypervisor, domain), channel: channel,
        memory: memory?.base ?? RealAddress(0), role: role)
    }
  }

  /// A story with the first byte's choice of who is the rogue, begun in a registered session or before.
  static func beginning(_ source: inout ByteSource, isConnected: Bool) -> Story {
    let story = shared
    story.asked = 0
    story.rogueIsControl = source.byte() % 2 == 1
    let begin = story.beginnings[(story.rogueIsControl ? 2 : 0) + (isConnected ? 1 : 0)]
    must("the machine begins anew") { try story.machine.restore(begin.machine) }
    story.rogue = begin.rogue
    return story
  }

  /// Lets the rogue do something; the machine takes note of interrupts that it has raised.
  func withRogue(_ body: (inout Rogue) -> Void) {
    body(&rogue)
    _ = try? machine.hypercall(
      rogue.port.domain, .fast, HypercallNumber.ldcTxGetState, HypercallArguments(0, 0, 0, 0, 0))
  }

  /// Lets the machine and, where it is to be in good order, the rogue go on.
  func run(steps: Int, serves: Bool = true) {
    for _ in 0..<steps {
      if serves { withRogue { $0.serve() } }
      _ = must("a step") { try machine.run(until: soon(20_000), steps: 4) }
      machine.hypervisor.state.now = soon(1_000)
    }
    checkNow()
  }

  /// Lets time pass.
  func wait(nanoseconds: UInt64) {
    let end = soon(nanoseconds)
    let steps = must("time passes") { try machine.run(until: end, steps: 500) }
    if steps < 500 { machine.hypervisor.state.now = max(machine.now, end) }
    checkNow()
  }

  private func soon(_ nanoseconds: UInt64) -> VirtualTime {
    machine.now.advanced(byNanoseconds: nanoseconds)
  }

  /// The guest in good order does something, whatever the rogue makes of it.
  func ask() {
    guard asked < 8 else { return }
    asked += 1
    _ = try? machine.request(
      honest, GrantRequest(handle: DeviceHandle(rawValue: 0x400), pages: 1))
  }

  private func checkNow() {
    let broken = machine.hypervisor.state.checkInvariants()
    require(broken.isEmpty, broken.joined(separator: "; "))
    if !rogueIsControl {
      require(machine.state(of: grant) == .live, "a rogue guest takes no other's grant")
    }
  }

  /// The rogue dies; nothing of it is left, and everything works.
  func end() {
    let domain = rogueIsControl ? Machine.control : other
    machine.hypervisor.state.stopDomain(domain)
    _ = must("the rogue dies") { try machine.run(until: soon(5_000_000_000)) }
    if !rogueIsControl { check() }
    must("its domain boots again") { try machine.reboot(domain) }
    // A guest that was told of other windows has refused them, and goes on so until it boots.
    if rogueIsControl { must("the guest boots again") { try machine.reboot(honest) } }
    for guest in [honest, other] {
      let granted = must("both negotiate") { try Self.negotiate(machine, guest) }
      for grant in granted { must("and give back") { try machine.release(grant) } }
    }
    let isAtRest = must("the machine comes to rest") {
      try machine.run(until: soon(60_000_000_000), steps: 20_000) < 20_000
    }
    require(isAtRest, "the machine comes to rest")
    check()
  }

  private func check() { must("every invariant holds") { try machine.check() } }
}
