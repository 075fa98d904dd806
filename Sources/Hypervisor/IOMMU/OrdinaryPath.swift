// Theory of operation
//
// The translation that nearly every access takes: an address inside the window of a root complex
// whose table nothing but the address decides, an entry that permits the access, a key that admits
// the function. It is written out once, over plain numbers and two pointers, so that the compiler
// can put it into the caller's loop; whatever is not ordinary has no answer here and goes the long
// way (IOMMUWalk), which alone knows what is wrong. A root complex that remembers nothing is not
// ordinary.
//
// The order is the hardware's: the remembered translation counts before the table's, and what was
// read from the table is remembered only when the access is good.

import CProcessor
import Sun4v

/// What a translation needs of a window's geometry and of its entries' layout, as plain numbers.
@usableFromInline struct PathConstants: Hashable, Sendable {
  /// The first DVA of the window.
  @usableFromInline let base: UInt64
  /// log2 of the page size.
  @usableFromInline let shift: UInt64
  /// The bits of an address inside its page.
  @usableFromInline let offsetMask: UInt64
  /// The bits of an entry that are the page's physical address.
  @usableFromInline let addressMask: UInt64
  /// The bits that a device must find set to read.
  @usableFromInline let readMask: UInt64
  /// The bits that a device must find set to write.
  @usableFromInline let writeMask: UInt64
  /// The bit that asks for the comparison of the device key, or 0.
  @usableFromInline let keyValidBit: UInt64

  init(_ geometry: WindowGeometry, _ layout: EntryLayout) {
    base = geometry.base.rawValue
    shift = geometry.pageSize.shift
    offsetMask = geometry.pageSize.bytes &- 1
    addressMask = layout.addressMask & ~offsetMask
    readMask = layout.readMask
    writeMask = layout.writeMask
    keyValidBit = layout.keyValidBit
  }

  /// Whether an entry permits an access to a function.
  ///
  /// A key that is the function's own number admits it whatever bits the mask leaves out, so that one
  /// comparison tells of permission and key together.
  @inlinable @inline(__always)
  func permits(_ access: AccessKind, _ requester: BusDeviceFunction, _ entry: UInt64) -> Bool {
    let wanted = access == .read ? readMask : writeMask
    let keyed = wanted | keyValidBit
    let ownKey = UInt64(requester.rawValue) &<< 48
    if entry & (keyed | 0xffff &<< 48) == keyed | ownKey { return true }
    guard entry & wanted == wanted else { return false }
    return entry & keyValidBit == 0 || (entry ^ ownKey) &>> 48 & (0xfff8 | entry &>> 3 & 7) == 0
  }
}

/// The rest of a page, from an address on.
@usableFromInline struct PageRest {
  /// The physical address of the first byte.
  @usableFromInline let physical: UInt64
  /// The number of bytes to the page's end.
  @usableFromInline let count: UInt64

  @inlinable @inline(__always) init(physical: UInt64, count: UInt64) {
    self.physical = physical
    self.count = count
  }
}

/// The ordinary translation of one root complex, for as long as its table and its remembered
/// translations stay where they are.
@usableFromInline struct OrdinaryPath {
  /// Numbers that never change.
  @usableFromInline let constants: PathConstants
  /// The entries of the window; 0 where nothing is ordinary.
  @usableFromInline let entryCount: UInt64
  /// The table.
  @usableFromInline let entries: UnsafePointer<UInt64>
  /// The distance, in bytes, from the table to where the entry of address 0 would be.
  @usableFromInline let bias: Int
  /// The remembered translations.
  @usableFromInline let lines: UnsafeMutablePointer<IOTLBSlot>

  @inline(__always) init(
    _ constants: PathConstants, entryCount: UInt64, entries: UnsafePointer<UInt64>,
    lines: UnsafeMutablePointer<IOTLBSlot>
  ) {
    self.constants = constants
    self.entryCount = entryCount
    self.entries = entries
    self.lines = lines
    bias = 0 &- Int(truncatingIfNeeded: (constants.base &>> constants.shift) &* 8)
  }

  /// Translates an address for a function's access, and remembers what it read from the table; `nil`
  /// where that is not ordinary.
  @inlinable @inline(__always)
  func find(
    _ requester: BusDeviceFunction, _ address: UInt64, _ access: AccessKind
  ) -> PageRest? {
    let offset = address &- constants.base
    let index = offset &>> constants.shift
    guard index < entryCount else { return nil }
    let line = lines + IOTLB.place(index)
    let entry: UInt64
    if line.pointee.tag == index {
      entry = line.pointee.entry
      guard constants.permits(access, requester, entry) else { return nil }
    } else {
      entry = self.entry(of: address)
      guard constants.permits(access, requester, entry) else { return nil }
      line.pointee = IOTLBSlot(tag: index, entry: entry)
    }
    let inPage = offset & constants.offsetMask
    return PageRest(
      physical: entry & constants.addressMask | inPage,
      count: constants.offsetMask &+ 1 &- inPage)
  }

  /// The entry of an address inside the window.
  ///
  /// The address's own page number, scaled, on top of where the entry of address 0 would be: a load that
  /// waits for the one before it so waits for a subtraction less.
  @inlinable @inline(__always)
  func entry(of address: UInt64) -> UInt64 {
    UnsafeRawPointer(entries).advanced(by: bias).load(
      fromByteOffset: Int(truncatingIfNeeded: (address &>> constants.shift) &* 8), as: UInt64.self)
  }

  /// Has the entry of an address brought near, if it has one; what else may lie there is not read.
  @inlinable @inline(__always)
  func prefetch(_ address: UInt64) {
    let index = (address &- constants.base) &>> constants.shift
    prefetch_for_reading(
      UnsafeRawPointer(
        bitPattern: UInt(bitPattern: entries) &+ UInt(truncatingIfNeeded: index) &* 8))
  }
}

extension RootComplex {
  /// The ordinary path, valid until the table is written, or the root complex copied or released.
  @inline(__always) mutating func ordinaryPath() -> OrdinaryPath {
    // First what may copy the lines: then nothing else has to be kept meanwhile.
    let lines = iotlb.writableLines()
    return OrdinaryPath(
      table.constants,
      entryCount: isOrdinary && iotlb.isEnabled ? table.geometry.entryCount : 0,
      entries: table.entries.elements, lines: lines)
  }
}
