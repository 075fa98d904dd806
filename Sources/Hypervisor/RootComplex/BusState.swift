// Theory of operation
//
// What a root complex is besides its IOMMU: the health of its link, the registers behind its I/O
// addresses, and what each domain that uses it sees of it. A domain's view is its own interrupts,
// event queues, MSIs and messages under the one handle; the owner has one, and so has every domain
// that a function was loaned or a range granted to. No call reaches another domain's view, so
// nothing here needs a check of its own to keep domains apart.
//
// Views are made when first changed: a view that nobody touched equals one that does not exist.
//
// Source: FWARC 2009/535 to 2009/537 for loaned functions; the view of a grant's holder is ours.

import Sun4v

/// One domain's side of a root complex.
public struct RootComplexView: Hashable, Sendable {
  /// The number of device interrupts of a root complex.
  public static let interruptCount = 64

  /// The domain.
  public let domain: DomainID
  /// The device interrupts; the place in the list is the number, the `devino`.
  public package(set) var interrupts = (0..<UInt64(interruptCount)).map(VirtualInterrupt.init)
  /// The event queues, MSIs and messages.
  public package(set) var msi = MSIState()

  init(domain: DomainID) { self.domain = domain }
}

/// The state of a root complex's bus.
public struct BusState: Hashable, Sendable {
  /// Whether the link is up; while it is down, accesses to devices fail.
  public var isLinkUp = true
  /// Whether the hypervisor gave the bus up after resets that failed.
  public var isBlacklisted = false
  /// Whether every access to configuration space or registers fails: a fault to inject.
  public var failsAccesses = false
  /// Whether the owner has said that the bus is configured, so that other domains may look at it.
  public package(set) var isConfigured = false
  /// The bytes behind the I/O addresses, which peek and poke reach; by real address.
  public package(set) var registers = PhysicalMemory()
  /// What domains see, in order of domain; those who never changed anything are not listed.
  public package(set) var views: [RootComplexView] = []

  /// What a domain sees.
  public func view(of domain: DomainID) -> RootComplexView {
    views.first { $0.domain == domain } ?? RootComplexView(domain: domain)
  }

  /// The place of a domain's view, made where it is missing.
  package mutating func viewIndex(of domain: DomainID) -> Int {
    let place = views.firstIndex { $0.domain >= domain } ?? views.endIndex
    if place == views.endIndex || views[place].domain != domain {
      views.insert(RootComplexView(domain: domain), at: place)
    }
    return place
  }
}

extension HypervisorState {
  /// The place of the root complex that a handle names, if a domain has a view of it: as owner, as the
  /// borrower of a function, or as the holder of a grant.
  @inline(__always) func visibleRootComplex(_ handle: UInt64, to domain: DomainID) -> Int? {
    guard let place = rootComplexIndex(handle), isVisible(place, to: domain) else { return nil }
    return place
  }

  /// Whether a domain has a view of a root complex.
  @inline(__always) func isVisible(_ place: Int, to domain: DomainID) -> Bool {
    rootComplexes[place].owner == domain || rootComplexes[place].grants.count(of: domain) > 0
      || rootComplexes[place].functions.contains { $0.assignee == domain }
  }

  /// Changes the link, the blacklist or the injected faults of a bus; false for an unknown one.
  @discardableResult
  public mutating func modifyBus(
    _ rootComplex: RootComplexID, _ change: (inout BusState) -> Void
  ) -> Bool {
    guard rootComplexes.indices.contains(rootComplex.rawValue) else { return false }
    change(&rootComplexes[rootComplex.rawValue].bus)
    return true
  }
}
