/// A first-in first-out queue of packets that keeps its memory, compared by what it holds.
///
/// A plain array would move every packet at each removal from the front; this one moves its head, and
/// starts over in the same memory when it runs empty, so that the steady state of a link allocates nothing
/// and takes nothing out.
struct PacketQueue: Sendable {
  /// The packets are those from `head` up to `tail`; the others were sent long ago.
  private var storage: [LDCPacket] = []
  private var head = 0
  private var tail = 0

  var count: Int { tail - head }
  var isEmpty: Bool { head == tail }
  var last: LDCPacket? { isEmpty ? nil : storage[tail - 1] }
  var packets: ArraySlice<LDCPacket> { storage[head..<tail] }

  @inline(__always) mutating func append(_ packet: LDCPacket) {
    if tail == storage.count { makeRoom() }
    storage[tail] = packet
    tail += 1
  }

  /// Makes room for a packet: at the front, where the queue has moved on far enough, or in more memory.
  @inline(never) private mutating func makeRoom() {
    if head > 0, head >= storage.count / 2 {
      for place in 0..<count { storage[place] = storage[head + place] }
      tail = count
      head = 0
    } else {
      storage.append(contentsOf: repeatElement(LDCPacket(), count: max(4, storage.count)))
    }
  }

  mutating func popFirst() -> LDCPacket? {
    guard head < tail else { return nil }
    let packet = storage[head]
    head += 1
    if head == tail { removeAll() }
    return packet
  }

  /// Takes out the first so many packets, and returns how many of them carry payload.
  @inline(__always) mutating func removeFirst(_ count: Int) -> Int {
    let end = min(tail, head + count)
    var carrying = 0
    for index in head..<end where storage[index].subtype.contains(.info) { carrying += 1 }
    head = end
    if head == tail { removeAll() }
    return carrying
  }

  mutating func removeAll() {
    head = 0
    tail = 0
  }

  mutating func modifyEach(_ body: (inout LDCPacket) -> Void) {
    for index in head..<tail { body(&storage[index]) }
  }

  mutating func replaceLast(with packet: LDCPacket) {
    guard !isEmpty else { return }
    storage[tail - 1] = packet
  }
}

extension PacketQueue: Hashable {
  static func == (a: Self, b: Self) -> Bool { a.packets == b.packets }
  func hash(into hasher: inout Hasher) { hasher.combine(packets) }
}
