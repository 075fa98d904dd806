import Hypervisor
import Negotiation
import Sun4v

/// How a window is used, as the control domain's books say.
public struct WindowReport: Hashable, Sendable {
  /// What one guest holds and may hold, in pages, guards included.
  public struct Use: Hashable, Sendable {
    /// The guest.
    public let domain: DomainID
    /// What it holds and may hold.
    public let account: DomainAccount
  }

  /// The pages of the window outside the reserved range: the control domain's own.
  public let privatePages: UInt64
  /// The pages of the reserved range: free, granted, and so on.
  public let reserved: AllocatorStatistics
  /// Every guest, in order of number.
  public let uses: [Use]
}

extension Machine {
  /// How a root complex's window is used; throws code `wrong_state` where the control domain is not
  /// running, since the books are its own.
  public func report(of rootComplex: RootComplexID) throws(MachineError) -> WindowReport {
    try checkOpen()
    let place = try self.rootComplex(rootComplex)
    guard let window = books(of: place) else {
      throw MachineError(
        .wrongState,
        "\(Self.controlName) is not running: nobody keeps the books of \(place.name)")
    }
    return WindowReport(
      privatePages: window.window.pages &- window.window.reservedPages,
      reserved: window.allocator.statistics(),
      uses: window.ledger.domains.sorted().compactMap { domain in
        window.ledger.account(of: domain).map {
          WindowReport.Use(domain: domain, account: $0)
        }
      })
  }
}
