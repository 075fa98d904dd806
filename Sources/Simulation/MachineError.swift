import DMA
import Sun4v

/// Why a machine refused an operation; the machine is as it was before.
public struct MachineError: Error, Hashable, Sendable {
  /// The kind of refusal; the raw value is stable and meant for scripts.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// An argument has a value that cannot be used.
    case invalidArgument = "invalid_argument"
    /// No domain, function or other object has that name.
    case notFound = "not_found"
    /// An object of that name or number exists already.
    case exists
    /// The domain or machine is not in a state in which this can be done.
    case wrongState = "wrong_state"
    /// The domain's or machine's memory does not suffice.
    case noMemory = "no_memory"
    /// The control domain denied the request.
    case denied
    /// No answer came before the request's time was up.
    case timeout
    /// A hypercall answered with an error; `name` is the status.
    case hypercall
    /// A device's access was refused by the IOMMU; `name` is the fault.
    case fault
    /// The range is not inside the grant, or the grant is not live.
    case outsideGrant = "outside_grant"
    /// The object is larger than the device can take at once.
    case tooBig = "too_big"
    /// The object has been unmapped, freed, released, or went away with its domain.
    case stale
    /// The machine has been closed.
    case closed
    /// Domains disagree about the range reserved for negotiated DMA.
    case reservedRangeMismatch = "reserved_range_mismatch"
    /// A machine description cannot be used.
    case machineDescription = "machine_description"
    /// The operation was stopped from outside, between two of its steps.
    case interrupted
    /// An invariant of the model is broken.
    case invariant
  }

  /// The kind of refusal.
  public let code: Code
  /// The field's own name for it where there is one (a status, a fault, a denial), else the code.
  public let name: String
  /// One sentence: what was wrong, where, and what would be right.
  public let message: String

  /// Makes an error with its sentence.
  public init(_ code: Code, _ message: String, name: String? = nil) {
    self.code = code
    self.name = name ?? code.rawValue
    self.message = message
  }

  /// The error of a driver as an error of the machine.
  init(_ error: DMAError) {
    let code: Code =
      switch error.code {
      case .invalidArgument, .alreadyMapped: .invalidArgument
      case .outsideGrant: .outsideGrant
      case .stale: .stale
      case .tooBig: .tooBig
      case .noSpace: .denied
      case .hypercall: .hypercall
      }
    self.init(code, error.message, name: error.status?.name ?? error.code.rawValue)
  }
}
