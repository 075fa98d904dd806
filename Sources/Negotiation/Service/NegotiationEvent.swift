import Channels
import Sun4v

/// What negotiation reports upward, for the machine's stream of events.
///
/// `guest` is the domain that the event is about: in the control domain the guest at the other end, in
/// a guest the guest itself.
public enum NegotiationEvent: Hashable, Sendable {
  /// The service is registered and the windows agree; requests are answered from now on.
  case sessionUp(guest: DomainID)
  /// The service is registered no more.
  case sessionDown(guest: DomainID)
  /// The domains' views of a window differ; nothing is granted.
  case windowMismatch(guest: DomainID, WindowMismatch)
  /// A guest has asked for ranges.
  case requested(guest: DomainID, RequestID, GrantRequest)
  /// A range was granted.
  case granted(guest: DomainID, RequestID, handle: DeviceHandle, GrantRecord)
  /// A request was denied.
  case denied(guest: DomainID, RequestID, DenialReason)
  /// A grant was given back.
  case released(guest: DomainID, GrantID)
  /// The hypervisor refused to take a grant back; the guest still holds it.
  case releaseRefused(guest: DomainID, GrantID, HypervisorStatus)
  /// The control domain wants a grant back by a certain moment.
  case revokeAsked(guest: DomainID, GrantID, deadline: VirtualTime)
  /// A grant was revoked: given up in time, or taken by force.
  case revoked(guest: DomainID, GrantID, isForced: Bool)
  /// A grant of a guest that is gone, or does not know it any more, was taken back.
  case reclaimed(guest: DomainID, GrantID)
  /// The hypervisor refused to take back a grant of a guest that is gone; it is tried again.
  case reclaimRefused(guest: DomainID, GrantID, HypervisorStatus)
  /// The control domain does not know a grant that the guest held.
  case lost(guest: DomainID, GrantID)
  /// A request was not answered in time.
  case timedOut(guest: DomainID, RequestID)
  /// A message of the peer could not be understood; nothing of it was attempted.
  case malformed(guest: DomainID, DVMAMessageError)
  /// A message of the peer was changed on its way, as its checksum shows; it was dropped.
  case damaged(guest: DomainID, DVMAMessageError)
  /// The channel was reset because of a datagram that is no message of Domain Services.
  case connectionClosed(guest: DomainID, DomainServicesFault)
  /// The two ends have no version of Domain Services or of the service in common.
  case serviceRefused(guest: DomainID)
  /// The peer could not understand a message.
  case refusedByPeer(guest: DomainID, RequestID, DVMAErrorCode)
}

/// Two views of one window that should be the same.
public struct WindowMismatch: Error, Hashable, Sendable, CustomStringConvertible {
  /// The guest's view.
  public let guest: DVMAWindow
  /// The control domain's view; without meaning where it has no such root complex.
  public let control: DVMAWindow
  /// In what they differ.
  public let differences: DVMAWindowDifferences

  /// A stable name for scripts.
  public var code: String { "window_mismatch" }

  /// One sentence: in what the domains differ, with both values.
  public var message: String {
    if differences.contains(.handle) {
      return "the control domain has no root complex \(guest.handle)"
    }
    var parts: [String] = []
    func compare(_ field: DVMAWindowDifferences, _ name: String, _ own: String, _ other: String) {
      if differences.contains(field) { parts.append("\(name) \(own) here, \(other) there") }
    }
    compare(.base, "window base", "\(guest.base)", "\(control.base)")
    compare(.pages, "window size", "\(guest.pages) pages", "\(control.pages) pages")
    compare(
      .pageSize, "page size", "\(ByteSize(guest.pageBytes))", "\(ByteSize(control.pageBytes))")
    compare(.reservedBase, "reserved base", "\(guest.reservedBase)", "\(control.reservedBase)")
    compare(
      .reservedPages, "reserved size", "\(guest.reservedPages) pages",
      "\(control.reservedPages) pages")
    return "the window of root complex \(guest.handle) differs from the control domain's: "
      + parts.joined(separator: "; ")
  }

  /// The sentence.
  public var description: String { message }
}

/// Puts events behind others, and leaves none behind; where there were no others the lists change places,
/// and no event is copied.
func move(_ events: inout [NegotiationEvent], to others: inout [NegotiationEvent]) {
  guard !events.isEmpty else { return }
  if others.isEmpty {
    swap(&events, &others)
  } else {
    others += events
    events.empty()
  }
}
