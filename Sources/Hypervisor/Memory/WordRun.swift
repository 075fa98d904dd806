/// Big-endian 64-bit numbers that lie together in memory; valid until memory changes.
struct WordRun {
  private let start: UnsafePointer<UInt64>
  /// How many there are, never none.
  let count: Int

  @inline(__always) init(start: UnsafePointer<UInt64>, count: Int) {
    self.start = start
    self.count = count
  }

  /// The first number.
  @inline(__always) var first: UInt64 { self[0] }

  /// The number at a place from 0 up to but not including `count`.
  @inline(__always) subscript(place: Int) -> UInt64 { UInt64(bigEndian: start[place]) }
}
