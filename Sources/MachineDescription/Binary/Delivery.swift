import Sun4v

/// The answer of the hypercall `mach_desc` (trap 0x80, function 1) as far as it depends on no memory.
///
/// The caller still has to see that the buffer is the domain's memory (ENORADDR where it is not) and
/// to copy. Sources: FWARC 2005/116; the OpenSPARC hypervisor for the order of the checks: length,
/// then alignment, then range.
public struct MachineDescriptionDelivery: Hashable, Sendable {
  /// The alignment in bytes that the buffer must have.
  public static let bufferAlignment: UInt64 = 16

  /// `ok`, `invalid` where the buffer is too small, or `badAlignment`.
  public let status: HypervisorStatus
  /// The first returned value: the size of the description, where the status defines one.
  public let size: UInt64?

  /// Answers a call with a buffer of `length` bytes for a description of `descriptionSize` bytes.
  ///
  /// With `roundsSizeUp` the size named to a caller whose buffer is too small is a multiple of 16, as
  /// the OpenSPARC hypervisor answers; the specification names the exact size.
  public init(
    descriptionSize: UInt64, buffer: RealAddress, length: UInt64, roundsSizeUp: Bool = false
  ) {
    if length < descriptionSize {
      status = .invalid
      let (sum, overflow) = descriptionSize.addingReportingOverflow(15)
      size = roundsSizeUp && !overflow ? sum & ~15 : descriptionSize
    } else if !buffer.isAligned(to: Self.bufferAlignment) {
      status = .badAlignment
      size = nil
    } else {
      status = .ok
      size = descriptionSize
    }
  }
}
