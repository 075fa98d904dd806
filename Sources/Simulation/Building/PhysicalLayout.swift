// Where a machine's memory lies. Real addresses begin at the same place in every domain, as on real
// machines; physical addresses are given out from one counter, so that the two never look alike and
// a mistake of one for the other shows at once.

import Hypervisor
import Sun4v

/// Gives out physical memory to domains, from low to high, and never takes it back.
struct PhysicalLayout: Hashable, Sendable {
  /// The real address at which a domain's memory begins (as in Sun's machine descriptions).
  static let realBase = RealAddress(0x8000_0000)
  /// The first physical address given out.
  static let physicalBase: UInt64 = 0x4_8000_0000
  /// Blocks begin at multiples of this: the largest IOMMU page.
  static let alignment: UInt64 = 256 << 20

  private var next: UInt64 = physicalBase

  /// The highest physical address that an IOTTE of the model can hold, plus one.
  static func limit(of model: MachineModel) -> UInt64 {
    switch model {
    case .t1: 1 << 43
    case .t2: 1 << 39
    case .atu: PhysicalMemory.limit
    }
  }

  /// Takes a block of so many bytes, or answers `nil` where the machine has no more.
  mutating func take(_ size: UInt64, model: MachineModel) -> PhysicalAddress? {
    let (padded, overflow) = size.addingReportingOverflow(Self.alignment &- 1)
    guard !overflow else { return nil }
    let block = padded & ~(Self.alignment &- 1)
    guard size > 0, block <= Self.limit(of: model) &- next else { return nil }
    defer { next &+= block }
    return PhysicalAddress(next)
  }

  /// Keeps what lies below an address from being given out: a machine description has placed it.
  mutating func keep(below end: PhysicalAddress) {
    let (padded, overflow) = end.rawValue.addingReportingOverflow(Self.alignment &- 1)
    if !overflow { next = max(next, padded & ~(Self.alignment &- 1)) }
  }
}
