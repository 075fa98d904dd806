/// The fragments of a message so far, one behind the other, in memory that the next message has again.
///
/// A complete message is handed out as a part of that memory. Whoever still has it when the next one
/// begins keeps it as it is: the memory is copied then.
struct MessageAssembly: Sendable {
  /// As long as the longest message yet; the first `count` bytes are the message's.
  private var memory: [UInt8] = []
  /// The number of bytes so far.
  private(set) var count = 0
  /// Whether a message has begun and not ended.
  private(set) var isOpen = false

  /// Begins a message.
  mutating func begin() {
    count = 0
    isOpen = true
  }

  /// Adds so many bytes of a packet's payload, which begins at an offset; the packet has them.
  @inline(__always)
  mutating func append(_ packet: LDCPacket, from offset: Int, count added: Int) {
    let end = count + added
    if end > memory.count { grow(to: end) }
    packet.withUnsafeBytes { packet in
      memory.withUnsafeMutableBytes { memory in
        UnsafeMutableRawBufferPointer(rebasing: memory[count..<end])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: packet[offset..<(offset + added)]))
      }
    }
    count = end
  }

  /// Hands out the message, which is complete.
  mutating func finish() -> ArraySlice<UInt8> {
    let message = memory[..<count]
    abandon()
    return message
  }

  /// Forgets what has come of a message.
  mutating func abandon() {
    count = 0
    isOpen = false
  }

  @inline(never) private mutating func grow(to size: Int) {
    let length = max(size, 2 * memory.count, 2 * LDCPacket.byteCount)
    memory.append(contentsOf: repeatElement(0, count: length - memory.count))
  }
}

/// Assemblies are equal where as much of the same message has come.
extension MessageAssembly: Hashable {
  /// Compares what has come.
  static func == (a: Self, b: Self) -> Bool {
    a.isOpen == b.isOpen && a.memory[..<a.count] == b.memory[..<b.count]
  }

  /// Hashes what `==` compares.
  func hash(into hasher: inout Hasher) {
    hasher.combine(isOpen)
    hasher.combine(memory[..<count])
  }
}
