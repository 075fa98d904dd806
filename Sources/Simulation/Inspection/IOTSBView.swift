import Hypervisor
import Sun4v

/// An IOTSB for reading, whole or as far as it is one domain's.
public struct IOTSBView {
  /// One valid entry.
  public struct Entry: Hashable, Sendable {
    /// The place in the table.
    public let index: UInt64
    /// The first DVA that it translates.
    public let address: DVMAAddress
    /// The page that it leads to.
    public let physical: PhysicalAddress
    /// Whether devices may read through it.
    public let allowsRead: Bool
    /// Whether devices may write through it.
    public let allowsWrite: Bool
    /// The only function that may use it, if there is one.
    public let requester: BusDeviceFunction?
    /// The domain that it belongs to.
    public let holder: DomainID?
    /// All 64 bits, in the layout of the machine model.
    public let raw: UInt64
  }

  /// Numbers of pages.
  public struct Usage: Hashable, Sendable {
    /// Pages of the window, or of the domain's grants.
    public let pages: UInt64
    /// Pages that are granted.
    public let granted: UInt64
    /// Valid entries.
    public let valid: UInt64
  }

  private let rootComplex: RootComplex
  private let holder: DomainID?

  /// Looks at a root complex's IOTSB, or at one domain's part of it.
  public init(_ rootComplex: RootComplex, holder: DomainID? = nil) {
    self.rootComplex = rootComplex
    self.holder = holder
  }

  private func includes(_ index: UInt64) -> Bool {
    holder == nil || rootComplex.holder(of: index) == holder
  }

  private func made(_ index: UInt64, _ entry: IOTTE) -> Entry {
    Entry(
      index: index, address: rootComplex.window.address(of: index), physical: entry.physicalAddress,
      allowsRead: entry.allowsRead, allowsWrite: entry.allowsWrite,
      requester: entry.requester, holder: rootComplex.holder(of: index), raw: entry.rawValue)
  }

  /// The valid entry that translates a DVA, or `nil` where there is none in view.
  public func entry(_ address: DVMAAddress) -> Entry? {
    guard let index = rootComplex.window.index(of: address), includes(index),
      let entry = rootComplex.table.entry(index), entry.isValid
    else { return nil }
    return made(index, entry)
  }

  /// The valid entries between two DVAs, at most so many.
  public func entries(from: DVMAAddress?, to: DVMAAddress?, limit: Int) -> [Entry] {
    let window = rootComplex.window
    var next = from.map { $0 <= window.base ? 0 : window.index(of: $0) ?? window.entryCount } ?? 0
    let last = to ?? DVMAAddress(.max)
    var found: [Entry] = []
    while found.count < limit, let (index, entry) = rootComplex.table.nextValid(from: next),
      window.address(of: index) <= last
    {
      if includes(index) { found.append(made(index, entry)) }
      next = index + 1
    }
    return found
  }

  /// How much is in use.
  public var usage: Usage {
    guard let holder else {
      return Usage(
        pages: rootComplex.window.usableEntries, granted: rootComplex.grants.pages,
        valid: UInt64(rootComplex.table.validCount))
    }
    let granted = rootComplex.grants.all.filter { $0.grantee == holder }
      .reduce(0) { $0 + $1.pages }
    let pages =
      rootComplex.owner == holder
      ? rootComplex.window.usableEntries - rootComplex.grants.pages : granted
    return Usage(
      pages: pages, granted: granted, valid: UInt64(rootComplex.validEntries(of: holder)))
  }

  /// One line on what is in use.
  public var summary: String {
    let usage = usage
    let window = rootComplex.window
    let whole =
      "IOTSB of \(rootComplex.name): window \(ByteSize(window.size)) at \(window.base), "
      + "\(window.usableEntries) pages of \(window.pageSize)"
    return holder == nil
      ? "\(whole), \(usage.granted) granted, \(usage.valid) valid"
      : "\(whole); of this domain \(usage.pages) pages, \(usage.valid) valid"
  }

  /// The valid entries as text, a line each.
  public func dump(limit: Int, names: [DomainID: String]) -> String {
    let found = entries(from: nil, to: nil, limit: limit)
    var lines = ["dva                 pa                  rw  device   domain"]
    for entry in found {
      let permissions = (entry.allowsRead ? "r" : "-") + (entry.allowsWrite ? "w" : "-")
      let device = entry.requester?.description ?? "any    "
      let name = entry.holder.map { names[$0] ?? "\($0)" } ?? "-"
      lines.append("\(entry.address)  \(entry.physical)  \(permissions)  \(device)  \(name)")
    }
    let left = Int(clamping: usage.valid) - found.count
    if left > 0 { lines.append("… \(left) more") }
    return lines.joined(separator: "\n")
  }
}
