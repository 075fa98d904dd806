import LazyMemory
import Testing

@Suite struct LazyBytesTests {
  /// Short, at the edge to runs straight from the system, and long.
  @Test(arguments: [1, 4095, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 64 << 20])
  func everyByteIsZeroAndCanBeWritten(count: Int) throws {
    let bytes = try #require(LazyBytes(count: count))
    defer { bytes.release() }
    #expect(bytes.count == count)
    for offset in [0, count / 2, count - 1] {
      #expect(bytes.start.load(fromByteOffset: offset, as: UInt8.self) == 0)
      bytes.start.storeBytes(of: 0x5a, toByteOffset: offset, as: UInt8.self)
    }
    #expect(bytes.start.load(fromByteOffset: count - 1, as: UInt8.self) == 0x5a)
  }

  @Test(arguments: [1 << 10, 8 << 20])
  func aRunIsZeroAlsoWhereAnEarlierOneWasWritten(count: Int) throws {
    for _ in 0..<4 {
      let bytes = try #require(LazyBytes(count: count))
      let all = UnsafeMutableRawBufferPointer(start: bytes.start, count: count)
      #expect(all.allSatisfy { $0 == 0 })
      all.initializeMemory(as: UInt8.self, repeating: 0xff)
      bytes.release()
    }
  }

  @Test func emptyRunsAreRunsAndImpossibleOnesAreRefused() throws {
    try #require(LazyBytes(count: 0)).release()
    #expect(LazyBytes(count: -1) == nil)
    #expect(LazyBytes(count: .max) == nil)
  }
}
