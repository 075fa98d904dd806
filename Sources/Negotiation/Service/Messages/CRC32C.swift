/// CRC-32C, Castagnoli's cyclic redundancy check of 32 bits, as iSCSI and SCTP use it.
///
/// Polynomial 0x1edc6f41, bits reflected, beginning with all ones and inverted at the end; that of
/// the ASCII digits 1 to 9 is 0xe3069283. Up to the longest message it finds every damage of at most three
/// bits, of an odd number of bits, or within 32 bits in a row; of any other one in 2^32 passes.
///
/// Source: RFC 3720, 12.1 and B.4; G. Castagnoli and others, 1993.
enum CRC32C {
  /// What eight further bits make of the lowest eight bits of the remainder.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82f6_3b78
    }
  }

  /// The checksum of bytes.
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      var value = UInt32.max
      for byte in bytes {
        value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8
      }
      return ~value
    }
  }
}
