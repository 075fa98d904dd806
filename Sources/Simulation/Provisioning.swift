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
    _ plan: DomainPlan, role: DomainRole, blocks: [(base: RealAddress, size: UInt64)]
  ) throws(MachineError) -> DomainID {
    var state = hypervisor.state
    var layout = software.layout
    let id = state.addDomain(name: plan.name, role: role)
    for block in blocks {
      guard let physical = layout.take(block.size, model: configuration.model) else {
        throw MachineError(
          .noMemory,
          "\(plan.name): \(ByteSize(block.size)) more than the machine has; a \(configuration.model) "
            + "machine addresses \(ByteSize(PhysicalLayout.limit(of: configuration.model)))")
      }
      do {
        try state.installMemory(id, base: block.base, size: block.size, physical: physical)
      } catch {
        throw MachineError(
          .invalidArgument, "\(plan.name): \(error.message)", name: error.code.rawValue)
      }
    }
    hypervisor.state = state
    software.layout = layout
    software.plans.append(plan)
    software.software.append(.off)
    return id
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
        reservedRange: reservedRange),
      role: .guest, blocks: [(PhysicalLayout.realBase, memory.bytes)])
  }

  /// Adds a root complex that belongs to the control domain.
  public func addRootComplex(
    _ configuration: RootComplexConfiguration, owner: DomainID = Machine.control
  ) throws(MachineError) -> RootComplexID {
    try checkOpen()
    try checkNotBooted("add a root complex")
    guard try record(of: owner).role == .control else {
      throw MachineError(
        .invalidArgument, "only the control domain owns root complexes; \(owner) is a guest")
    }
    do {
      return try hypervisor.state.addRootComplex(configuration, owner: owner)
    } catch {
      throw MachineError(.invalidArgument, error.message, name: error.code.rawValue)
    }
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

  private func checkName(_ name: String) throws(MachineError) {
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
