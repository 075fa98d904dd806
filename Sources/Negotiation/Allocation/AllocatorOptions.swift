/// What is chosen when an allocator is made.
public struct AllocatorOptions: Hashable, Sendable {
  /// How it chooses among the free runs that fit.
  public var policy: AllocationPolicy
  /// How long freed ranges wait; `nil` for not at all.
  public var quarantine: QuarantineLimit?
  /// The page number, in DMA virtual address space, of index 0: what alignment and boundary count
  /// from.
  public var basePage: UInt64

  /// The default policy, no quarantine, a base that every alignment divides.
  public init(
    policy: AllocationPolicy = .binned, quarantine: QuarantineLimit? = nil, basePage: UInt64 = 0
  ) {
    self.policy = policy
    self.quarantine = quarantine
    self.basePage = basePage
  }
}

/// What an allocator did since it was made; not part of what makes two of them equal.
public struct AllocatorCounters: Hashable, Sendable {
  /// Ranges given.
  public var allocations: UInt64
  /// Ranges given out of a front stack, without a search.
  public var frontAllocations: UInt64
  /// Ranges taken back.
  public var frees: UInt64
  /// Ranges taken back into a front stack, without joining them.
  public var frontFrees: UInt64
  /// Requests that nothing free fitted, or that could never be met.
  public var refusals: UInt64
  /// Frees that named no allocated range.
  public var refusedFrees: UInt64
  /// Times that all front stacks were emptied before a refusal.
  public var frontDrains: UInt64
  /// Ranges that left the quarantine early, to avoid a refusal.
  public var earlyReleases: UInt64
}

/// The counters that are kept outside the hot state.
struct RareCounters {
  var refusals: UInt64 = 0
  var refusedFrees: UInt64 = 0
  var frontDrains: UInt64 = 0
  var earlyReleases: UInt64 = 0
}
