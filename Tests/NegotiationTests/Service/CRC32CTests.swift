import Sun4v
import Testing

@testable import Negotiation

/// The checksum of messages, by the processor's instruction and without it.
struct CRC32CTests {
  @Test func theTablesGiveTheKnownChecksum() {
    Array("123456789".utf8).withUnsafeBytes {
      #expect(CRC32C.checksumByTables($0) == 0xe306_9283)
    }
  }

  @Test func theTablesGiveWhatTheInstructionGives() {
    var chance = SeededGenerator(seed: 3)
    for count in 0..<100 {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
      bytes.withUnsafeBytes {
        #expect(CRC32C.checksum($0) == CRC32C.checksumByTables($0))
      }
    }
  }
}
