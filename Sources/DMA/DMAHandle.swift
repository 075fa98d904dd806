import Negotiation
import Sun4v

/// A mapping as the driver that made it holds it: a slot, and which of the slot's lives.
public struct DMAHandle: Hashable, Sendable, BitwiseCopyable {
  /// The slot in the lower half, its life in the upper.
  ///
  /// One word: two halves that were written apart and are read as one make the processor wait until both
  /// have left its store buffer.
  private let place: UInt64
  let incarnation: UInt64

  @inline(__always)
  init(slot: Int, generation: UInt32, incarnation: UInt64) {
    place = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: slot))
    self.incarnation = incarnation
  }

  var slot: Int { Int(UInt32(truncatingIfNeeded: place)) }
  var generation: UInt32 { UInt32(truncatingIfNeeded: place >> 32) }
}

/// A range of bus addresses that a device is given: a segment of a scatter list, or a cookie.
public struct DMASegment: Hashable, Sendable {
  /// The first address.
  public var address: DVMAAddress
  /// The size in bytes.
  public var length: UInt64

  /// Makes a segment.
  public init(address: DVMAAddress, length: UInt64) {
    self.address = address
    self.length = length
  }
}

/// A piece of the domain's memory, contiguous in real addresses.
public struct MemoryPiece: Hashable, Sendable {
  /// The first byte.
  public var address: RealAddress
  /// The size in bytes.
  public var length: UInt64

  /// Makes a piece.
  public init(address: RealAddress, length: UInt64) {
    self.address = address
    self.length = length
  }

  /// Whether the piece ends inside 64-bit addresses.
  @inline(__always) var isSound: Bool {
    length == 0 || !address.rawValue.addingReportingOverflow(length &- 1).overflow
  }

  /// The number of pages that the piece touches.
  @inline(__always) func pages(_ page: PageSize) -> UInt64 {
    guard length > 0 else { return 0 }
    let last = address.rawValue &+ (length &- 1)
    return (last &>> page.shift) &- (address.rawValue &>> page.shift) &+ 1
  }
}

/// Which way a sync hands memory over, in the words of the DMA API.
public enum SyncTarget: String, Hashable, Sendable, CaseIterable {
  /// The device is about to look at what the processor wrote.
  case device = "for_device"
  /// The processor is about to look at what the device wrote.
  case processor = "for_cpu"

  /// The hypervisor's number for it (Linux hypervisor.h, HV_PCI_SYNC_FOR_*).
  var number: UInt64 { self == .device ? 1 : 2 }
}

/// The space that a driver lacks: what to ask the control domain for.
public struct SpaceRequest: Hashable, Sendable {
  /// The window, by its place in the driver's list.
  public let window: Int
  /// The range that is wanted now, in pages.
  public let pages: UInt64
  /// It begins at a multiple of so many pages.
  public let alignment: UInt64
  /// It crosses no multiple of so many pages; 0 for no such limit.
  public let boundary: UInt64
  /// The last byte that it may use.
  public let highestAddress: DVMAAddress
}

/// How far an operation came.
public enum DMAStep: Hashable, Sendable {
  /// It is done: the mapping, and all of it as one range of bus addresses; of a scatter list, where the
  /// first segment begins and the bytes of all of them.
  case mapped(DMAHandle, DMASegment)
  /// Nothing is done; it can be repeated when this space was added.
  case needsSpace(SpaceRequest)
}

/// Where a driver's bus addresses come from.
public enum SpaceSource: Hashable, Sendable {
  /// A grant of the control domain.
  case grant(GrantID)
  /// The control domain's private part of the window.
  case privatePart
  /// A table that the domain supplied itself.
  case table
}

/// Space that a driver gives back, to be released by whoever speaks with the control domain.
public struct ReturnedSpace: Hashable, Sendable {
  /// The window, by its place in the driver's list.
  public let window: Int
  /// Where it came from.
  public let source: SpaceSource
  /// The first entry.
  public let firstIndex: UInt64
  /// The number of entries.
  public let pages: UInt64
  /// Whether the control domain asked for it.
  public let wasAskedFor: Bool
}
