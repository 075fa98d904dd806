// Theory of operation
//
// A machine is two values and the clockwork between them: the hypervisor's state, and the state of the
// software in the domains. Both are plain data; a snapshot is a copy of both and restoring puts the
// copies back.
//
// Scripts drive the machine from outside: they provision, boot, and then call operations such as
// negotiate, map or a device's read. What one domain does to another takes virtual time: a packet
// raises an interrupt, and the interrupt's handler runs `interruptLatency` nanoseconds later. An
// operation that needs an answer runs the clockwork, step by step, until the answer is there or its
// time is up. A step handles the earliest thing that is due: the waiting interrupts of one domain, or
// a timer. What is due at the same moment goes in order of domain, so the same script takes the same
// steps everywhere.
//
// Invariants: `plans` and `software` have one entry for each domain of the hypervisor; a grant, buffer
// or mapping record exists as long as the thing it describes.

import DMA
import Hypervisor
import MachineDescription
import Negotiation
import Sun4v

/// One simulated computer: hypervisor, domains, devices, and a virtual clock.
///
/// Not Sendable: a machine lives on one thread.
public final class Machine {
  /// What the machine was made of.
  public let configuration: MachineConfiguration
  /// The hypervisor, for inspection; scripts change it through this class.
  public let hypervisor: Hypervisor
  @exclusivity(unchecked) var software: SoftwareState
  var isClosed = false
  /// Chooses places where the machine has a policy of its own.
  var placement: ((PlacementQuestion) throws -> Int?)?
  @exclusivity(unchecked) var policyError: (any Error)?
  var isPlacing = false
  /// A list with room, for the next scatter list; what it holds means nothing.
  var sparePieces: [MemoryPiece] = []
  /// An empty list with room, for what the next piece of software reports.
  var spareEvents: [NegotiationEvent] = []
  /// Asked between the steps of long operations; true stops them with the error `interrupted`.
  @exclusivity(unchecked) public var isInterrupted: () -> Bool = { false }
  /// Told now and then how far a long operation has come.
  public var reportProgress: (Progress) -> Void = { _ in }

  /// Called before the clock goes forward, with the time it goes to.
  var clockWatcher: ((VirtualTime) -> Void)?

  /// Makes a machine with its control domain `primary`, not booted.
  public convenience init(_ configuration: MachineConfiguration) throws(MachineError) {
    let memory = configuration.controlMemory
    try Self.checkMemory(memory, of: Self.controlName)
    try self.init(
      configuration, controlMemory: [MemoryPlan(base: PhysicalLayout.realBase, size: memory.bytes)])
  }

  init(
    _ configuration: MachineConfiguration, controlMemory: [MemoryPlan],
    platform: GuestDescription.Platform? = nil
  ) throws(MachineError) {
    self.configuration = configuration
    hypervisor = Hypervisor(
      state: HypervisorState(
        model: configuration.model, conformance: configuration.conformance,
        channelLimit: configuration.channelLimit))
    software = SoftwareState(generator: SeededGenerator(seed: configuration.seed))
    var total: UInt64 = 0
    for block in controlMemory { total &+= block.size }
    _ = try addDomain(
      DomainPlan(
        name: Self.controlName, memory: ByteSize(total), blocks: controlMemory, platform: platform),
      role: .control)
  }

  /// The name of the control domain.
  public static let controlName = "primary"
  /// The control domain's number.
  public static let control = DomainID(0)

  /// The model's clock.
  public var now: VirtualTime { hypervisor.now }

  /// Whether the machine has booted.
  public var isBooted: Bool { software.isBooted }

  /// Ends the machine: every further operation on it or on its objects fails with code `closed`.
  public func close() { isClosed = true }

  @inline(__always)
  func checkOpen() throws(MachineError) {
    if isClosed { throw Self.closed }
  }

  private static var closed: MachineError {
    MachineError(.closed, "the machine has been closed; make a new one")
  }

  /// The domains' numbers, in order; the control domain is the first.
  public var domains: [DomainID] { hypervisor.state.domains.map(\.id) }

  /// The number of the domain of a name, or `nil` where there is none.
  public func domain(named name: String) -> DomainID? {
    hypervisor.state.domains.first { $0.name == name }?.id
  }

  /// A domain's record.
  public func record(of domain: DomainID) throws(MachineError) -> DomainRecord {
    try checkExists(domain)
    return hypervisor.state.domains[domain.rawValue]
  }

  func checkExists(_ domain: DomainID) throws(MachineError) {
    guard hypervisor.hasDomain(domain) else {
      throw MachineError(.notFound, "no domain has the number \(domain)")
    }
  }

  /// A root complex's record.
  public func rootComplex(_ id: RootComplexID) throws(MachineError) -> RootComplex {
    guard let found = hypervisor.state.rootComplex(id) else { throw noRootComplex(id) }
    return found
  }

  /// The handle and the page size of a root complex, by default the first: what a request for DVA takes.
  ///
  /// Only these, since a root complex as a whole is much to copy.
  public func windowInUse(
    _ id: RootComplexID?
  ) throws(MachineError) -> (handle: DeviceHandle, pageSize: PageSize) {
    try checkUsable()
    let place = (id ?? RootComplexID(0)).rawValue
    guard hypervisor.state.rootComplexes.indices.contains(place) else {
      if let id { throw noRootComplex(id) }
      throw MachineError(
        .wrongState, "the machine has no root complex to negotiate DVA of; add one before booting")
    }
    return (
      hypervisor.state.rootComplexes[place].handle,
      hypervisor.state.rootComplexes[place].window.pageSize
    )
  }

  func noRootComplex(_ id: RootComplexID) -> MachineError {
    MachineError(.notFound, "no root complex has the number \(id)")
  }
}
