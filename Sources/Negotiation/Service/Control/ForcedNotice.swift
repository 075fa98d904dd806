import Sun4v

/// A REVOKE for a grant that was taken by force, sent until the guest confirms it.
struct ForcedNotice: Hashable, Sendable {
  let request: RequestID
  let channel: ChannelID
  /// When it is sent again.
  var next: VirtualTime
  /// How long the wait after that is, in nanoseconds.
  var delay: UInt64
  /// How often it was sent.
  var count = 1
}

extension ControlAgent {
  /// Tells a guest that a grant was taken, and goes on until it confirms.
  ///
  /// Without a session there is nobody to tell; the QUERY of the next one does.
  mutating func notify(
    _ id: GrantID, _ request: RequestID, _ grant: ControlGrant, now: VirtualTime,
    output: inout ControlAgentOutput
  ) {
    guard let index = sessionIndex(of: grant.guest), !sessions[index].agreed.isEmpty else { return }
    let channel = sessions[index].peer.channel
    notices[id] = ForcedNotice(
      request: request, channel: channel,
      next: now.advanced(byNanoseconds: configuration.revokeInterval),
      delay: configuration.revokeInterval)
    output.send(request, .revoke(id, nanosecondsLeft: 0, isForced: true), to: channel)
  }

  /// Sends again what is due, and drops what was sent often enough.
  mutating func repeatNotices(now: VirtualTime, output: inout ControlAgentOutput) {
    for id in notices.keys.sorted() {
      guard var notice = notices[id], notice.next <= now else { continue }
      guard notice.count < configuration.noticeLimit else {
        notices[id] = nil
        continue
      }
      notice.count += 1
      notice.delay = min(configuration.maximumNoticeInterval, notice.delay &+ notice.delay)
      notice.next = now.advanced(byNanoseconds: notice.delay)
      notices[id] = notice
      output.send(
        notice.request, .revoke(id, nanosecondsLeft: 0, isForced: true), to: notice.channel)
    }
  }

  /// Ends a guest's session, and with it what it was to be told there.
  mutating func disconnect(_ index: Int) {
    sessions[index].disconnect()
    let channel = sessions[index].peer.channel
    notices = notices.filter { $0.value.channel != channel }
  }
}
