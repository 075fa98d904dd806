/// How an allocator chooses among the free runs that fit a request.
///
/// All policies work on the same tags, bins and checks; they differ only in where they look. Each
/// has its own file in `Policies`.
public enum AllocationPolicy: String, Hashable, Sendable, CaseIterable {
  /// The default: exact-size bins with front stacks; best fit without a search.
  case binned
  /// The lowest address that fits.
  case firstFit = "first-fit"
  /// The lowest address that fits above the end of the last allocation, then from the start.
  case nextFit = "next-fit"
  /// The smallest free run that fits, the lowest among equals.
  case bestFit = "best-fit"
  /// Sixteen pools with next-fit hints, chosen by a hash of the requester, as Linux does on sun4v.
  case linuxPools = "linux-pools"
  /// Somebody outside chooses, step by step; see ``DVAAllocator/begin(_:)``.
  case custom
}
