import Sun4v

/// Which way data moves in a mapping, seen from memory, in the words of the DMA API.
public enum DMADirection: String, Hashable, Sendable, BitwiseCopyable, CaseIterable {
  /// The device reads memory.
  case toDevice = "to_device"
  /// The device writes memory.
  case fromDevice = "from_device"
  /// The device does both.
  case bidirectional

  /// Whether the device may read memory.
  public var deviceReads: Bool { self != .fromDevice }
  /// Whether the device may write memory.
  public var deviceWrites: Bool { self != .toDevice }

  /// The IOMMU attributes that enforce the direction.
  ///
  /// On hardware without a read bit (t1 and t2) every valid entry is readable, so `fromDevice` does
  /// not keep a device from reading there.
  public func attributes(requester: BusDeviceFunction?) -> IOAttributes {
    IOAttributes(read: deviceReads, write: deviceWrites, requester: requester)
  }
}
