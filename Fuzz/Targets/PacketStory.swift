import Channels
import Sun4v

/// Packets of the link protocol, any bytes and near misses, into the queue of a domain.
enum PacketStory {
  static func tell(_ bytes: [UInt8]) {
    var source = ByteSource(bytes)
    let isConnected = source.byte() % 2 == 1
    let story = Story.beginning(&source, isConnected: isConnected)
    while let act = source.next() {
      switch act % 8 {
      case 0: send(source.take(64), story)
      case 1, 2: send(near(story.rogue.link, &source), story)
      case 3:
        let old = source.byte() % 2 == 0 ? story.rogue.lastReceived : story.rogue.lastSent
        var changed = old.bytes
        changed[source.below(64)] ^= source.byte()
        send(changed, story)
      case 4: story.run(steps: 1 + source.below(8))
      case 5: story.run(steps: 1 + source.below(4), serves: false)
      case 6: story.wait(nanoseconds: 1 << UInt64(source.below(30)))
      default:
        switch source.byte() % 4 {
        case 0: story.ask()
        case 1: story.withRogue { $0.configureQueues() }
        case 2: story.withRogue { $0.dropQueue() }
        default: story.withRogue { $0.send(datagram: source.take(source.below(200))) }
        }
      }
    }
    story.end()
  }

  private static func send(_ bytes: [UInt8], _ story: Story) {
    if let packet = try? LDCPacket(bytes) { story.withRogue { $0.send(packet) } }
  }

  /// A packet whose fields are among those that the other end expects.
  private static func near(_ link: LDCLink, _ source: inout ByteSource) -> [UInt8] {
    func number(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
    }
    let drift = UInt32(bitPattern: Int32(source.below(7)) - 3)
    var bytes: [UInt8] = [
      [1, 2, 0x10][source.below(3)], UInt8(source.below(8)), UInt8(source.below(6)), source.byte(),
    ]
    bytes += number((source.byte() % 2 == 0 ? link.nextTransmit : link.localInitial) &+ drift)
    bytes += [0, UInt8(source.below(3)), 0, UInt8(source.below(3))]
    bytes += number(link.nextReceive &- UInt32(source.below(4)))
    bytes += source.take(source.below(49))
    return bytes + [UInt8](repeating: 0, count: 64 - bytes.count)
  }
}
