import Sun4v

/// An access by a device that an IOMMU refused.
public struct IOMMUFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was wrong; the first in the order of the hypervisor's tests where two things were.
  public let kind: IOMMUFaultKind
  /// The root complex.
  public let rootComplex: RootComplexID
  /// The bus address that was refused.
  public let address: DVMAAddress
  /// The function that asked.
  public let requester: BusDeviceFunction
  /// Whether it wanted to read or to write.
  public let access: AccessKind
  /// Whether no other error of the root complex was pending.
  public let isPrimary: Bool
  /// The domain that the error belongs to: the address's holder, or the root complex's owner.
  public let receiver: DomainID?

  /// The descriptor of its error packet.
  public var descriptor: UInt32 { kind.descriptor(isPrimary: isPrimary) }

  /// The fault in one line.
  public var description: String {
    "\(kind.rawValue): \(requester) wanted to \(access.rawValue) at \(address): \(kind.meaning)"
  }
}

/// What came of a device's transfer.
public struct DeviceTransfer: Hashable, Sendable {
  /// The number of bytes that were moved before the end or a fault.
  public let bytes: Int
  /// Why the rest was refused, or `nil` where there is no rest.
  public let fault: IOMMUFault?
}
