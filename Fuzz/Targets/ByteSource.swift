/// The input of a target, byte by byte; what is missing at the end is zero.
struct ByteSource {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next byte, or `nil` at the end.
  mutating func next() -> UInt8? {
    guard place < bytes.count else { return nil }
    defer { place += 1 }
    return bytes[place]
  }

  mutating func byte() -> UInt8 { next() ?? 0 }

  /// A number below another one.
  mutating func below(_ limit: Int) -> Int { Int(byte()) % limit }

  /// So many bytes.
  mutating func take(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

  /// A number of 64 bits that is small, large, or near one that means something.
  mutating func word(near values: [UInt64] = []) -> UInt64 {
    switch byte() % 8 {
    case 0: take(8).reduce(0) { $0 << 8 | UInt64($1) }
    case 1: UInt64.max &- UInt64(byte())
    case 2: 1 << UInt64(byte() % 64)
    case 3..<6 where !values.isEmpty:
      values[below(values.count)] &+ UInt64(bitPattern: Int64(byte() % 3)) &- 1
    default: UInt64(byte())
    }
  }
}
