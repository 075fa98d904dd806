// Theory of operation
//
// Turns the real addresses of a page list into physical ones, as the mapping calls want it. Lists
// mostly name pages of one segment, so the last segment is kept and tried first.
//
// The rules differ by part. T1 wants a whole page inside the segment, and takes the pages that a
// domain imported over a channel. T2 tests a size of 0 (the constant in its code is the encoded page
// size), so the page just past a segment passes, and it knows nothing of imports. For a range that
// was granted, which no released code had, the whole page is always wanted: a guest must not reach
// the page after its memory.
//
// Source: OpenSPARC hypervisor 1.5.6, vpci_piu.s, vpci_fire.s, segments.h.

import Sun4v

/// The translation of listed pages during one call.
struct PageResolver {
  private let domain: DomainID
  /// The bytes that must fit between a page's address and its segment's end.
  private let size: UInt64
  private let takesImports: Bool
  /// What is asked of an imported page.
  private let attributes: IOAttributes
  private let alignmentMask: UInt64
  private var base: UInt64 = 1
  /// The highest address that fits, or one below `base` while no segment is known.
  private var last: UInt64 = 0
  private var offset: UInt64 = 0

  /// Starts without a known segment; `ownsWindow` is for pages of a window that the domain owns.
  init(
    _ model: MachineModel, _ conformance: ConformanceMode, _ domain: DomainID, ownsWindow: Bool,
    pageSize: PageSize = .size8K, attributes: IOAttributes
  ) {
    self.domain = domain
    self.attributes = attributes
    let deployedT2 = model == .t2 && conformance == .deployed
    size = deployedT2 && ownsWindow ? 0 : pageSize.bytes
    takesImports = !deployedT2
    alignmentMask = pageSize.bytes &- 1
  }

  /// The physical page of a listed real address, which changes nothing in the state; that is passed as
  /// `inout` because a borrowed one would be copied, reference by reference; `nil`, with the status of the refusal, where there is
  /// none.
  @inline(__always)
  mutating func resolve(
    _ page: UInt64, _ state: inout HypervisorState, _ status: inout HypervisorStatus
  ) -> UInt64? {
    guard page & alignmentMask == 0 else {
      status = .badAlignment
      return nil
    }
    if page >= base && page <= last { return page &+ offset }
    return search(page, &state, &status)
  }

  /// Writes the entries of the pages at the head of a run of big-endian addresses that lie in the segment
  /// in hand; returns how many they are, and adds those that became valid.
  @inline(__always)
  func fill(
    _ entries: UnsafeMutablePointer<UInt64>, from words: UnsafePointer<UInt64>, count: Int,
    bits: UInt64, valid: UInt64, _ added: inout Int
  ) -> Int {
    var done = 0
    while done < count {
      let page = UInt64(bigEndian: words[done])
      guard page & alignmentMask == 0, page >= base, page <= last else { break }
      added &+= entries[done] & valid == 0 ? 1 : 0
      entries[done] = page &+ offset | bits
      done &+= 1
    }
    return done
  }

  @inline(never)
  private mutating func search(
    _ page: UInt64, _ state: inout HypervisorState, _ status: inout HypervisorStatus
  ) -> UInt64? {
    if let segment = state.domains[domain.rawValue].memoryMap.segment(
      holding: RealAddress(page), size: size)
    {
      if segment.size >= size {
        base = segment.base.rawValue
        last = segment.limit.rawValue &- size
        offset = segment.offset
      }
      return page &+ segment.offset
    }
    guard takesImports else {
      status = .noRealAddress
      return nil
    }
    let imported = state.importedPage(domain, RealAddress(page), attributes: attributes)
    status = imported.status
    return imported.status == .ok ? imported.physical.rawValue : nil
  }
}

/// Reads big-endian 64-bit numbers that follow each other in memory.
struct WordReader {
  private var next: PhysicalAddress
  private var left: Int
  private var words: UnsafePointer<UInt64>?
  private var inRun = 0

  /// Starts at an address that is a multiple of 8, with so many numbers that exist.
  init(_ address: PhysicalAddress, count: Int) {
    next = address
    left = count
  }

  /// The next number; zero after the last.
  @inline(__always) mutating func next(_ memory: inout PhysicalMemory) -> UInt64 {
    if inRun == 0 { refill(&memory) }
    guard inRun > 0 else { return 0 }
    inRun &-= 1
    guard let word = words else { return 0 }
    words = word + 1
    return UInt64(bigEndian: word.pointee)
  }

  /// The numbers that lie together from the next one on, still unread; `nil` where they were never
  /// written or none is left.
  @inline(__always) mutating func run(
    _ memory: inout PhysicalMemory
  ) -> (words: UnsafePointer<UInt64>, count: Int)? {
    if inRun == 0 { refill(&memory) }
    guard inRun > 0, let words else { return nil }
    return (words, inRun)
  }

  /// Leaves out numbers of the run in hand.
  @inline(__always) mutating func skip(_ count: Int) {
    inRun &-= count
    words = words.map { $0 + count }
  }

  @inline(never) private mutating func refill(_ memory: inout PhysicalMemory) {
    guard left > 0 else { return }
    let run = memory.wordRun(at: next, limit: left)
    words = run.words
    inRun = run.count
    left &-= run.count
    next = PhysicalAddress(next.rawValue &+ UInt64(run.count) &* 8)
  }
}
