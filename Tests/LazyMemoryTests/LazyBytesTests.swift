import LazyMemory
import Testing

@Suite struct LazyBytesTests {
  /// Short, at the edge to runs straight from the system, and long.
  @Test(arguments: [1, 4095, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 64 << 20])
  func bytesAreZeroAndCanBeWritten(count: Int) throws {
    let bytes = try #require(LazyBytes(count: count))
    defer { bytes.release() }
    #expect(bytes.count == count)
    let places = Set([0, count / 2, count - 1])
    for offset in places { #expect(byte(of: bytes, offset) == 0) }
    for offset in places { write(0x5a, to: bytes, offset) }
    for offset in places { #expect(byte(of: bytes, offset) == 0x5a) }
  }

  @Test(arguments: [1 << 10, 8 << 20])
  func aRunIsZeroAlsoWhereAnEarlierOneWasWritten(count: Int) throws {
    for _ in 0..<4 {
      let bytes = try #require(LazyBytes(count: count))
      let places = stride(from: 0, to: count, by: 1021)
      #expect(places.allSatisfy { byte(of: bytes, $0) == 0 })
      for offset in places { write(0xff, to: bytes, offset) }
      bytes.release()
    }
  }

  @Test func emptyRunsAreRunsAndImpossibleOnesAreRefused() throws {
    try #require(LazyBytes(count: 0)).release()
    #expect(LazyBytes(count: -1) == nil)
    #expect(LazyBytes(count: .max) == nil)
  }

  private func byte(of bytes: LazyBytes, _ offset: Int) -> UInt8 {
    bytes.start.load(fromByteOffset: offset, as: UInt8.self)
  }

  private func write(_ byte: UInt8, to bytes: LazyBytes, _ offset: Int) {
    bytes.start.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
  }
}
