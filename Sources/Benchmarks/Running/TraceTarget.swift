import Negotiation

// What a trace is driven through: functions called through pointers, the empty ones too, so that the
// floor has the same driver in it as everything that is compared with it.

/// Something that gives ranges and takes them back, as the driver sees it.
struct TraceTarget {
  /// What the functions work on.
  let context: UnsafeMutableRawPointer
  /// Allocates so many pages; a negative number means refused.
  let allocate: @convention(c) (UnsafeMutableRawPointer, Int) -> Int
  /// Frees a range that was allocated: first page and pages.
  let free: @convention(c) (UnsafeMutableRawPointer, Int, Int) -> Void
}

/// The floor: a pointer that moves on, and no bookkeeping.
struct NullAllocator {
  private let mask: Int
  private var next = 0

  init(windowPages: Int) { mask = windowPages - 1 }

  /// Calls with the floor as a target.
  mutating func withTarget<Result>(_ body: (TraceTarget) -> Result) -> Result {
    withUnsafeMutablePointer(to: &self) { pointer in
      body(
        TraceTarget(
          context: pointer,
          allocate: { context, pages in
            let allocator = context.assumingMemoryBound(to: NullAllocator.self)
            let start = allocator.pointee.next
            allocator.pointee.next = (start &+ pages) & allocator.pointee.mask
            return start
          }, free: { _, _, _ in }))
    }
  }
}

extension DVAAllocator {
  /// Calls with the allocator as a target that asks at each call whether its memory is shared.
  mutating func withTarget<Result>(_ body: (TraceTarget) -> Result) -> Result {
    withUnsafeMutablePointer(to: &self) { pointer in
      body(TraceTarget(context: pointer, allocate: allocateChecked, free: freeChecked))
    }
  }

  /// Calls with a session of the allocator as a target.
  mutating func withSessionTarget<Result>(_ body: (TraceTarget) -> Result) -> Result {
    withSession { session in
      withUnsafeMutablePointer(to: &session) { pointer in
        body(TraceTarget(context: pointer, allocate: allocateInSession, free: freeInSession))
      }
    }
  }
}

@inline(__always)
private func allocateChecked(_ context: UnsafeMutableRawPointer, _ pages: Int) -> Int {
  context.assumingMemoryBound(to: DVAAllocator.self).pointee.allocateIfPossible(pages: pages) ?? -1
}

@inline(__always)
private func freeChecked(_ context: UnsafeMutableRawPointer, _ start: Int, _ pages: Int) {
  try? context.assumingMemoryBound(to: DVAAllocator.self).pointee.free(
    start: start, pages: pages)
}

@inline(__always)
private func allocateInSession(_ context: UnsafeMutableRawPointer, _ pages: Int) -> Int {
  context.assumingMemoryBound(to: AllocatorSession.self).pointee.allocateIfPossible(pages: pages)
    ?? -1
}

@inline(__always)
private func freeInSession(_ context: UnsafeMutableRawPointer, _ start: Int, _ pages: Int) {
  try? context.assumingMemoryBound(to: AllocatorSession.self).pointee.free(
    start: start, pages: pages)
}
