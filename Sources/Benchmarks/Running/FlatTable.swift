#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The plainest translation table: one word a page, the physical floor of every other.
final class FlatTable {
  private let entries: UnsafeMutablePointer<UInt64>
  private let pageCount: Int

  /// A table of invalid entries; `nil` when there is no memory for it.
  ///
  /// It has room for the longest range behind its end, where the floor's pointer may wrap.
  init?(pageCount: Int) {
    let words = calloc(pageCount + 65_536, MemoryLayout<UInt64>.stride)
    guard let words else { return nil }
    entries = words.assumingMemoryBound(to: UInt64.self)
    self.pageCount = pageCount
  }

  deinit { free(entries) }

  /// Writes the entries of a range: consecutive addresses, readable and writable.
  @inline(__always)
  func map(_ start: Int, _ pages: Int) {
    var address = UInt64(truncatingIfNeeded: start) &<< 13 | 3
    for page in start..<start &+ pages {
      entries[page] = address
      address &+= 8192
    }
  }

  /// Writes zeros.
  @inline(__always)
  func unmap(_ start: Int, _ pages: Int) {
    for page in start..<start &+ pages { entries[page] = 0 }
  }

  /// Fills the table with the mappings of w4.
  func fill() {
    for page in 0..<pageCount {
      entries[page] = TranslationWorkload.address(ofPage: UInt64(page)) | 1
    }
  }

  /// The address of a page, range and validity checked; 0 for a fault.
  @inline(__always)
  func translate(_ page: Int) -> UInt64 {
    guard UInt(bitPattern: page) < UInt(bitPattern: pageCount) else { return 0 }
    let entry = entries[page]
    return entry & 1 != 0 ? entry & ~0x1fff : 0
  }
}
