import Sun4v

/// One guest as the control domain knows it: the near end of the channel, and who is at its far end.
public struct GuestPeer: Hashable, Sendable {
  /// The control domain's end of the channel.
  public var channel: ChannelID
  /// The guest.
  public var domain: DomainID
  /// The most pages of a window that it may hold at once; `nil` for no such limit.
  public var quotaPages: Int?
  /// The pages of each window that are kept for it and given to nobody else.
  public var reservationPages: Int

  /// Describes a guest.
  public init(
    channel: ChannelID, domain: DomainID, quotaPages: Int? = nil, reservationPages: Int = 0
  ) {
    self.channel = channel
    self.domain = domain
    self.quotaPages = quotaPages
    self.reservationPages = reservationPages
  }
}

/// What the control domain's agent is made of.
public struct ControlAgentConfiguration: Hashable, Sendable {
  /// The windows of its root complexes.
  public var windows: [DVMAWindow]
  /// The guests.
  public var guests: [GuestPeer]
  /// The agent's incarnation: a number that grows from boot to boot, such as the time of the boot.
  public var generation: UInt64
  /// How a place is chosen.
  public var policy: AllocationPolicy
  /// How long ranges that came back wait before they are given again.
  public var quarantine: QuarantineLimit?
  /// When no more than so many unreserved pages of a window would be left, only guests with less than
  /// an equal share are served, and each is sure of an equal part of so many; a quarter of the reserved
  /// range when `nil`, 0 for first come, first served.
  public var scarcityFloor: Int?
  /// The most ranges in one request.
  public var batchLimit: UInt32 = 128
  /// The most grants that one guest may hold.
  public var grantLimit: Int = 1 << 16
  /// The most requests that one guest may have open.
  public var openRequestLimit: UInt64 = 64
  /// The most guard pages behind a range.
  public var guardLimit: UInt32 = 1024
  /// How long grants outlive a lost session, in nanoseconds.
  public var renewalTime: UInt64 = 1_000_000_000
  /// How long until a REVOKE is sent again, in nanoseconds.
  public var revokeInterval: UInt64 = 10_000_000
  /// How often a REVOKE for a grant that was taken by force is sent before the control domain leaves it
  /// to the next session to tell.
  public var noticeLimit = 16
  /// The longest time between two of them, which doubles from `revokeInterval`, in nanoseconds.
  public var maximumNoticeInterval: UInt64 = 160_000_000
  /// How long until the hypervisor is asked again for what it refused, in nanoseconds.
  public var reclaimInterval: UInt64 = 10_000_000

  /// Whether each guest's grants are numbered for themselves, with the guest's number in the upper 32
  /// bits, so that the order in which guests are served leaves no trace in the numbers.
  public var numbersGrantsByGuest = false

  /// A planted fault: answers are not kept, so that a repeated request is carried out again.
  ///
  /// It serves only to show that tests and exploration find it.
  public var forgetsAnswers = false

  /// Makes a configuration; limits have defaults.
  public init(
    windows: [DVMAWindow], guests: [GuestPeer], generation: UInt64,
    policy: AllocationPolicy = .binned, quarantine: QuarantineLimit? = nil
  ) {
    self.windows = windows
    self.guests = guests
    self.generation = generation
    self.policy = policy
    self.quarantine = quarantine
  }
}
