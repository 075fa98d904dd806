import Sun4v

/// Why a DMA operation was refused; nothing of it has been done.
public struct DMAError: Error, Hashable, Sendable {
  /// The kind of refusal; the raw value is stable and meant for scripts.
  public enum Code: String, Hashable, Sendable {
    /// An argument is empty, overflows, or breaks a stated limit.
    case invalidArgument = "invalid_argument"
    /// The range is not inside the grant, or the grant is not live.
    case outsideGrant = "outside_grant"
    /// Pages of the range already carry a mapping.
    case alreadyMapped = "already_mapped"
    /// The object has been unmapped, freed or released.
    case stale
    /// No DVA range satisfies the device's mask, boundary and alignment.
    case noSpace = "no_space"
    /// The object is larger than the device can take at once (illumos: DDI_DMA_TOOBIG).
    case tooBig = "too_big"
    /// A hypercall failed.
    case hypercall
  }

  /// The kind of refusal.
  public let code: Code
  /// One sentence: what was wrong, where, and what would be right.
  public let message: String
  /// The status of the failed hypercall, for code `hypercall`.
  public let status: HypervisorStatus?

  /// Makes an error with its sentence.
  public init(_ code: Code, _ message: String, status: HypervisorStatus? = nil) {
    self.code = code
    self.message = message
    self.status = status
  }
}
