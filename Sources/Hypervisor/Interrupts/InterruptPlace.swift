import Sun4v

/// Where an interrupt source is kept.
enum InterruptPlace: Hashable {
  /// A side of one of the domain's channels.
  case channel(Int, isTransmit: Bool)
  /// A device interrupt in the domain's view of a root complex.
  case device(rootComplex: Int, number: Int)
}

extension HypervisorState {
  /// Whether a handle leads to the channel device, which has eight places in the device table.
  static func isChannelDevice(_ handle: UInt64) -> Bool {
    guard let index = DeviceHandle(rawValue: handle).deviceIndex else { return false }
    return (8..<16).contains(index)
  }

  /// The source that a handle and a number name for the calls with cookies.
  ///
  /// The deployed code has cookies for channels only; as specified, for the interrupts of a root
  /// complex as well.
  @inline(__always)
  func interruptPlace(_ domain: Int, handle: UInt64, number: UInt64) -> InterruptPlace? {
    if followsSpecification,
      let rootComplex = visibleRootComplex(handle, to: DomainID(domain))
    {
      return number < UInt64(RootComplexView.interruptCount)
        ? .device(rootComplex: rootComplex, number: Int(number)) : nil
    }
    guard Self.isChannelDevice(handle),
      let owner = domains[domain].channels.owner(ofInterrupt: number)
    else { return nil }
    return .channel(owner.channel, isTransmit: owner.isTransmit)
  }

  /// An interrupt as it stands.
  @inline(__always) func interrupt(_ domain: Int, _ place: InterruptPlace) -> VirtualInterrupt {
    switch place {
    case .channel(let channel, let isTransmit):
      domains[domain].channels.interrupt(of: channel, isTransmit: isTransmit)
    case .device(let rootComplex, let number):
      rootComplexes[rootComplex].bus.view(of: DomainID(domain)).interrupts[number]
    }
  }

  /// Changes an interrupt, without looking whether it is to be raised.
  @inline(__always) mutating func modifyInterrupt<Value>(
    _ domain: Int, _ place: InterruptPlace, _ change: (inout VirtualInterrupt) -> Value
  ) -> Value {
    switch place {
    case .channel(let channel, let isTransmit):
      return domains[domain].channels.changeInterrupt(
        of: channel, isTransmit: isTransmit, change)
    case .device(let rootComplex, let number):
      let view = rootComplexes[rootComplex].bus.viewIndex(of: DomainID(domain))
      return change(&rootComplexes[rootComplex].bus.views[view].interrupts[number])
    }
  }

  /// Looks, after an interrupt was made valid or idle, whether its cause is still there.
  ///
  /// Returns whether packets wait, where it is a channel's receive interrupt.
  @discardableResult
  mutating func reconsider(_ domain: Int, _ place: InterruptPlace) -> Bool {
    switch place {
    case .channel(let channel, isTransmit: false):
      guard hasWaitingPackets(domain, channel) else { return false }
      notify(domain, channel)
      return true
    case .channel: return false
    case .device(let rootComplex, let number):
      reconsiderDevice(rootComplex, DomainID(domain), number)
      return false
    }
  }
}
