import Channels
import Negotiation
import Sun4v

/// Messages of the `dvma` service, any bytes and near misses, in a registered session.
enum ServiceStory {
  static func tell(_ bytes: [UInt8]) {
    var source = ByteSource(bytes)
    let story = Story.beginning(&source, isConnected: true)
    while let act = source.next() {
      switch act % 8 {
      case 0: send(source.take(source.below(256)), story)
      case 1: send(DVMAMessage.sealed(source.take(source.below(256))), story)
      case 2, 3: send(DVMAMessage(number(&source, story), body(&source, story)).bytes, story)
      case 4:
        var changed = DVMAMessage(number(&source, story), body(&source, story)).bytes
        changed.removeLast(DVMAMessage.checksumLength)
        changed[source.below(changed.count)] ^= source.byte()
        send(DVMAMessage.sealed(changed), story)
      case 5: story.run(steps: 1 + source.below(8))
      case 6: story.wait(nanoseconds: 1 << UInt64(source.below(31)))
      default: story.ask()
      }
    }
    story.end()
  }

  private static func send(_ message: [UInt8], _ story: Story) {
    story.withRogue { $0.send(message: message) }
  }

  /// What the other end has said last, for numbers that mean something to it.
  private static func heard(_ story: Story) -> [DVMAMessage] {
    story.rogue.messages.compactMap { try? DVMAMessage($0) }
  }

  private static func number(_ source: inout ByteSource, _ story: Story) -> RequestID {
    RequestID(source.word(near: heard(story).map(\.request.rawValue)))
  }

  private static func grants(_ story: Story) -> [GrantRecord] {
    heard(story).flatMap { message -> [GrantRecord] in
      switch message.body {
      case .granted(let records): Array(records)
      case .query(_, let records, _): records
      default: []
      }
    }
  }

  private static func grant(_ source: inout ByteSource, _ story: Story) -> GrantID {
    GrantID(source.word(near: grants(story).map(\.grant.rawValue) + [1, 2]))
  }

  private static func record(_ source: inout ByteSource, _ story: Story) -> GrantRecord {
    let known = grants(story)
    if !known.isEmpty, source.byte() % 2 == 0 { return known[source.below(known.count)] }
    return GrantRecord(
      grant: grant(&source, story),
      address: DVMAAddress(source.word(near: known.map(\.address.rawValue) + [0x8008_0000])),
      pages: source.word())
  }

  /// The window as it is, or nearly.
  private static func window(_ source: inout ByteSource) -> DVMAWindow {
    var window = DVMAWindow(
      handle: DeviceHandle(rawValue: 0x400), base: DVMAAddress(0x8000_0000), pages: 128,
      pageSize: .size8K)
    switch source.byte() {
    case 0: window.handle = DeviceHandle(rawValue: source.word())
    case 1: window.pages = source.word(near: [128])
    case 2: window.reservedBase = DVMAAddress(source.word(near: [0x8008_0000]))
    case 3: window.reservedPages = source.word(near: [64])
    case 4: window.pageBytes = source.word(near: [8192])
    case 5: window.base = DVMAAddress(source.word(near: [0x8000_0000]))
    default: break
    }
    return window
  }

  private static func body(_ source: inout ByteSource, _ story: Story) -> DVMAMessage.Body {
    switch source.below(12) {
    case 0: return .info(generation: UInt64(source.below(4)), window(&source))
    case 1:
      return .infoResult(
        differences: DVMAWindowDifferences(rawValue: UInt32(source.below(8) == 0 ? 2 : 0)),
        generation: UInt64(source.below(4)), openRequestLimit: source.word(near: [64]),
        window(&source))
    case 2:
      var wanted = GrantRequest(
        handle: DeviceHandle(rawValue: 0x400), pages: source.word(near: [1, 64]),
        count: UInt32(1 + source.below(4)))
      if source.byte() % 2 == 0 {
        wanted.alignment = source.word(near: [1, 8])
        wanted.boundary = source.word(near: [0, 16])
        wanted.highestAddress = DVMAAddress(source.word(near: [0x800a_0000]))
        wanted.guardPages = UInt32(truncatingIfNeeded: source.word())
        wanted.count = UInt32(truncatingIfNeeded: source.word())
        wanted.acceptsPart = source.byte() % 2 == 0
      }
      return .allocate(oldestOpen: number(&source, story), wanted)
    case 3: return .granted(GrantRecords((0...source.below(4)).map { _ in record(&source, story) }))
    case 4:
      let kinds = DenialReason.Kind.allCases
      return .denied(
        DenialReason(
          kinds[source.below(kinds.count)], limit: source.word(), asked: source.word()))
    case 5:
      return .release(
        oldestOpen: number(&source, story),
        (0...source.below(4)).map { _ in grant(&source, story) })
    case 6:
      return .released(
        (0...source.below(4)).map { _ in
          ReleaseRecord(
            grant: grant(&source, story),
            result: ReleaseRecord.Result(rawValue: UInt32(source.below(3))) ?? .released,
            status: UInt32(source.below(20)))
        })
    case 7:
      return .revoke(
        grant(&source, story), nanosecondsLeft: source.word(), isForced: source.byte() % 2 == 0)
    case 8: return .revoked(grant(&source, story), wasHeld: source.byte() % 2 == 0)
    case 9:
      return .query(
        oldestOpen: number(&source, story),
        (0..<source.below(5)).map { _ in record(&source, story) },
        DVMAQueryKind(rawValue: UInt32(source.below(3))) ?? .inquiry)
    case 10:
      return .queryResult(
        DomainUse(quotaPages: source.word(), usedPages: source.word()),
        (0..<source.below(5)).map { _ in
          GrantStateRecord(
            grant: grant(&source, story),
            state: GrantStateRecord.State(rawValue: UInt32(source.below(3))) ?? .live)
        })
    default:
      return .error(
        DVMAErrorCode(rawValue: UInt32(source.below(9))), type: UInt32(source.below(14)),
        offset: UInt32(source.below(99)))
    }
  }
}
