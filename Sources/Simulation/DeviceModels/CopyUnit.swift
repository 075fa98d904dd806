import DMA
import Hypervisor
import Sun4v

/// A copy engine on a function.
struct CopyUnit: Hashable {
  let reference: DeviceReference
  var engine = CopyEngine()
}

/// Copy engines.
extension Machine {
  /// Adds a copy engine to a function; returns its number.
  public func addCopyEngine(
    _ reference: DeviceReference, interrupt: UInt32?
  ) throws(MachineError) -> Int {
    try checkOpen()
    software.copyEngines.append(
      CopyUnit(reference: reference, engine: CopyEngine(interrupt: interrupt)))
    return software.copyEngines.count - 1
  }

  /// Copies memory to memory by bus addresses; throws code `fault` with what was copied before.
  public func copy(
    _ number: Int, from source: DVMAAddress, to target: DVMAAddress, count: UInt64
  ) throws(MachineError) {
    try checkDevice(software.copyEngines.indices.contains(number))
    guard count <= Self.largestTransfer else {
      throw MachineError(
        .invalidArgument,
        "a copy of \(count) bytes: wanted at most \(ByteSize(Self.largestTransfer))")
    }
    let bus = bus(of: software.copyEngines[number].reference)
    let done = software.copyEngines[number].engine.copy(
      from: source, to: target, count: count, bus)
    noticeInterrupts()
    if let fault = done.fault {
      throw MachineError(
        .fault, "after \(done.copied) of \(count) bytes: \(fault.description)",
        name: fault.kind.rawValue)
    }
  }

  /// Counters of a copy engine, in a fixed order.
  public func copyStatistics(
    _ number: Int
  ) throws(MachineError) -> [(name: String, value: UInt64)] {
    try checkDevice(software.copyEngines.indices.contains(number))
    let engine = software.copyEngines[number].engine
    return [("copies", engine.copies), ("bytes", engine.bytes), ("faults", engine.faults)]
  }
}
