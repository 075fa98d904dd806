import Sun4v

/// The bytes that devices deliver, known from the seed alone, so that a guest can check what came.
struct PathData: Hashable, Sendable {
  let seed: UInt64
  let size: UInt64

  /// The bytes of one operation of one guest.
  func bytes(guest: Int, operation: UInt64) -> [UInt8] {
    let mixed =
      seed &+ (UInt64(guest) &+ 1) &* 0x9e37_79b9_7f4a_7c15 ^ (operation &+ 1)
      &* 0xbf58_476d_1ce4_e5b9
    var generator = SeededGenerator(seed: mixed)
    return [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, filled in
      let raw = UnsafeMutableRawBufferPointer(
        UnsafeMutableBufferPointer(rebasing: buffer[..<Int(size)]))
      var offset = 0
      while offset < raw.count {
        withUnsafeBytes(of: generator.next().bigEndian) { word in
          let part = min(8, raw.count - offset)
          UnsafeMutableRawBufferPointer(rebasing: raw[offset..<(offset + part)])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: word[..<part]))
        }
        offset += 8
      }
      filled = Int(size)
    }
  }
}
