// Theory of operation
//
// A device interrupt of a root complex is told to a domain by a mondo whose first word is the system
// interrupt number (device index and number) or, as specified from INTR 2.0 on, the cookie that the
// domain chose. It is raised when it is valid, idle and has a target; otherwise it is remembered as
// received and raised once the domain makes it valid. Interrupts of event queues are levels: as long
// as the queue holds records, setting the interrupt idle raises it again.
//
// Numbers: 20 to 23 are INTA to INTD, 24 + n event queue n, 62 errors of the memory unit, 63 errors
// of the link.
//
// Source: OpenSPARC hypervisor 1.5.6, vpci_piu.s, vdev_intr.h; FWARC 2006/074.

import Sun4v

extension HypervisorState {
  /// The number of a pin's interrupt: 20 for INTA.
  static let firstPinInterrupt = 20
  /// The number of event queue 0's interrupt.
  static let firstQueueInterrupt = 24

  /// The system interrupt number of a root complex's device interrupt.
  func systemInterrupt(_ rootComplex: Int, _ number: UInt64) -> UInt64 {
    rootComplexes[rootComplex].handle.rawValue & 0x7c0 | number
  }

  /// Word 0 of the mondo of a device interrupt.
  func sourceWord(_ rootComplex: Int, _ domain: DomainID, _ number: Int) -> UInt64 {
    let cookie = rootComplexes[rootComplex].bus.view(of: domain).interrupts[number].cookie
    return usesCookies(domain) && cookie != 0
      ? cookie : systemInterrupt(rootComplex, UInt64(number))
  }

  /// Whether a domain names its interrupts by cookies: as specified, once it chose INTR 2.0 or later.
  func usesCookies(_ domain: DomainID) -> Bool {
    followsSpecification
      && (domains[domain.rawValue].versions.version(of: .interrupt)?.major ?? 0) >= 2
  }

  /// Raises a device interrupt towards a domain, with further words for error packets.
  ///
  /// An interrupt that the domain does not take now is remembered. Returns whether a mondo was sent.
  @discardableResult
  mutating func raiseDevice(
    _ rootComplex: Int, _ domain: DomainID, _ number: Int
  ) -> Bool {
    let view = rootComplexes[rootComplex].bus.viewIndex(of: domain)
    let interrupt = rootComplexes[rootComplex].bus.views[view].interrupts[number]
    guard interrupt.state != .delivered else { return false }
    guard interrupt.isValid, let target = interrupt.target,
      interrupt.cookie != 0 || !usesCookies(domain)
    else {
      rootComplexes[rootComplex].bus.views[view].interrupts[number].state = .received
      return false
    }
    rootComplexes[rootComplex].bus.views[view].interrupts[number].state = .delivered
    return postDeviceMondo(
      Mondo(source: sourceWord(rootComplex, domain, number)), to: domain, processor: target)
  }

  /// Raises an interrupt that was made valid or idle, where it is remembered or its queue has records.
  mutating func reconsiderDevice(_ rootComplex: Int, _ domain: DomainID, _ number: Int) {
    let view = rootComplexes[rootComplex].bus.view(of: domain)
    let queue = number - Self.firstQueueInterrupt
    let hasRecords = view.msi.queues.indices.contains(queue) && !view.msi.queues[queue].isEmpty
    guard view.interrupts[number].state == .received || hasRecords else { return }
    raiseDevice(rootComplex, domain, number)
  }

  /// Raises a pin of a function: the interrupt of its holder; returns whether a mondo was sent.
  @discardableResult
  public mutating func raisePin(
    _ pin: InterruptPin, of function: BusDeviceFunction, on rootComplex: RootComplexID
  ) -> Bool {
    guard let domain = functionHolder(function, on: rootComplex) else { return false }
    return raiseDevice(
      rootComplex.rawValue, domain, Self.firstPinInterrupt + Int(pin.rawValue))
  }

  /// The domain that a function's interrupts go to: the one it was loaned to, else the root complex's
  /// owner; `nil` where there is no such root complex or it has no owner.
  public func functionHolder(
    _ function: BusDeviceFunction, on rootComplex: RootComplexID
  ) -> DomainID? {
    guard let found = self.rootComplex(rootComplex) else { return nil }
    return found.function(function)?.assignee ?? found.owner
  }
}

/// An interrupt pin of a PCI function.
public enum InterruptPin: UInt8, Hashable, Sendable, CaseIterable {
  /// INTA.
  case a = 0
  /// INTB.
  case b = 1
  /// INTC.
  case c = 2
  /// INTD.
  case d = 3
}
