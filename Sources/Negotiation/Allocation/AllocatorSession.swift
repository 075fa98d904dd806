/// An allocator in the middle of a series of operations.
///
/// It cannot be copied and does not outlive ``DVAAllocator/withSession(_:)``; while it exists its
/// allocator cannot be read, copied or changed by anybody else.
public struct AllocatorSession: ~Copyable {
  @usableFromInline let core: AllocatorCore
  @usableFromInline let heap: PageHeap

  @inlinable init(core: AllocatorCore) {
    self.core = core
    heap = core.heap
  }

  /// Allocates so many pages anywhere, as ``DVAAllocator/allocate(pages:)``.
  @inlinable @inline(__always)
  public mutating func allocate(pages: Int) throws(AllocationError) -> Int {
    guard let start = allocateIfPossible(pages: pages) else { try core.refuse(pages) }
    return start
  }

  /// Allocates so many pages anywhere, as ``DVAAllocator/allocateIfPossible(pages:)``.
  @inlinable @inline(__always)
  public mutating func allocateIfPossible(pages: Int) -> Int? {
    let start = heap.popFront(pages: pages)
    if start >= 0 { return start }
    let beyond = core.allocateBeyondFronts(pages)
    return beyond >= 0 ? beyond : nil
  }

  /// Allocates pages with limits, as ``DVAAllocator/allocate(_:)``.
  public mutating func allocate(_ request: AllocationRequest) throws(AllocationError) -> Int {
    try core.allocate(request)
  }

  /// Takes back a range that was allocated, as ``DVAAllocator/free(start:pages:)``.
  @inlinable @inline(__always)
  public mutating func free(start: Int, pages: Int) throws(FreeError) {
    if heap.pushFront(start: start, pages: pages) { return }
    try core.freeBeyondFronts(start: start, pages: pages)
  }
}
