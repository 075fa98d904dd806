// Theory of operation
//
// A domain's real addresses are 40 bits wide and cut into 64 slots of 16 GiB. Each slot holds at
// most one segment of a kind: a base, a limit and the distance to physical addresses. Translation is
// one index and two comparisons, without a search. A block that crosses slots is entered whole in
// each slot that it touches; a second block in a slot replaces the first.
//
// Source: OpenSPARC hypervisor 1.5.6, segments.h and res_memory.c.

import Sun4v

/// What a real address range of a domain is.
public enum SegmentKind: Hashable, Sendable {
  /// Ordinary memory.
  case memory
  /// Registers and windows of devices.
  case device
}

/// One contiguous range of real addresses and where it lies physically.
public struct Segment: Hashable, Sendable {
  /// The first real address.
  public let base: RealAddress
  /// The real address after the last byte.
  public let limit: RealAddress
  /// Physical address minus real address, modulo 2^64.
  public let offset: UInt64
  /// Memory or device.
  public let kind: SegmentKind

  /// The size in bytes.
  public var size: UInt64 { limit.rawValue &- base.rawValue }
}

/// A domain's map from real to physical addresses.
public struct RealMemoryMap: Hashable, Sendable {
  static let slotShift: UInt64 = 34
  static let slotCount = 64

  /// Real addresses are 40 bits wide: no segment reaches beyond this.
  public static let limit: UInt64 = UInt64(slotCount) << slotShift

  private var slots: [Segment?] = Array(repeating: nil, count: slotCount)
  /// The segments in order of slot, each once.
  public private(set) var segments: [Segment] = []

  /// Makes a map without segments.
  public init() {}

  /// Enters a range, in every slot it touches.
  ///
  /// Returns false, entering nothing, where the range is empty or leaves the 40 bits of a real or
  /// the address space of physical addresses.
  public mutating func install(
    _ kind: SegmentKind, base: RealAddress, size: UInt64, physical: PhysicalAddress
  ) -> Bool {
    guard size > 0, let limit = base.advanced(by: size), limit.rawValue <= Self.limit,
      kind == .device || PhysicalMemory.contains(physical, count: size)
    else { return false }
    let segment = Segment(
      base: base, limit: limit, offset: physical.rawValue &- base.rawValue, kind: kind)
    for slot in Int(base.rawValue >> Self.slotShift)...Int((limit.rawValue - 1) >> Self.slotShift) {
      slots[slot] = segment
    }
    listSegments()
    return true
  }

  /// Removes every segment of a kind that begins at a real address.
  public mutating func remove(_ kind: SegmentKind, base: RealAddress) {
    for slot in slots.indices where slots[slot]?.base == base && slots[slot]?.kind == kind {
      slots[slot] = nil
    }
    listSegments()
  }

  /// The memory segment that shares a slot with a range, and that installing the range would replace.
  func neighbor(of base: RealAddress, size: UInt64) -> Segment? {
    guard size > 0, let limit = base.advanced(by: size), limit.rawValue <= Self.limit else {
      return nil
    }
    let touched =
      Int(base.rawValue >> Self.slotShift)...Int((limit.rawValue &- 1) >> Self.slotShift)
    return slots[touched].lazy.compactMap { $0 }.first { $0.kind == .memory }
  }

  private mutating func listSegments() {
    segments = []
    for case .some(let segment) in slots where segments.last != segment { segments.append(segment) }
  }

  @inline(__always)
  private func segment(of address: RealAddress, _ kind: SegmentKind) -> Segment? {
    let slot = address.rawValue >> Self.slotShift
    guard slot < UInt64(Self.slotCount), let segment = slots[Int(slot)], segment.kind == kind,
      segment.base <= address
    else { return nil }
    return segment
  }

  /// The physical address of a range whose size the domain supplied; a size of 0 or one that is
  /// negative as a signed number never fits.
  @inline(__always)
  public func physical(
    _ address: RealAddress, guestSize size: UInt64, kind: SegmentKind = .memory
  ) -> PhysicalAddress? {
    Int64(bitPattern: size) > 0 ? physical(address, size: size, kind: kind) : nil
  }

  /// The physical address of a range of a fixed size, or `nil` where it is not in one segment.
  ///
  /// As in the real code the comparison is signed and a size of 0 fits at the segment's very end.
  @inline(__always)
  public func physical(
    _ address: RealAddress, size: UInt64, kind: SegmentKind = .memory
  ) -> PhysicalAddress? {
    guard let segment = segment(of: address, kind),
      Int64(bitPattern: segment.limit.rawValue &- address.rawValue) >= Int64(bitPattern: size)
    else { return nil }
    return PhysicalAddress(address.rawValue &+ segment.offset)
  }

  /// The memory segment that holds a range of a fixed size, or `nil` where none does.
  @inline(__always)
  func segment(holding address: RealAddress, size: UInt64) -> Segment? {
    guard let segment = segment(of: address, .memory),
      Int64(bitPattern: segment.limit.rawValue &- address.rawValue) >= Int64(bitPattern: size)
    else { return nil }
    return segment
  }

  /// The real address of a physical one, found as the real code does: slots from 63 down to 0, both
  /// ends of a segment inclusive; `nil` where no segment holds it.
  public func real(_ address: PhysicalAddress) -> RealAddress? {
    for case .some(let segment) in slots.reversed() where segment.kind == .memory {
      let candidate = RealAddress(address.rawValue &- segment.offset)
      if candidate >= segment.base, candidate <= segment.limit { return candidate }
    }
    return nil
  }
}
