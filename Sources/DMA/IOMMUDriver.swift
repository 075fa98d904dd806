// Theory of operation
//
// The lowest part of a driver in a domain: it writes lists of real page addresses into a page of its
// own memory and hands them to pci_iommu_map, 64 at a time, until all pages are mapped; and demaps
// likewise. A call may succeed in part, so both loop on the number of entries done.
//
// A range is mapped whole or not at all: where an entry is refused after others were installed, those
// are demapped again before the error is reported. (Linux's sun4v code leaves them; see its batch
// flush.)
//
// Source: UltraSPARC Virtual Machine Specification, sections 23.4.1 and 23.4.2.

import Hypervisor
import Sun4v

// A driver of a table that the domain supplied itself (group ATU) makes the calls of that group, which
// name the table by its handle and pack index and count into one word. Source: Linux hypervisor.h.

/// Installs and removes runs of IOMMU entries for one root complex, by hypercalls.
public struct IOMMUDriver: Hashable, Sendable {
  /// The most entries that the deployed hypervisor takes in one call.
  public static let batch = 64

  /// The root complex.
  public let handle: DeviceHandle
  /// The first DVA of the window that the root complex translates.
  public let windowBase: DVMAAddress
  /// The page size of the window.
  public let pageSize: PageSize
  /// A page of the domain's own memory that holds the page list during a call.
  public let listAddress: RealAddress
  /// The handle of the table that the domain supplied, or 0 for the root complex's own.
  public let table: UInt64

  /// Makes a driver for a window, with one page of memory for its lists.
  public init(
    handle: DeviceHandle, windowBase: DVMAAddress, pageSize: PageSize, listAddress: RealAddress,
    table: UInt64 = 0
  ) {
    self.table = table
    self.handle = handle
    self.windowBase = windowBase
    self.pageSize = pageSize
    self.listAddress = listAddress
  }

  /// The index of the entry that translates a DVA, or `nil` below the window.
  public func index(of address: DVMAAddress) -> UInt64? {
    address.offset(from: windowBase).map { $0 >> pageSize.shift }
  }

  /// The first DVA that the entry at an index translates.
  @inline(__always)
  public func address(of index: UInt64) -> DVMAAddress {
    DVMAAddress(windowBase.rawValue &+ index &<< pageSize.shift)
  }

  /// Maps pages that follow each other in real memory to entries that follow each other.
  ///
  /// - Parameters:
  ///   - port: the domain that calls.
  ///   - index: the first entry.
  ///   - count: the number of pages.
  ///   - memory: the real address of the first page.
  ///   - attributes: permissions and requester, the same for all pages.
  public func map(
    _ port: DomainPort, at index: UInt64, count: UInt64, memory: RealAddress,
    attributes: IOAttributes
  ) throws(DMAError) {
    let size = pageSize.bytes
    try map(
      port, at: index, count: count, attributes: attributes,
      page: { memory.rawValue &+ $0 &* size },
      list: { done, count in
        // Each address from the one before: a sum is less work than a product.
        var next = memory.rawValue &+ done &* size
        return port.storeWords(count, at: listAddress) { _ in
          defer { next &+= size }
          return next
        }
      })
  }

  /// Maps listed pages to entries that follow each other.
  public func map(
    _ port: DomainPort, at index: UInt64, pages: [RealAddress], attributes: IOAttributes
  ) throws(DMAError) {
    try pages.withUnsafeBufferPointer { pages throws(DMAError) in
      try map(
        port, at: index, count: UInt64(pages.count), attributes: attributes,
        page: { pages[Int($0)].rawValue },
        list: { done, count in
          port.storeWords(count, at: listAddress) { pages[Int(done) &+ $0].rawValue }
        })
    }
  }

  /// Maps the pages of a list of pieces to entries that follow each other; `count` is how many there are.
  func map(
    _ port: DomainPort, at index: UInt64, count: UInt64, pieces: [MemoryPiece],
    attributes: IOAttributes
  ) throws(DMAError) {
    var pages = PieceWalk(pieces, pageSize)
    try map(
      port, at: index, count: count, attributes: attributes,
      page: { number in
        pages.move(to: number)
        return pages.next()
      },
      list: { done, count in
        pages.move(to: done)
        return port.storeWords(count, at: listAddress) { _ in pages.next() }
      })
  }

  /// Maps pages 64 at a time; `page` gives the address of one, `list` writes those of so many from one on.
  @inline(__always)
  private func map(
    _ port: DomainPort, at index: UInt64, count: UInt64, attributes: IOAttributes,
    page: (UInt64) -> UInt64, list: (_ done: UInt64, _ count: Int) -> Bool
  ) throws(DMAError) {
    var done: UInt64 = 0
    while done < count {
      let step = min(UInt64(Self.batch), count &- done)
      let isListed = list(done, Int(step))
      let answer = isListed ? call(port, index &+ done, step, attributes) : (.noRealAddress, 0)
      guard answer.status == .ok, answer.mapped > 0, answer.mapped <= step else {
        demap(port, at: index, count: done)
        throw refusal(answer.status, page: done, address: page(done), attributes: attributes)
      }
      done &+= answer.mapped
    }
  }

  @inline(__always)
  private func call(
    _ port: DomainPort, _ index: UInt64, _ count: UInt64, _ attributes: IOAttributes
  ) -> (status: HypervisorStatus, mapped: UInt64) {
    let result =
      table == 0
      ? port.fastTrap(
        HypercallNumber.pciIOMMUMap, handle.rawValue, index, count, attributes.rawValue,
        listAddress.rawValue)
      : port.fastTrap(
        HypercallNumber.pciIOTSBMap, handle.rawValue, table, count << 48 | index,
        attributes.rawValue & 7, listAddress.rawValue)
    return (result.status, result.ret1)
  }

  private func refusal(
    _ status: HypervisorStatus, page: UInt64, address: UInt64, attributes: IOAttributes
  ) -> DMAError {
    DMAError(
      .hypercall,
      "\(table == 0 ? "pci_iommu_map" : "pci_iotsb_map") answered \(status) (\(status.meaning)) for page \(page), "
        + "real address \(RealAddress(address)), attributes \(attributes.rawValue.hexadecimal)",
      status: status)
  }

  /// Removes entries that follow each other; entries that are not valid are flushed all the same.
  ///
  /// Returns the status of the first call that failed, or `ok`; what was demapped before it stays
  /// demapped.
  @discardableResult
  public func demap(_ port: DomainPort, at index: UInt64, count: UInt64) -> HypervisorStatus {
    var done: UInt64 = 0
    while done < count {
      let result =
        table == 0
        ? port.fastTrap(
          HypercallNumber.pciIOMMUDemap, handle.rawValue, index &+ done, count &- done)
        : port.fastTrap(
          HypercallNumber.pciIOTSBDemap, handle.rawValue, table, index &+ done, count &- done)
      guard result.status == .ok else { return result.status }
      guard result.ret1 > 0 else { return .ioError }
      done &+= result.ret1
    }
    return .ok
  }

  /// What an entry maps, as the hypervisor reports it, or `nil` where it is not valid or not ours.
  public func mapping(_ port: DomainPort, at index: UInt64) -> (RealAddress, IOAttributes)? {
    let result = port.fastTrap(HypercallNumber.pciIOMMUGetmap, handle.rawValue, index)
    guard result.status == .ok else { return nil }
    return (RealAddress(result.ret2), IOAttributes(rawValue: result.ret1))
  }
}
