import Hypervisor
import Sun4v

/// What devices do: reads and writes by DVA, through the IOMMU.
extension Machine {
  /// The most bytes that one access of a script may move.
  public static let largestTransfer: UInt64 = 1 << 30

  /// A function reads memory by DVA.
  ///
  /// A refused access throws code `fault`; the domain that it concerns also gets an error packet. The
  /// pages before the refused one have been read, but nothing of them is returned.
  public func deviceRead(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    count: UInt64
  ) throws(MachineError) -> [UInt8] {
    try checkOpen()
    try checkTransfer(count)
    var transfer: DeviceTransfer?
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
      let done = hypervisor.deviceRead(
        rootComplex, requester: requester, address,
        into: UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: buffer[..<Int(count)])))
      filled = done.bytes
      transfer = done
    }
    noticeInterrupts()
    try check(transfer, rootComplex)
    return bytes
  }

  /// A function writes memory by DVA.
  ///
  /// A refused access throws code `fault`; the domain that it concerns also gets an error packet. The
  /// pages before the refused one have been written, as on a real bus.
  public func deviceWrite(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    _ bytes: UnsafeRawBufferPointer
  ) throws(MachineError) {
    try checkOpen()
    try checkTransfer(UInt64(bytes.count))
    let transfer = hypervisor.deviceWrite(
      rootComplex, requester: requester, address, from: bytes)
    noticeInterrupts()
    try check(transfer, rootComplex)
  }

  /// Refuses what would have to be held in one piece of the process's own memory and is too large.
  func checkTransfer(_ count: UInt64) throws(MachineError) {
    guard count <= Self.largestTransfer else {
      throw MachineError(
        .invalidArgument,
        "a transfer of \(count) bytes: wanted at most \(ByteSize(Self.largestTransfer))")
    }
  }

  private func check(
    _ transfer: DeviceTransfer?, _ rootComplex: RootComplexID
  ) throws(MachineError) {
    guard let fault = transfer?.fault else { return }
    throw MachineError(.fault, fault.description, name: fault.kind.rawValue)
  }
}
