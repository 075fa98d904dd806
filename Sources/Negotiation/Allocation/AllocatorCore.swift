/// One allocator's memory and all its work, without the sharing.
///
/// Copies of a ``DVAAllocator`` share a core until one of them changes; only a core that one
/// allocator holds alone is ever called to change something.
@usableFromInline final class AllocatorCore {
  /// The memory.
  @usableFromInline let heap: PageHeap
  /// What was chosen when it was made.
  let options: AllocatorOptions
  /// Freed ranges that wait.
  var quarantine = RangeQueue()
  /// Counters of what is rare.
  var rare = RareCounters()

  init(heap: PageHeap, options: AllocatorOptions) {
    self.heap = heap
    self.options = options
  }

  deinit { heap.destroy() }

  /// The pages of the window.
  var pageCount: Int { Int(heap.state.pointee.pageCount) }

  /// A core of the same content in memory of its own.
  func copy() -> AllocatorCore {
    let other = AllocatorCore(heap: heap.copy(), options: options)
    other.quarantine = quarantine
    other.rare = rare
    return other
  }
}
