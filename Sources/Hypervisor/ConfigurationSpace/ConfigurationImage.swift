import Sun4v

/// Configuration spaces from the device's side: what a device itself changes, and keeping one as bytes.
extension ConfigurationSpace {
  /// Makes a space of bytes and, for each, the bits that software may write; at most 4096 count, and a
  /// missing mask is 0.
  public init(bytes: [UInt8], writableBits: [UInt8]) {
    self.init(bytes: bytes)
    let masks = writableBits.prefix(self.bytes.count)
    writable = Array(masks) + Array(repeating: 0, count: self.bytes.count - masks.count)
  }

  /// For each byte the bits that software may write.
  public var writableBits: [UInt8] { writable }

  /// Sets bytes at a register, as the device itself may whatever software may.
  ///
  /// Bytes beyond the stored ones are added as read-only. Returns false, changing nothing, for a `size`
  /// that is not 1 to 8 and outside the 4096 bytes.
  @discardableResult
  public mutating func place(_ register: Int, size: Int, _ value: UInt64) -> Bool {
    guard register >= 0, (1...8).contains(size), register <= Self.size - size else { return false }
    let missing = register + size - bytes.count
    if missing > 0 {
      bytes += Array(repeating: 0, count: missing)
      writable += Array(repeating: 0, count: missing)
    }
    for index in 0..<size {
      bytes[register + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
    }
    return true
  }
}
