import Sun4v

/// A message between a guest and the control domain in the proxied and the shared way: one packet.
///
/// Shaped like VIO's in-band descriptors (FWARC 2008/017): what it is, where the buffers are in the
/// sender's map table, and how long they are. Big-endian, five words of 64 bits.
struct PathMessage: Hashable, Sendable {
  enum Kind: UInt64, Hashable, Sendable {
    /// Guest: these buffers are to be filled.
    case request = 1
    /// Control domain: they are.
    case done = 2
  }

  /// Bytes of every message.
  static let byteCount = 40

  var kind: Kind
  /// The number of the first operation.
  var operation: UInt64
  /// The buffer of the first operation; those of the others follow.
  var slot: UInt64
  /// The number of operations.
  var count: UInt64
  /// Where the first buffer begins in the guest's exported pages.
  var cookie: UInt64

  init(kind: Kind, operation: UInt64, slot: UInt64, count: UInt64, cookie: UInt64 = 0) {
    self.kind = kind
    self.operation = operation
    self.slot = slot
    self.count = count
    self.cookie = cookie
  }

  /// Reads a message; `nil` for bytes that are none.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    var words: [UInt64] = []
    for start in stride(from: 0, to: Self.byteCount, by: 8) {
      words.append(bytes[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) })
    }
    guard let kind = Kind(rawValue: words[0]) else { return nil }
    self.init(kind: kind, operation: words[1], slot: words[2], count: words[3], cookie: words[4])
  }

  /// The bytes on the channel.
  var bytes: [UInt8] {
    [kind.rawValue, operation, slot, count, cookie].flatMap { word in
      withUnsafeBytes(of: word.bigEndian) { Array($0) }
    }
  }

  /// The buffers' numbers, or `nil` where a guest with so many has no such ones.
  func slots(depth: Int) -> Range<Int>? {
    guard count > 0, slot < UInt64(depth), count <= UInt64(depth) &- slot else { return nil }
    return Int(slot)..<Int(slot &+ count)
  }
}
