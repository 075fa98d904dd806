import Sun4v

/// What a device can do with bus addresses: Linux's masks and parameters, and illumos's
/// `ddi_dma_attr` in the same words.
public struct DeviceLimits: Hashable, Sendable {
  /// The last bus address that the device can drive (Linux: the DMA mask; illumos: `addr_hi`).
  public var highestAddress: DVMAAddress
  /// The most bytes in one segment of a scatter list, and in one cookie (Linux: `max_segment_size`;
  /// illumos: `count_max` + 1).
  public var maximumSegment: UInt64
  /// No range crosses a multiple of so many bytes, a power of two; 0 for no such limit (Linux:
  /// `segment_boundary_mask` + 1; illumos: `seg` + 1).
  public var boundary: UInt64
  /// Ranges begin at a multiple of so many bytes, a power of two (illumos: `align`).
  public var alignment: UInt64
  /// The most segments of a scatter list after merging (illumos: `sgllen`).
  public var maximumSegments: Int

  /// Linux's defaults: 32 bits, segments of 64 KiB, a boundary of 4 GiB, any alignment.
  public init(
    highestAddress: DVMAAddress = DVMAAddress(0xffff_ffff), maximumSegment: UInt64 = 65536,
    boundary: UInt64 = 1 << 32, alignment: UInt64 = 1, maximumSegments: Int = .max
  ) {
    self.highestAddress = highestAddress
    self.maximumSegment = maximumSegment
    self.boundary = boundary
    self.alignment = alignment
    self.maximumSegments = maximumSegments
  }

  /// Whether the device drives more than 32 bits of address, which is what Linux asks before it uses
  /// a 64-bit IOTSB (pci_sun4v.c, iommu_use_atu).
  public var isWide: Bool { highestAddress.rawValue > 0xffff_ffff }

  /// Whether the device drives the first page at an address.
  func reaches(_ base: DVMAAddress, _ page: PageSize) -> Bool {
    highestAddress.rawValue >= base.rawValue &+ (page.bytes &- 1)
  }

  /// Refuses limits that contradict themselves or that no range of a window meets.
  ///
  /// Where illumos answers DDI_DMA_BADATTR: an alignment that does not divide the boundary, and a
  /// count beyond the address range.
  func validate(windowBase: DVMAAddress, pageSize: PageSize) throws(DMAError) {
    func refuse(_ text: String) -> DMAError { DMAError(.invalidArgument, text) }
    guard reaches(windowBase, pageSize) else {
      throw refuse(
        "a mask of \(highestAddress) is below the window, whose first page is at \(windowBase)")
    }
    guard maximumSegment > 0 else {
      throw refuse("a maximum segment of 0 bytes: wanted at least 1")
    }
    guard maximumSegment &- 1 <= highestAddress.rawValue else {
      throw refuse(
        "a maximum segment of \(maximumSegment) bytes is more than the mask \(highestAddress) spans"
      )
    }
    guard boundary & (boundary &- 1) == 0, boundary == 0 || boundary >= pageSize.bytes else {
      throw refuse(
        "a boundary of \(boundary) bytes: wanted a power of two of at least one page, "
          + "\(pageSize.bytes), or 0 for none")
    }
    guard alignment > 0, alignment & (alignment &- 1) == 0 else {
      throw refuse("an alignment of \(alignment) bytes: wanted a power of two")
    }
    guard boundary == 0 || alignment <= boundary else {
      throw refuse(
        "an alignment of \(alignment) bytes does not divide the boundary of \(boundary) bytes")
    }
    guard maximumSegments > 0 else {
      throw refuse("a list of at most \(maximumSegments) segments: wanted at least 1")
    }
  }
}

/// Limits in pages of one window, as the allocator is asked.
struct Placement: Hashable, Sendable {
  /// Ranges begin at a multiple of so many pages.
  var alignment: Int
  /// Ranges cross no multiple of so many pages; `nil` where none lies inside the window.
  var boundary: Int?
  /// The last index of the window that may be used.
  var highestIndex: UInt64

  /// Whether any range of the window will do.
  var isPlain: Bool

  init(_ limits: DeviceLimits, base: DVMAAddress, pages: UInt64, pageSize: PageSize) {
    let last = base.rawValue &+ ((pages << pageSize.shift) &- 1)
    alignment = Int(clamping: max(1, limits.alignment >> pageSize.shift))
    let isInside =
      limits.boundary != 0
      && base.rawValue & ~(limits.boundary &- 1) != last & ~(limits.boundary &- 1)
    boundary = isInside ? Int(clamping: limits.boundary >> pageSize.shift) : nil
    let reachable = min(last, limits.highestAddress.rawValue)
    // The page that holds the byte after the last one may be used only where it is wholly reachable.
    highestIndex = ((reachable &- base.rawValue &+ 1) >> pageSize.shift) &- 1
    isPlain = alignment == 1 && boundary == nil && highestIndex >= pages &- 1
  }
}
