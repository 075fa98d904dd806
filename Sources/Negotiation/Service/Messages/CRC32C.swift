import CProcessor

/// CRC-32C, Castagnoli's cyclic redundancy check of 32 bits, as iSCSI and SCTP use it.
///
/// Polynomial 0x1edc6f41, bits reflected, beginning with all ones and inverted at the end; that of
/// the ASCII digits 1 to 9 is 0xe3069283. Up to the longest message it finds every damage of at most three
/// bits, of an odd number of bits, or within 32 bits in a row; of any other one in 2^32 passes.
///
/// Most processors have an instruction for it, eight bytes at a time. For the others tables take eight bytes at
/// once as well: byte by byte each look into the table would wait for the one before.
///
/// Source: RFC 3720, 12.1 and B.4; G. Castagnoli and others, 1993; eight tables: M. Kounavis and
/// F. Berry, "A Systematic Approach to Building High Performance Software-based CRC Generators", 2005.
enum CRC32C {
  /// Eight tables of 256 numbers: what eight bits make of the remainder when so many bytes follow as the
  /// table's place says.
  private static let tables: [UInt32] = {
    var tables = (0..<256 as Range<UInt32>).map { byte in
      (0..<8).reduce(byte) { value, _ in
        value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82f6_3b78
      }
    }
    for index in 256..<(8 * 256) {
      let shorter = tables[index - 256]
      tables.append(tables[Int(shorter & 0xff)] ^ shorter >> 8)
    }
    return tables
  }()

  private static let hasInstruction = has_crc32c()

  /// The checksum of bytes.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    hasInstruction
      ? ~add_to_crc32c(.max, bytes.baseAddress, bytes.count) : checksumByTables(bytes)
  }

  /// The checksum of bytes, without the processor's help.
  static func checksumByTables(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      var value = UInt32.max
      var place = 0
      while bytes.count - place >= 8 {
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
          ^ UInt64(value)
        value = 0
        for index in 0..<8 {
          let byte = Int(truncatingIfNeeded: word >> UInt64(8 * index) & 0xff)
          value ^= tables[(7 - index) * 256 + byte]
        }
        place += 8
      }
      for byte in bytes[place...] {
        value = tables[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8
      }
      return ~value
    }
  }
}
