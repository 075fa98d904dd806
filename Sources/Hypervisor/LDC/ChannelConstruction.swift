import Sun4v

/// One end of a channel to be made: the domain, and the numbers it is to have.
public struct ChannelEnd: Hashable, Sendable {
  /// The domain whose end it is.
  public var domain: DomainID
  /// The channel's number, or `nil` for the lowest free one.
  public var channel: ChannelID?
  /// The number of the transmit interrupt, or `nil` for twice the channel's.
  public var transmitInterrupt: UInt64?
  /// The number of the receive interrupt, or `nil` for one more than twice the channel's.
  public var receiveInterrupt: UInt64?

  /// Makes an end; what is not given is chosen.
  public init(
    _ domain: DomainID, channel: ChannelID? = nil, transmitInterrupt: UInt64? = nil,
    receiveInterrupt: UInt64? = nil
  ) {
    self.domain = domain
    self.channel = channel
    self.transmitInterrupt = transmitInterrupt
    self.receiveInterrupt = receiveInterrupt
  }
}

/// Why a channel cannot be made.
public enum ChannelConstructionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such domain.
  case noDomain(DomainID)
  /// The domain has as many channels as a domain may.
  case noFreeChannel(DomainID, limit: Int)
  /// The channel's number is in use or not below the number of channels that a domain may have.
  case channelTaken(DomainID, ChannelID, limit: Int)
  /// The interrupt's number is in use, given to both sides, or not below twice the number of channels.
  case interruptTaken(DomainID, UInt64, limit: Int)

  /// A stable word for the kind of error.
  public var code: String {
    switch self {
    case .noDomain: "no-domain"
    case .noFreeChannel: "no-free-channel"
    case .channelTaken: "channel-taken"
    case .interruptTaken: "interrupt-taken"
    }
  }

  /// What is wrong and what would be right.
  public var description: String {
    switch self {
    case .noDomain(let domain): "there is no domain \(domain)"
    case .noFreeChannel(let domain, let limit):
      "domain \(domain) has \(limit) channels already, the most that a domain may"
    case .channelTaken(let domain, let channel, let limit):
      "channel \(channel) of domain \(domain): a number below \(limit) that is not in use is "
        + "needed"
    case .interruptTaken(let domain, let number, let limit):
      "channel interrupt \(number) of domain \(domain): a number below \(limit) that is not in "
        + "use is needed"
    }
  }
}

extension HypervisorState {
  /// Connects two domains by a channel with the lowest free numbers on either side; the interrupts
  /// of channel n are 2n to transmit and 2n + 1 to receive.
  public mutating func connectChannel(
    _ a: DomainID, _ b: DomainID
  ) throws(ChannelConstructionError) -> (ChannelID, ChannelID) {
    try connectChannel(ChannelEnd(a), ChannelEnd(b))
  }

  /// Connects two domains by a channel with given numbers, as a machine description has them.
  ///
  /// Nothing changes where it throws. Both ends may be of one domain.
  public mutating func connectChannel(
    _ a: ChannelEnd, _ b: ChannelEnd
  ) throws(ChannelConstructionError) -> (ChannelID, ChannelID) {
    let first = try makeEnd(a, target: .hypervisor, isPrivate: false)
    let second: Int
    do throws(ChannelConstructionError) {
      second = try makeEnd(
        b, target: .domain(a.domain, ChannelID(UInt64(first))), isPrivate: false)
    } catch {
      domains[a.domain.rawValue].channels.remove(first)
      throw error
    }
    domains[a.domain.rawValue].channels.endpoints[first].target = .domain(
      b.domain, ChannelID(UInt64(second)))
    return (ChannelID(UInt64(first)), ChannelID(UInt64(second)))
  }

  /// Gives a domain a channel to the hypervisor or the service processor; a private one belongs to a
  /// built-in service and is hidden from the domain.
  @discardableResult
  public mutating func addServiceChannel(
    _ end: ChannelEnd, target: ChannelTarget, isPrivate: Bool
  ) throws(ChannelConstructionError) -> ChannelID {
    ChannelID(UInt64(try makeEnd(end, target: target, isPrivate: isPrivate)))
  }

  private mutating func makeEnd(
    _ end: ChannelEnd, target: ChannelTarget, isPrivate: Bool
  ) throws(ChannelConstructionError) -> Int {
    guard domains.indices.contains(end.domain.rawValue) else { throw .noDomain(end.domain) }
    let place = end.domain.rawValue
    let number = end.channel?.rawValue ?? UInt64(domains[place].channels.lowestFree)
    guard end.channel != nil || number < UInt64(channelLimit) else {
      throw .noFreeChannel(end.domain, limit: channelLimit)
    }
    guard number < UInt64(channelLimit), !domains[place].channels.isLive(number) else {
      throw .channelTaken(end.domain, ChannelID(number), limit: channelLimit)
    }
    let transmit = end.transmitInterrupt ?? 2 * number
    let receive = end.receiveInterrupt ?? 2 * number + 1
    for interrupt in [transmit, receive] {
      guard interrupt < UInt64(2 * channelLimit), transmit != receive,
        domains[place].channels.owner(ofInterrupt: interrupt) == nil
      else { throw .interruptTaken(end.domain, interrupt, limit: 2 * channelLimit) }
    }
    var endpoint = ChannelEndpoint()
    endpoint.isLive = true
    endpoint.isPrivate = isPrivate
    endpoint.target = target
    endpoint.transmitInterrupt = VirtualInterrupt(number: transmit)
    endpoint.receiveInterrupt = VirtualInterrupt(number: receive)
    domains[place].channels.install(endpoint, at: Int(number))
    return Int(number)
  }

  /// Takes a channel away, both ends of it; returns false where the domain has no such channel.
  @discardableResult
  public mutating func disconnectChannel(_ channel: ChannelID, of domain: DomainID) -> Bool {
    guard self.domain(domain)?.channels[channel] != nil else { return false }
    let index = Int(channel.rawValue)
    let far = peer(domain.rawValue, index)
    dropHeldPackets(domain.rawValue, index)
    domains[domain.rawValue].channels.remove(index)
    if let far, domains[far.domain].channels.endpoints.indices.contains(far.channel),
      domains[far.domain].channels.endpoints[far.channel].target == .domain(domain, channel)
    {
      dropHeldPackets(far.domain, far.channel)
      domains[far.domain].channels.remove(far.channel)
    }
    return true
  }

  /// The domain at the far end of a channel, or `nil` where there is no such channel or its far end
  /// is no domain's.
  @inline(__always)
  public func peerDomain(of channel: ChannelID, for domain: DomainID) -> DomainID? {
    guard domains.indices.contains(domain.rawValue),
      domains[domain.rawValue].channels.isLive(channel.rawValue),
      case .domain(let peer, _) =
        domains[domain.rawValue].channels.endpoints[Int(channel.rawValue)].target
    else { return nil }
    return peer
  }
}
