import AllocationCounter
import Testing

extension Trait where Self == ConditionTrait {
  /// Leaves a test out where allocations cannot be counted: a sanitizer brings an allocator of its own,
  /// and what the sanitizer allocates for itself would count.
  static var countsAllocations: Self {
    .enabled(
      if: allocation_counter_works(), "a sanitizer's allocator is in place, which is not counted")
  }
}

/// How often a body asks for memory when it runs so many times, after it has run as often before: what
/// grows once and then stays is there by then.
func allocations(times: Int = 1000, _ body: () throws -> Void) rethrows -> UInt64 {
  for _ in 0..<times { try body() }
  let before = allocation_count()
  for _ in 0..<times { try body() }
  return allocation_count() - before
}
