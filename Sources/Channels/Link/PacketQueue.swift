/// A first-in first-out queue of packets that keeps its memory, compared by what it holds.
///
/// A plain array would move every packet at each removal from the front; this one moves its head
/// and starts over when it runs empty, so that the steady state of a link allocates nothing.
struct PacketQueue: Hashable, Sendable {
  private var storage: [LDCPacket] = []
  private var head = 0

  var count: Int { storage.count - head }
  var isEmpty: Bool { head == storage.count }
  var last: LDCPacket? { isEmpty ? nil : storage.last }
  var packets: ArraySlice<LDCPacket> { storage[head...] }

  mutating func append(_ packet: LDCPacket) {
    if head > 0, storage.count == storage.capacity, head >= storage.count / 2 {
      storage.removeFirst(head)
      head = 0
    }
    storage.append(packet)
  }

  mutating func popFirst() -> LDCPacket? {
    guard head < storage.count else { return nil }
    let packet = storage[head]
    head += 1
    if head == storage.count { removeAll() }
    return packet
  }

  /// Takes out the first so many packets, and returns how many of them carry payload.
  mutating func removeFirst(_ count: Int) -> Int {
    let end = min(storage.count, head + count)
    var carrying = 0
    for index in head..<end where storage[index].subtype.contains(.info) { carrying += 1 }
    head = end
    if head == storage.count { removeAll() }
    return carrying
  }

  mutating func removeAll() {
    storage.empty()
    head = 0
  }

  mutating func modifyEach(_ body: (inout LDCPacket) -> Void) {
    for index in head..<storage.count { body(&storage[index]) }
  }

  mutating func replaceLast(with packet: LDCPacket) {
    guard !isEmpty else { return }
    storage[storage.count - 1] = packet
  }

  static func == (a: Self, b: Self) -> Bool { a.packets == b.packets }
  func hash(into hasher: inout Hasher) { hasher.combine(packets) }
}
