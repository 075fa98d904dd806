import Channels

/// Datagrams of Domain Services, any bytes and near misses, over a link in good order.
enum DatagramStory {
  static func tell(_ bytes: [UInt8]) {
    var source = ByteSource(bytes)
    let isConnected = source.byte() % 2 == 1
    let story = Story.beginning(&source, isConnected: isConnected)
    story.run(steps: source.below(32))
    while let act = source.next() {
      switch act % 8 {
      case 0: send(source.take(source.below(256)), story)
      case 1, 2: send(message(story.rogue, &source).bytes, story)
      case 3:
        var changed = message(story.rogue, &source).bytes
        changed[source.below(changed.count)] ^= source.byte()
        send(changed, story)
      case 4:
        if let last = story.rogue.datagrams.last { send(last, story) }
      case 5: story.run(steps: 1 + source.below(8))
      case 6: story.wait(nanoseconds: 1 << UInt64(source.below(31)))
      default: story.ask()
      }
    }
    story.end()
  }

  private static func send(_ datagram: [UInt8], _ story: Story) {
    story.withRogue { $0.send(datagram: datagram) }
  }

  private static func message(
    _ rogue: Rogue, _ source: inout ByteSource
  ) -> DomainServicesMessage {
    let known = rogue.peer.registered.map(\.handle.rawValue)
    let handle = ServiceHandle(source.word(near: known))
    let number = UInt16(source.below(4))
    let version = ProtocolVersion(UInt16(source.below(3)), UInt16(source.below(3)))
    let result = DomainServicesResult(rawValue: UInt64(source.below(6)))
    switch source.below(11) {
    case 0: return .initRequest(version)
    case 1: return .initAck(minor: number)
    case 2: return .initNack(major: number)
    case 3:
      return .registerRequest(
        handle, version, service: ["dvma", "dvmb", "md-update"][source.below(3)])
    case 4: return .registerAck(handle, minor: number)
    case 5: return .registerNack(handle, result, major: number)
    case 6: return .unregister(handle)
    case 7: return .unregisterAck(handle)
    case 8: return .unregisterNack(handle)
    case 9: return .data(handle, source.take(source.below(128))[...])
    default: return .nack(handle, result)
    }
  }
}
