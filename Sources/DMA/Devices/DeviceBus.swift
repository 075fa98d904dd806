import Hypervisor
import Sun4v

/// A device's way to memory and to processors: the root complex, by bus address and requester id.
///
/// Everything goes through the IOMMU; there is no other way.
public struct DeviceBus {
  let hypervisor: Hypervisor
  /// The root complex.
  public let rootComplex: RootComplexID
  /// The device's requester id.
  public let requester: BusDeviceFunction

  /// Makes the bus of a device.
  public init(
    _ hypervisor: Hypervisor, _ rootComplex: RootComplexID, _ requester: BusDeviceFunction
  ) {
    self.hypervisor = hypervisor
    self.rootComplex = rootComplex
    self.requester = requester
  }

  /// Reads memory; the refusal where the IOMMU refuses.
  public func read(
    _ address: DVMAAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> IOMMUFault? {
    hypervisor.deviceRead(rootComplex, requester: requester, address, into: buffer).fault
  }

  /// Writes memory; the refusal where the IOMMU refuses.
  public func write(_ address: DVMAAddress, from buffer: UnsafeRawBufferPointer) -> IOMMUFault? {
    hypervisor.deviceWrite(rootComplex, requester: requester, address, from: buffer).fault
  }

  /// Two big-endian words, as descriptors have them.
  func readWords(_ address: DVMAAddress) -> (UInt64, UInt64)? {
    var words: (UInt64, UInt64) = (0, 0)
    let fault = withUnsafeMutableBytes(of: &words) { read(address, into: $0) }
    return fault == nil ? (UInt64(bigEndian: words.0), UInt64(bigEndian: words.1)) : nil
  }

  /// Writes one big-endian word; false where the IOMMU refuses.
  func writeWord(_ word: UInt64, at address: DVMAAddress) -> Bool {
    var stored = word.bigEndian
    return withUnsafeBytes(of: &stored) { write(address, from: $0) } == nil
  }

  /// Signals an MSI, if the device has one.
  func interrupt(_ number: UInt32?) {
    guard let number else { return }
    _ = hypervisor.state.signalMSI(rootComplex, number: number, requester: requester)
  }
}
