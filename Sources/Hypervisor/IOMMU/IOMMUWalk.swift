// Theory of operation
//
// How a bus address becomes a physical one, in all its cases. Nearly every access is inside the
// window of an ordinary root complex, and is good; it takes a path of its own (OrdinaryPath) and comes
// here only when that has no answer. All else goes the long way, which asks in the hardware's order:
// bypass; translation off; an address above all windows; the table's descriptor; below the window;
// above it.
//
// T1 documents no order; its addresses outside the window count as above it, as the error tables that
// name no underflow for it have it.
//
// A walk changes nothing, so that inspection and devices use the same code. What it found is a plain
// value: fault bits of the MMU status register, zero for a good access.
//
// Source: OpenSPARC T2 DMU (dmu_mmu_vab.v, dmu_mmu_tcb_tmc.v); OpenSPARC hypervisor 1.5.6.

import Sun4v

/// What a walk found.
struct IOMMUWalk {
  /// The errors, as bits of the MMU status register; 0 where the access is good.
  var faultBits: UInt64
  /// The physical address of the byte.
  var physical: UInt64 = 0
  /// The number of bytes from there to the page's end.
  var bytesLeft: UInt64 = 0
  /// The domain that the address belongs to, where the access failed inside a window.
  var holder: DomainID?

  static func fault(_ kind: IOMMUFaultKind) -> IOMMUWalk { IOMMUWalk(faultBits: kind.statusBit) }
}

extension RootComplex {
  /// Translates one address of a function for an access; changes nothing.
  @inline(never)
  func walk(
    _ requester: BusDeviceFunction, _ address: UInt64, _ access: AccessKind,
    remembering: Bool = true
  ) -> IOMMUWalk {
    let geometry = table.geometry
    let offset = address &- geometry.base.rawValue
    let index = offset &>> geometry.pageSize.shift
    guard index < geometry.entryCount, isOrdinary else {
      return walkElsewhere(requester, address, access, remembering: remembering)
    }
    let entry = (remembering ? iotlb.lookup(index) : nil) ?? table.rawEntry(index)
    let layout = table.layout
    let wanted = access == .read ? layout.readMask : layout.writeMask
    if entry & wanted == wanted, layout.admits(requester, entry) {
      let mask = geometry.pageSize.bytes &- 1
      return IOMMUWalk(
        faultBits: 0, physical: entry & layout.addressMask & ~mask | offset & mask,
        bytesLeft: mask &+ 1 &- offset & mask)
    }
    return IOMMUWalk(
      faultBits: layout.refusals(entry, requester, access), holder: holder(of: index))
  }

  /// Whether addresses in the window go to the window's table for every function.
  @inline(__always) var isOrdinary: Bool { control.isOrdinary && !hasBindings }

  private func walkElsewhere(
    _ requester: BusDeviceFunction, _ address: UInt64, _ access: AccessKind, remembering: Bool
  ) -> IOMMUWalk {
    if address >> 50 == 0x3fff { return walkBypass(address) }
    guard control.isTranslating else { return .fault(.translationDisabled) }
    let inTable: UInt64
    switch model {
    case .t1:
      guard window.index(of: DVMAAddress(address)) != nil else { return .fault(.tableOutOfRange) }
      inTable = address
    case .t2:
      guard address >> 40 & 0x7f_ffff == 0 else { return .fault(.addressOutOfRange) }
      let upperHalf = address >> 63 != 0
      let number = control.tableOfBus[IOMMUControl.slot(of: requester, upperHalf: upperHalf)]
      guard control.validTables.contains(number) else { return .fault(.invalidDescriptor) }
      inTable = address & 0xff_ffff_ffff
      if number == IOMMUControl.bypassTable, let bypassTable {
        return bypassTable.walk(requester, inTable, access)
      }
    case .atu:
      guard address >> 40 == 0 else { return .fault(.addressOutOfRange) }
      if let bound = walkBound(requester, address, access) { return bound }
      inTable = address
    }
    var walk = table.walk(requester, inTable, access)
    if walk.faultBits != 0, let index = window.index(of: DVMAAddress(inTable)) {
      walk.holder = holder(of: index)
    }
    return walk
  }

  /// A bypass address: bits 38:0 are the physical one where bits 49:39 are zero; T1 takes 42:0.
  private func walkBypass(_ address: UInt64) -> IOMMUWalk {
    let width: UInt64 = model == .t1 ? 43 : 39
    let physical = address & (1 << width &- 1)
    guard address & 0x3_ffff_ffff_ffff == physical else {
      return .fault(model == .t1 ? .bypassOutOfRange : .addressOutOfRange)
    }
    guard allowsBypass && model == .t1 else { return .fault(.bypassDisabled) }
    let mask: UInt64 = 8191
    return IOMMUWalk(
      faultBits: 0, physical: physical, bytesLeft: mask &+ 1 &- physical & mask)
  }
}

extension TranslationTable {
  /// Translates an address by this table alone, without remembering.
  func walk(
    _ requester: BusDeviceFunction, _ address: UInt64, _ access: AccessKind
  ) -> IOMMUWalk {
    guard address >= geometry.base.rawValue else { return .fault(.addressUnderflow) }
    guard let index = geometry.index(of: DVMAAddress(address)) else {
      return .fault(.tableOutOfRange)
    }
    let entry = rawEntry(index)
    let refusals = layout.refusals(entry, requester, access)
    guard refusals == 0 else { return IOMMUWalk(faultBits: refusals) }
    let mask = geometry.pageSize.bytes &- 1
    return IOMMUWalk(
      faultBits: 0, physical: entry & layout.addressMask & ~mask | address & mask,
      bytesLeft: mask &+ 1 &- address & mask)
  }
}

extension EntryLayout {
  /// Everything that an entry refuses an access for, as bits of the MMU status register: a wrong key
  /// may coincide with a missing permission.
  func refusals(
    _ entry: UInt64, _ requester: BusDeviceFunction, _ access: AccessKind
  ) -> UInt64 {
    var bits: UInt64 = 0
    if entry & validBit == 0 {
      bits |= IOMMUFaultKind.invalidEntry.statusBit
    } else if access == .write && entry & writeMask != writeMask {
      bits |= IOMMUFaultKind.writeProtected.statusBit
    } else if access == .read && entry & readMask != readMask {
      bits |= IOMMUFaultKind.readProtected.statusBit
    }
    if !admits(requester, entry) { bits |= IOMMUFaultKind.keyMismatch.statusBit }
    return bits
  }
}
