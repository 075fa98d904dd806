/// A number of bytes that people write with a binary suffix, such as `512M`.
public struct ByteSize: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number of bytes.
  public let bytes: UInt64

  /// Makes a size of so many bytes.
  public init(_ bytes: UInt64) { self.bytes = bytes }

  private static let suffixes: [(letter: Character, shift: UInt64)] = [
    ("K", 10), ("M", 20), ("G", 30), ("T", 40), ("P", 50), ("E", 60),
  ]

  /// Reads a decimal or `0x` number with an optional suffix K, M, G, T, P or E, in either case.
  ///
  /// Returns `nil` for anything else, and for sizes of 2^64 bytes and above.
  public init?(text: some StringProtocol) {
    guard let last = text.last else { return nil }
    let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
    let upper = Character(last.uppercased())
    guard !isHexadecimal || !last.isHexDigit,
      let suffix = Self.suffixes.first(where: { $0.letter == upper })
    else {
      guard let bytes = UInt64(addressText: text) else { return nil }
      self.bytes = bytes
      return
    }
    guard let count = UInt64(addressText: text.dropLast()) else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << suffix.shift)
    guard !overflow else { return nil }
    self.bytes = bytes
  }

  /// The size with the largest suffix that leaves a whole number: `2G`, `8K`, `100`.
  public var description: String {
    for suffix in Self.suffixes.reversed()
    where bytes != 0 && bytes & ((1 << suffix.shift) - 1) == 0 {
      return "\(bytes >> suffix.shift)\(suffix.letter)"
    }
    return "\(bytes)"
  }

  /// Orders by the number of bytes.
  public static func < (a: ByteSize, b: ByteSize) -> Bool { a.bytes < b.bytes }
}
