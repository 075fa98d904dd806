import Hypervisor
import Negotiation
import Sun4v

/// What functions are and do beside DMA: configuration space, loans, interrupts.
extension Machine {
  /// A function's record; throws code `not_found` where there is none.
  public func function(
    _ address: BusDeviceFunction, of rootComplex: RootComplexID
  ) throws(MachineError) -> PCIFunction {
    try checkOpen()
    guard let found = try self.rootComplex(rootComplex).function(address) else {
      throw MachineError(.notFound, "no function \(address) on root complex \(rootComplex)")
    }
    return found
  }

  /// Gives a function the configuration space of a device with such numbers.
  public func identify(
    _ address: BusDeviceFunction, of rootComplex: RootComplexID, as identity: FunctionIdentity
  ) throws(MachineError) {
    _ = try function(address, of: rootComplex)
    hypervisor.state.setConfiguration(ConfigurationSpace(identity), of: address, on: rootComplex)
  }

  /// The number of 1, 2 or 4 bytes at a register of a function, as the function itself has it.
  public func readConfiguration(
    _ address: BusDeviceFunction, of rootComplex: RootComplexID, register: UInt64, size: UInt64
  ) throws(MachineError) -> UInt64 {
    let found = try function(address, of: rootComplex)
    let place = try Self.checkRegister(register, size)
    return found.configuration.read(place.register, size: place.size)
  }

  /// Sets a register of a function, as the function itself may whatever software may.
  public func writeConfiguration(
    _ address: BusDeviceFunction, of rootComplex: RootComplexID, register: UInt64, size: UInt64,
    _ value: UInt64
  ) throws(MachineError) {
    var space = try function(address, of: rootComplex).configuration
    let place = try Self.checkRegister(register, size)
    guard value >> (8 * size) == 0 else {
      throw MachineError(
        .invalidArgument, "a value of \(value.hexadecimal) does not fit into \(size) bytes")
    }
    space.place(place.register, size: place.size, value)
    hypervisor.state.setConfiguration(space, of: address, on: rootComplex)
  }

  private static func checkRegister(
    _ register: UInt64, _ size: UInt64
  ) throws(MachineError) -> (register: Int, size: Int) {
    guard size == 1 || size == 2 || size == 4, register < UInt64(ConfigurationSpace.size),
      register & (size &- 1) == 0
    else {
      throw MachineError(
        .invalidArgument,
        "\(size) bytes at register \(register): wanted 1, 2 or 4 bytes at a multiple of that below "
          + "\(ConfigurationSpace.size)")
    }
    return (Int(register), Int(size))
  }

  /// Loans a function to a domain, or takes it back with `nil`.
  public func loan(
    _ address: BusDeviceFunction, of rootComplex: RootComplexID, to domain: DomainID?
  ) throws(MachineError) {
    _ = try function(address, of: rootComplex)
    do {
      try hypervisor.state.assignFunction(address, of: rootComplex, to: domain)
    } catch {
      throw MachineError(.notFound, error.message, name: error.code.rawValue)
    }
  }

  /// A function signals an MSI by number, through the 32-bit or the 64-bit window.
  public func signalMSI(
    _ address: BusDeviceFunction, of rootComplex: RootComplexID, number: UInt64, is64Bit: Bool
  ) throws(MachineError) -> MSIOutcome {
    _ = try function(address, of: rootComplex)
    guard number < UInt64(MSIState.msiCount) else {
      throw MachineError(
        .invalidArgument, "MSI \(number): wanted 0 to \(MSIState.msiCount - 1)")
    }
    let window = is64Bit ? MSIState.window64 : MSIState.window32
    let outcome = hypervisor.state.signalMSI(
      rootComplex, address: window.base, data: UInt32(truncatingIfNeeded: number),
      requester: address)
    noticeInterrupts()
    return outcome
  }

  /// A function sends a PCIe message towards the root complex.
  public func sendMessage(
    _ address: BusDeviceFunction, of rootComplex: RootComplexID, _ message: PCIeMessage,
    routing: UInt64, target: UInt64
  ) throws(MachineError) -> MSIOutcome {
    _ = try function(address, of: rootComplex)
    guard let route = UInt8(exactly: routing), route < 8, let identifier = UInt16(exactly: target)
    else {
      throw MachineError(
        .invalidArgument,
        "a message with routing \(routing) and target \(target): wanted 0 to 7 and 0 to 65535")
    }
    let outcome = hypervisor.state.signalMessage(
      rootComplex, message, requester: address, routing: route, target: identifier)
    noticeInterrupts()
    return outcome
  }

  /// Takes the mondos that a domain's software has received beside error packets and packets of
  /// channels, after what is due now has happened.
  public func takeInterrupts(of domain: DomainID) throws(MachineError) -> [Mondo] {
    try checkOpen()
    try run(until: now.advanced(byNanoseconds: configuration.interruptLatency))
    return software.software[domain.rawValue].withBase { $0.takeInterrupts() } ?? []
  }
}

extension Machine {
  /// Holds back the error interrupt of a root complex, or lets it through so that what is pending is
  /// reported.
  public func holdErrors(of rootComplex: RootComplexID, _ isHeld: Bool) {
    hypervisor.state.holdErrorInterrupt(rootComplex, isHeld)
    noticeInterrupts()
  }
}
