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
  /// The first of the addresses in hand, `span + 1` of them, which lie `offset` further up physically; at
  /// first one that no page has.
  private var base = UInt64.max
  private var span: UInt64 = 0
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

  /// The physical page of a listed real address; `nil`, with the status of the refusal, where there is
  /// none.
  @inline(__always)
  mutating func resolve(
    _ page: UInt64, _ state: inout HypervisorState, _ status: inout HypervisorStatus
  ) -> UInt64? {
    hold(page, &state, &status) ? page &+ offset : nil
  }

  /// Takes the segment of a listed real address in hand; false, with the status of the refusal, where the
  /// page is none that may be mapped.
  ///
  /// It changes nothing in the state, which is `inout` because a borrowed one would be copied, reference
  /// by reference. Of an imported page it is the page's own place that is in hand.
  @inline(__always)
  mutating func hold(
    _ page: UInt64, _ state: inout HypervisorState, _ status: inout HypervisorStatus
  ) -> Bool {
    guard page & alignmentMask == 0 else {
      status = .badAlignment
      return false
    }
    if page &- base <= span { return true }
    if let segment = state.domains[domain.rawValue].memoryMap.segment(
      holding: RealAddress(page), size: size)
    {
      base = segment.base.rawValue
      span = segment.size &- size
      offset = segment.offset
      return true
    }
    guard takesImports else {
      status = .noRealAddress
      return false
    }
    let imported = state.pageForDevices(domain, page, attributes)
    base = page
    span = 0
    offset = imported.physical.rawValue &- page
    status = imported.status
    return imported.status == .ok
  }

  /// Writes the entries of the pages at the head of a list that are in hand; returns how many they are, and
  /// how many of the entries were not valid before, by the bit at a position.
  @inline(__always)
  func fill(
    _ entries: UnsafeMutablePointer<UInt64>, from words: WordRun, bits: UInt64,
    validAt position: UInt64
  ) -> (count: Int, added: Int) {
    var done = 0
    var valid = 0
    while done < words.count {
      let page = words[done]
      guard page & alignmentMask == 0, page &- base <= span else { break }
      valid &+= Int(truncatingIfNeeded: entries[done] &>> position & 1)
      entries[done] = page &+ offset | bits
      done &+= 1
    }
    return (done, done &- valid)
  }
}

extension HypervisorState {
  /// Maps the pages of a list from its head on, until one is refused; returns how many were mapped, and why
  /// the page after them was not.
  ///
  /// `write` gets the number of pages already mapped and a part of the list, of at most `limit` pages, that
  /// begins with one in the resolver's hand; it maps those at its head that are, and returns how many.
  @inline(__always)
  mutating func mapListed(
    _ list: PhysicalAddress, count: Int, atOnce limit: Int = .max, _ resolver: PageResolver,
    _ write: (inout Self, _ done: UInt64, WordRun, PageResolver) -> Int
  ) -> (count: UInt64, status: HypervisorStatus) {
    var resolver = resolver
    var status = HypervisorStatus.ok
    var done = 0
    while done < count {
      let words = memory.wordRun(
        at: PhysicalAddress(list.rawValue &+ UInt64(truncatingIfNeeded: done) &* 8),
        limit: min(limit, count &- done))
      guard resolver.hold(words.first, &self, &status) else { break }
      done &+= write(&self, UInt64(truncatingIfNeeded: done), words, resolver)
    }
    return (UInt64(truncatingIfNeeded: done), status)
  }

  /// As `importedPage`; mutating only because the state would be copied for it ahead of the loop above.
  @inline(never)
  fileprivate mutating func pageForDevices(
    _ domain: DomainID, _ page: UInt64, _ attributes: IOAttributes
  ) -> (status: HypervisorStatus, physical: PhysicalAddress) {
    importedPage(domain, RealAddress(page), attributes: attributes)
  }
}
