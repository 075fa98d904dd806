import Channels
import Hypervisor
import Sun4v

/// Why a domain's software did not boot.
public enum BootError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The hypervisor does not offer a version of an API group that the software needs.
  case versionRefused(APIGroup, APIVersion, HypervisorStatus)
  /// The domain has too little memory for queues and tables.
  case outOfMemory(bytes: UInt64)
  /// A queue or interrupt could not be set up; the call's number and status.
  case refused(call: UInt64, HypervisorStatus)
  /// A channel could not be opened.
  case channel(ChannelID, LDCEndpointError)
  /// A window of the configuration is none.
  case window(DVMAWindowError)
  /// The control domain's window differs.
  case mismatch(WindowMismatch)

  /// A stable name for scripts.
  public var code: String {
    switch self {
    case .versionRefused: "boot_version"
    case .outOfMemory: "boot_memory"
    case .refused: "boot_call_refused"
    case .channel: "boot_channel"
    case .window: "bad_window"
    case .mismatch: "window_mismatch"
    }
  }

  /// One sentence: what was wrong, and what would be right.
  public var message: String {
    switch self {
    case .versionRefused(let group, let version, let status):
      "the hypervisor refused version \(version) of API group \(group.rawValue.hexadecimal) with "
        + status.name
    case .outOfMemory(let bytes):
      "the domain has no \(bytes) bytes of memory left for its queues; give it more memory"
    case .refused(let call, let status):
      "hypercall \(call.hexadecimal) was refused with \(status.name): \(status.meaning)"
    case .channel(let channel, let error): "channel \(channel): \(error)"
    case .window(let error): error.message
    case .mismatch(let mismatch): mismatch.message
    }
  }

  /// The sentence.
  public var description: String { message }
}
