import Hypervisor
import Sun4v

/// What is to be compared: the same work for every way and every number of guests.
public struct PathRequest: Hashable, Sendable {
  /// The most guests, which is also the most devices.
  public static let guestLimit = 32
  /// The largest block in bytes.
  public static let largestBlock: UInt64 = 1 << 20
  /// The largest frame in bytes, a jumbo frame.
  public static let largestFrame: UInt64 = 9216
  /// The most operations of one guest that are under way at a time.
  public static let depthLimit = 64
  /// The most operations of one guest.
  public static let operationLimit = 1_000_000
  /// The most pages under way: a domain imports at most so many (OpenSPARC hypervisor, ldc.h).
  public static let pageLimit = ImportRegion.maximumSlots

  /// The ways, each at most once.
  public var ways: [IOPath] = IOPath.allCases
  /// What the guests do.
  public var workload = PathWorkload.blockRead
  /// Bytes of one operation.
  public var size: UInt64 = 8192
  /// Operations of one guest that are under way at a time.
  public var depth = 1
  /// Operations of each guest.
  public var operations = 64
  /// The numbers of guests.
  public var guests = [1, 2, 4, 8, 16, 32]
  /// When guests negotiate in the direct way.
  public var negotiation = NegotiationTiming.once
  /// The seed of the data and of the order in which guests ask.
  public var seed: UInt64 = 0
  /// The machine model.
  public var model = MachineModel.t1
  /// Deployed or specified behaviour where the two differ.
  public var conformance = ConformanceMode.deployed
  /// What each kind of work costs.
  public var costs = PathCosts()

  /// Asks for the three ways, with 64 block reads of 8 KiB for each guest.
  public init() {}

  /// Pages of one operation's buffer.
  var pagesPerOperation: UInt64 { PageSize.size8K.pages(for: size) }
  /// Pages of all of a guest's buffers.
  var pagesPerGuest: UInt64 { pagesPerOperation * UInt64(depth) }

  /// Throws code `invalid_argument` for what cannot be compared, with the limit that it exceeds.
  func validate() throws(MachineError) {
    try check(
      !ways.isEmpty && Set(ways).count == ways.count, "ways: wanted one or more, each once")
    try check(
      !guests.isEmpty && guests.allSatisfy { (1...Self.guestLimit).contains($0) },
      "guests: wanted a list of numbers from 1 to \(Self.guestLimit)")
    let largest = workload == .blockRead ? Self.largestBlock : Self.largestFrame
    try check(
      (1...largest).contains(size),
      "size: \(size) bytes; wanted 1 to \(largest) for \(workload.rawValue)")
    try check(
      (1...Self.depthLimit).contains(depth),
      "depth: \(depth) operations under way; wanted 1 to \(Self.depthLimit)")
    try check(
      (1...Self.operationLimit).contains(operations),
      "operations: \(operations) for each guest; wanted 1 to \(Self.operationLimit)")
    let pages = pagesPerGuest * UInt64(guests.max() ?? 0)
    try check(
      pages <= UInt64(Self.pageLimit),
      "size, depth and guests together are \(pages) pages under way; the control domain can import "
        + "\(Self.pageLimit) at a time, and all ways get the same work")
    try check(
      !ways.contains(.shared) || model != .t2 || conformance == .specified,
      "the shared way: the deployed t2 hypervisor maps no imported page for devices; use model "
        + "\"t1\", or conforms = \"specified\"")
  }

  private func check(_ holds: Bool, _ message: String) throws(MachineError) {
    if !holds { throw MachineError(.invalidArgument, message) }
  }
}
