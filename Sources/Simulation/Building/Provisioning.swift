import Hypervisor
import MachineDescription
import Sun4v

/// Building a machine before it boots.
extension Machine {
  /// The most memory that one domain may have: real addresses are 40 bits wide.
  static let largestMemory: UInt64 = RealMemoryMap.limit - PhysicalLayout.realBase.rawValue
  /// Memory below which a domain has no room for its queues.
  static let smallestMemory: UInt64 = 1 << 20

  static func checkMemory(_ memory: ByteSize, of name: String) throws(MachineError) {
    guard memory.bytes >= smallestMemory, memory.bytes <= largestMemory,
      memory.bytes & (PageSize.size8K.bytes - 1) == 0
    else {
      throw MachineError(
        .invalidArgument,
        "\(name): \(memory) of memory: wanted a multiple of 8K from "
          + "\(ByteSize(smallestMemory)) to \(ByteSize(largestMemory))")
    }
  }

  func addDomain(
    _ plan: DomainPlan, role: DomainRole
  ) throws(MachineError) -> DomainID {
    let layout = software.layout
    let id = hypervisor.state.addDomain(name: plan.name, role: role)
    do throws(MachineError) {
      try placeMemory(of: plan, id)
    } catch {
      hypervisor.state.removeLastDomain()
      software.layout = layout
      throw error
    }
    software.plans.append(plan)
    software.software.append(.off)
    return id
  }

  private func placeMemory(of plan: DomainPlan, _ id: DomainID) throws(MachineError) {
    for block in plan.blocks {
      let placed = block.physical ?? software.layout.take(block.size, model: configuration.model)
      guard let physical = placed, let end = physical.advanced(by: block.size) else {
        throw MachineError(
          .noMemory,
          "\(plan.name): \(ByteSize(block.size)) more than the machine has; a \(configuration.model) "
            + "machine addresses \(ByteSize(PhysicalLayout.limit(of: configuration.model)))")
      }
      do {
        try hypervisor.state.installMemory(
          id, base: block.base, size: block.size, physical: physical)
        software.layout.keep(below: end)
      } catch {
        throw MachineError(
          .invalidArgument, "\(plan.name): \(error.message)", name: error.code.rawValue)
      }
    }
  }

  /// Adds a guest domain, not running until the machine boots.
  public func addGuest(
    name: String, memory: ByteSize, quota: ByteSize? = nil, reservation: ByteSize? = nil,
    reservedRange: BusAddressRange? = nil
  ) throws(MachineError) -> DomainID {
    try checkOpen()
    try checkNotBooted("add a domain")
    try checkName(name)
    try Self.checkMemory(memory, of: name)
    let page = PageSize.size8K.bytes
    for (label, size) in [("quota", quota), ("reservation", reservation)] {
      if let size, size.bytes & (page - 1) != 0 {
        throw MachineError(
          .invalidArgument, "\(name): a \(label) of \(size): wanted a multiple of 8K")
      }
    }
    if let quota, let reservation, reservation > quota {
      throw MachineError(
        .invalidArgument,
        "\(name): a reservation of \(reservation) is more than the quota of \(quota)")
    }
    return try addDomain(
      DomainPlan(
        name: name, memory: memory, quota: quota, reservation: reservation,
        reservedRange: reservedRange,
        blocks: [MemoryPlan(base: PhysicalLayout.realBase, size: memory.bytes)]),
      role: .guest)
  }

  /// Adds a root complex that belongs to the control domain.
  public func addRootComplex(
    _ configuration: RootComplexConfiguration,
    describedAs description: RootComplexDescription? = nil,
    owner: DomainID = Machine.control
  ) throws(MachineError) -> RootComplexID {
    try checkOpen()
    try checkNotBooted("add a root complex")
    guard try record(of: owner).role == .control else {
      throw MachineError(
        .invalidArgument, "only the control domain owns root complexes; \(owner) is a guest")
    }
    var configuration = configuration
    configuration.hasIOTLB = configuration.hasIOTLB && self.configuration.hasIOTLB
    var ranges: [RootComplexDescription.Range<RealAddress>] = []
    if description == nil, configuration.ioSegments.isEmpty {
      ranges = try standardRanges(for: owner)
      configuration.ioSegments = RootComplexConfiguration.ioSegments(spanning: ranges)
    }
    let id: RootComplexID
    do {
      id = try hypervisor.state.addRootComplex(configuration, owner: owner)
    } catch {
      throw MachineError(.invalidArgument, error.message, name: error.code.rawValue)
    }
    let window = WindowReference(try rootComplex(id))
    let described = RootComplexDescription(
      configuration, model: self.configuration.model, window: window.window, ranges: ranges)
    software.rootComplexes.append(
      RootComplexPlan(
        window: window, configuration: configuration, description: description ?? described))
    return id
  }

  /// The real addresses of the next root complex's I/O, 32-bit and 64-bit memory windows: those of
  /// UltraSPARC T2's for the first, 32 GiB higher for each further one; none where memory of the owner
  /// is in the way or real addresses end.
  private func standardRanges(
    for owner: DomainID
  ) throws(MachineError) -> [RootComplexDescription.Range<RealAddress>] {
    let base = 0xc8_0000_0000 &+ UInt64(hypervisor.state.rootComplexes.count) &* 0x8_0000_0000
    let end = base &+ 0x8_0000_0000
    let isTaken = try record(of: owner).memoryMap.segments.contains {
      $0.limit.rawValue > base && $0.base.rawValue < end
    }
    guard !isTaken, end <= RealMemoryMap.limit else { return [] }
    return [
      .init(base: RealAddress(base &+ 0x1000_0000), size: 0x1000_0000),
      .init(base: RealAddress(base &+ 0x2_0000_0000), size: 0x7fff_0000),
      .init(base: RealAddress(base &+ 0x4_0000_0000), size: 0x3_ffff_0000),
    ]
  }

  /// Adds a function to a root complex's bus; devices may be added at any time.
  public func addFunction(
    _ address: BusDeviceFunction, name: String, to rootComplex: RootComplexID
  ) throws(MachineError) {
    try checkOpen()
    try checkName(name)
    do {
      try hypervisor.state.addFunction(address, name: name, to: rootComplex)
    } catch {
      throw MachineError(.exists, error.message, name: error.code.rawValue)
    }
  }

  func checkNotBooted(_ action: String) throws(MachineError) {
    if software.isBooted {
      throw MachineError(
        .wrongState, "the machine has booted: \(action) before m:boot()")
    }
  }

  func checkName(_ name: String) throws(MachineError) {
    let allowed = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    guard allowed, (1...64).contains(name.utf8.count) else {
      throw MachineError(
        .invalidArgument, "a name has 1 to 64 visible ASCII characters and no space")
    }
    if domain(named: name) != nil {
      throw MachineError(.exists, "there is a domain named \(name) already")
    }
  }
}
