// Theory of operation
//
// The tables of a window are as long as the window can ever need, and mostly empty: they are reserved
// whole and touched as they are used. The system hands out pages of zeros on first use, so that an
// untouched part costs nothing.
//
// Long runs come straight from the system. What was touched is then given back whole, and a new run
// is never made of used memory, which would have to be cleared, and so touched, first. Their inside
// is offered huge pages: a table of many megabytes that is used at random otherwise spends more time
// in finding its pages than in reading them. The first two megabytes and the last block keep small
// pages, since every table has something written at its ends, however little it is used.
//
// Source: madvise(2), MADV_HUGEPAGE. Measurements: docs/performance.md, w5.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A run of bytes that are zero until they are written, and cost nothing until then.
///
/// A handle: copying it copies the address. Whoever made it releases it, once.
public struct LazyBytes: @unchecked Sendable {
  /// The first byte; aligned for every integer.
  public let start: UnsafeMutableRawPointer
  /// The number of bytes.
  public let count: Int

  /// Runs of so many bytes and more come straight from the system.
  private static let mappedCount = 4 << 20
  /// The bytes of a huge page.
  private static let hugePage = 2 << 20

  /// Reserves so many bytes; `nil` for a negative count, and where the process has no room.
  public init?(count: Int) {
    guard count >= 0 else { return nil }
    self.count = count
    if count < Self.mappedCount {
      guard let start = calloc(max(1, count), 1) else { return nil }
      self.start = start
      return
    }
    let protection = PROT_READ | PROT_WRITE
    guard let start = mmap(nil, count, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else { return nil }
    self.start = start
    offerHugePages()
  }

  /// Reserves so many bytes for a copy of a run that there is already.
  ///
  /// Nobody could answer for a value that cannot be copied: where there is no room, the process ends,
  /// as it would for an array.
  public init(required count: Int) {
    guard let run = LazyBytes(count: count) else { preconditionFailure("out of memory") }
    self = run
  }

  /// The run at an address that an earlier handle gave.
  public init(start: UnsafeMutableRawPointer, count: Int) {
    self.start = start
    self.count = count
  }

  /// Gives the bytes back; every handle to them is dead afterwards.
  public func release() {
    if count < Self.mappedCount { free(start) } else { munmap(start, count) }
  }

  private func offerHugePages() {
    #if os(Linux)
      let mask = Self.hugePage - 1
      let first = Int(bitPattern: start)
      let low = (first + Self.hugePage + mask) & ~mask
      let high = (first + count - 1) & ~mask
      guard low < high, let inside = UnsafeMutableRawPointer(bitPattern: low) else { return }
      // A hint: where the system has no huge pages, nothing changes.
      _ = madvise(inside, high - low, MADV_HUGEPAGE)
    #endif
  }
}
