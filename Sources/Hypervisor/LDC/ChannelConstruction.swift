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
  /// All 256 channels of the domain are in use.
  case noFreeChannel(DomainID)
  /// The channel's number is above 255 or in use.
  case channelTaken(DomainID, ChannelID)
  /// The interrupt's number is above 511, in use, or given to both sides.
  case interruptTaken(DomainID, UInt64)

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
    case .noFreeChannel(let domain):
      "domain \(domain) has \(ChannelTable.capacity) channels already, the most that a domain may"
    case .channelTaken(let domain, let channel):
      "channel \(channel) of domain \(domain): a number below \(ChannelTable.capacity) that is "
        + "not in use is needed"
    case .interruptTaken(let domain, let number):
      "channel interrupt \(number) of domain \(domain): a number below "
        + "\(ChannelTable.interruptCapacity) that is not in use is needed"
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
    let before = domains
    do throws(ChannelConstructionError) {
      let first = try makeEnd(a, target: .hypervisor, isPrivate: false)
      let second = try makeEnd(
        b, target: .domain(a.domain, ChannelID(UInt64(first))), isPrivate: false)
      domains[a.domain.rawValue].channels.endpoints[first].target = .domain(
        b.domain, ChannelID(UInt64(second)))
      return (ChannelID(UInt64(first)), ChannelID(UInt64(second)))
    } catch {
      domains = before
      throw error
    }
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
    let table = domains[end.domain.rawValue].channels
    guard
      let number = end.channel?.rawValue
        ?? (0..<UInt64(ChannelTable.capacity)).first(where: { table[ChannelID($0)] == nil })
    else { throw .noFreeChannel(end.domain) }
    guard number < UInt64(ChannelTable.capacity), table[ChannelID(number)] == nil else {
      throw .channelTaken(end.domain, ChannelID(number))
    }
    let transmit = end.transmitInterrupt ?? 2 * number
    let receive = end.receiveInterrupt ?? 2 * number + 1
    for interrupt in [transmit, receive] {
      guard interrupt < UInt64(ChannelTable.interruptCapacity), transmit != receive,
        table.owner(ofInterrupt: interrupt) == nil
      else { throw .interruptTaken(end.domain, interrupt) }
    }
    var endpoint = ChannelEndpoint()
    endpoint.isLive = true
    endpoint.isPrivate = isPrivate
    endpoint.target = target
    endpoint.transmitInterrupt = VirtualInterrupt(number: transmit)
    endpoint.receiveInterrupt = VirtualInterrupt(number: receive)
    domains[end.domain.rawValue].channels.install(endpoint, at: Int(number))
    return Int(number)
  }

  /// Takes a channel away, both ends of it; returns false where the domain has no such channel.
  @discardableResult
  public mutating func disconnectChannel(_ channel: ChannelID, of domain: DomainID) -> Bool {
    guard self.domain(domain)?.channels[channel] != nil else { return false }
    let index = Int(channel.rawValue)
    let far = peer(domain.rawValue, index)
    domains[domain.rawValue].channels.remove(index)
    if let far, domains[far.domain].channels.endpoints.indices.contains(far.channel),
      domains[far.domain].channels.endpoints[far.channel].target == .domain(domain, channel)
    {
      domains[far.domain].channels.remove(far.channel)
    }
    return true
  }

  /// The domain at the far end of a channel, or `nil` where there is no such channel or its far end
  /// is no domain's.
  public func peerDomain(of channel: ChannelID, for domain: DomainID) -> DomainID? {
    guard let endpoint = self.domain(domain)?.channels[channel],
      case .domain(let peer, _) = endpoint.target
    else { return nil }
    return peer
  }
}
