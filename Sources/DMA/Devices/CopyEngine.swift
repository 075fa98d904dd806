import Hypervisor
import Sun4v

/// A device that copies memory to memory, by bus addresses; a plain value.
public struct CopyEngine: Hashable, Sendable {
  /// The size of a burst in bytes.
  static let burst = 8192

  /// The MSI that is signalled at the end of a copy.
  public var interrupt: UInt32?
  /// Copies that were done whole.
  public private(set) var copies: UInt64 = 0
  /// Bytes that were copied.
  public private(set) var bytes: UInt64 = 0
  /// Accesses that the IOMMU refused.
  public private(set) var faults: UInt64 = 0

  /// Makes an engine.
  public init(interrupt: UInt32? = nil) { self.interrupt = interrupt }

  /// Copies upward, burst by burst, until all is done or an access is refused.
  ///
  /// - Returns: the bytes that were copied, and the refusal if there was one.
  public mutating func copy(
    from source: DVMAAddress, to target: DVMAAddress, count: UInt64, _ bus: DeviceBus
  ) -> (copied: UInt64, fault: IOMMUFault?) {
    var done: UInt64 = 0
    var fault: IOMMUFault?
    withUnsafeTemporaryAllocation(byteCount: Self.burst, alignment: 8) { buffer in
      while done < count, fault == nil {
        let step = Int(min(UInt64(Self.burst), count &- done))
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<step])
        fault = bus.read(DVMAAddress(source.rawValue &+ done), into: part)
        if fault == nil {
          fault = bus.write(
            DVMAAddress(target.rawValue &+ done), from: UnsafeRawBufferPointer(part))
        }
        if fault == nil { done &+= UInt64(step) }
      }
    }
    bytes &+= done
    if fault == nil { copies &+= 1 } else { faults &+= 1 }
    bus.interrupt(interrupt)
    return (done, fault)
  }
}
