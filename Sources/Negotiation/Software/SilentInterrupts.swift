import Channels
import Hypervisor
import Sun4v

/// What waits for one domain.
public struct WaitingInterrupts {
  /// The first words of its mondos.
  public let sources: [UInt64]
  /// The packets on their way to an end, or `nil` where it will learn of more than packets.
  public let packets: (ChannelID) -> [LDCPacket]?

  /// Describes it.
  public init(sources: [UInt64], packets: @escaping (ChannelID) -> [LDCPacket]?) {
    self.sources = sources
    self.packets = packets
  }

  /// Whether taking all of it does nothing but strike out what links keep to send again.
  fileprivate func isSilent(
    for connections: [ServiceConnection], limit: Int, now: VirtualTime
  ) -> Bool {
    sources.count <= limit
      && sources.allSatisfy { source in
        let channel = ChannelID(source &- DomainBase.cookieBase)
        guard let connection = connections.first(where: { $0.channel == channel }),
          let packets = packets(channel)
        else { return false }
        return connection.endpoint.takesSilently(packets, now: now)
      }
  }
}

extension ControlDomainSoftware {
  /// Whether taking what waits does nothing but strike out what links keep to send again.
  public func takesSilently(_ waiting: WaitingInterrupts, now: VirtualTime) -> Bool {
    waiting.isSilent(for: connections, limit: base.configuration.mondosPerCall, now: now)
  }
}

extension GuestDomainSoftware {
  /// Whether taking what waits does nothing but strike out what the link keeps to send again.
  public func takesSilently(_ waiting: WaitingInterrupts, now: VirtualTime) -> Bool {
    waiting.isSilent(
      for: connection.map { [$0] } ?? [], limit: base.configuration.mondosPerCall, now: now)
  }
}
