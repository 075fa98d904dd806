import Hypervisor
import Sun4v

/// A domain's memory by real address, as the domain itself reads and writes it.
extension Machine {
  /// The most bytes that one look may take.
  public static let largestLook: UInt64 = 64 << 20

  /// A big-endian 64-bit word of a domain's memory.
  public func loadWord(of domain: DomainID, _ address: RealAddress) throws(MachineError) -> UInt64 {
    let name = try openName(of: domain)
    guard let word = port(of: domain).loadWord(address) else {
      throw Self.noWord(name, address)
    }
    return word
  }

  /// Stores big-endian 64-bit words one after the other; nothing is stored where one has no place.
  public func storeWords(
    of domain: DomainID, _ address: RealAddress, _ words: [UInt64]
  ) throws(MachineError) {
    let name = try openName(of: domain)
    guard address.rawValue & 7 == 0 else { throw Self.noWord(name, address) }
    let bytes = words.flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
    }
    guard port(of: domain).write(address, bytes) else { throw Self.noWord(name, address) }
  }

  /// Bytes of a domain's memory.
  public func loadBytes(
    of domain: DomainID, _ address: RealAddress, count: UInt64
  ) throws(MachineError) -> [UInt8] {
    let name = try openName(of: domain)
    guard count <= Self.largestLook else {
      throw MachineError(
        .invalidArgument, "\(count) bytes: wanted at most \(ByteSize(Self.largestLook))")
    }
    guard let bytes = port(of: domain).read(address, count: Int(count)) else {
      throw Self.noBytes(name, address, count)
    }
    return bytes
  }

  /// Stores bytes in a domain's memory.
  public func storeBytes(
    of domain: DomainID, _ address: RealAddress, _ bytes: UnsafeRawBufferPointer
  ) throws(MachineError) {
    let name = try openName(of: domain)
    guard port(of: domain).write(address, from: bytes) else {
      throw Self.noBytes(name, address, UInt64(bytes.count))
    }
  }

  private func openName(of domain: DomainID) throws(MachineError) -> String {
    try checkOpen()
    return try record(of: domain).name
  }

  private static func noWord(_ name: String, _ address: RealAddress) -> MachineError {
    MachineError(
      .invalidArgument,
      "\(name) has no such word at RA \(address): wanted a multiple of 8 inside its memory")
  }

  private static func noBytes(
    _ name: String, _ address: RealAddress, _ count: UInt64
  ) -> MachineError {
    MachineError(
      .invalidArgument,
      "\(name) has no \(count) bytes at RA \(address): wanted a range inside one block of its memory"
    )
  }
}
