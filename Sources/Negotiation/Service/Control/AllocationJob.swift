import Sun4v

/// An ALLOCATE that is being carried out.
///
/// With a policy of our own a job begins and ends in one call. With a custom policy it stops at every
/// range, asks for a place, and goes on when the answer comes; other requests wait behind it.
struct AllocationJob: Hashable, Sendable {
  let channel: ChannelID
  let request: RequestID
  let wanted: GrantRequest
  let allocation: AllocationRequest
  /// The grants made so far.
  var made = GrantRecords()
  /// The free runs that were offered, while a place is awaited.
  var offered: [PageRun]?
}

/// What a custom policy is asked: where a range is to lie.
public struct PlacementQuestion: Hashable, Sendable {
  /// The guest that wants the range.
  public let guest: DomainID
  /// Its request.
  public let request: RequestID
  /// The root complex.
  public let handle: DeviceHandle
  /// What is wanted; page numbers count from the reserved range's first page.
  public let allocation: AllocationRequest
  /// The free runs, in the same page numbers.
  public let free: [PageRun]
}
