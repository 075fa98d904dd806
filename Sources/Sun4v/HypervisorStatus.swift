/// The status of a hypercall, returned in %o0.
///
/// Source: UltraSPARC Virtual Machine Specification, appendix A.6; 19 and 23 from Linux and UEK.
public struct HypervisorStatus: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number in %o0.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Success.
  public static let ok = HypervisorStatus(rawValue: 0)
  /// Bad CPU id.
  public static let noCPU = HypervisorStatus(rawValue: 1)
  /// Bad real address.
  public static let noRealAddress = HypervisorStatus(rawValue: 2)
  /// Bad interrupt id.
  public static let noInterrupt = HypervisorStatus(rawValue: 3)
  /// Bad page-size code.
  public static let badPageSize = HypervisorStatus(rawValue: 4)
  /// Bad TSB description.
  public static let badTSB = HypervisorStatus(rawValue: 5)
  /// Bad argument.
  public static let invalid = HypervisorStatus(rawValue: 6)
  /// Bad function number.
  public static let badTrap = HypervisorStatus(rawValue: 7)
  /// Bad address alignment.
  public static let badAlignment = HypervisorStatus(rawValue: 8)
  /// The call would have to block.
  public static let wouldBlock = HypervisorStatus(rawValue: 9)
  /// No access to the resource.
  public static let noAccess = HypervisorStatus(rawValue: 10)
  /// I/O error.
  public static let ioError = HypervisorStatus(rawValue: 11)
  /// The CPU is in error state.
  public static let cpuError = HypervisorStatus(rawValue: 12)
  /// The function is not supported.
  public static let notSupported = HypervisorStatus(rawValue: 13)
  /// No mapping found.
  public static let noMapping = HypervisorStatus(rawValue: 14)
  /// A hard limit is exceeded.
  public static let tooMany = HypervisorStatus(rawValue: 15)
  /// Bad logical domain channel.
  public static let badChannel = HypervisorStatus(rawValue: 16)
  /// The resource is busy.
  public static let busy = HypervisorStatus(rawValue: 17)
  /// The operation has started and is not finished.
  public static let pending = HypervisorStatus(rawValue: 18)
  /// The resource is not bound.
  public static let unbound = HypervisorStatus(rawValue: 19)
  /// The resource or operation is not available now but may be later.
  public static let unavailable = HypervisorStatus(rawValue: 23)

  /// Every named status with its name and meaning, in order of number.
  public static let all: [(status: HypervisorStatus, name: String, meaning: String)] = [
    (.ok, "EOK", "success"),
    (.noCPU, "ENOCPU", "bad CPU id"),
    (.noRealAddress, "ENORADDR", "bad real address"),
    (.noInterrupt, "ENOINTR", "bad interrupt id"),
    (.badPageSize, "EBADPGSZ", "bad page-size code"),
    (.badTSB, "EBADTSB", "bad TSB description"),
    (.invalid, "EINVAL", "bad argument"),
    (.badTrap, "EBADTRAP", "bad function number"),
    (.badAlignment, "EBADALIGN", "bad address alignment"),
    (.wouldBlock, "EWOULDBLOCK", "would have to block"),
    (.noAccess, "ENOACCESS", "no access to the resource"),
    (.ioError, "EIO", "I/O error"),
    (.cpuError, "ECPUERROR", "CPU is in error state"),
    (.notSupported, "ENOTSUPPORTED", "function not supported"),
    (.noMapping, "ENOMAP", "no mapping found"),
    (.tooMany, "ETOOMANY", "hard limit exceeded"),
    (.badChannel, "ECHANNEL", "bad LDC channel"),
    (.busy, "EBUSY", "resource busy"),
    (.pending, "EPENDING", "operation started, not finished"),
    (.unbound, "EUNBOUND", "resource not bound"),
    (.unavailable, "EUNAVAILABLE", "not available now, may be later"),
  ]

  /// The status of a name such as `EINVAL`, or `nil` for an unknown one.
  public init?(name: some StringProtocol) {
    guard let entry = Self.all.first(where: { $0.name == name }) else { return nil }
    self = entry.status
  }

  /// The name, such as `EINVAL`; a number without a name reads `status 20`.
  public var name: String {
    Self.all.first { $0.status == self }?.name ?? "status \(rawValue)"
  }

  /// What the status means, in a few words.
  public var meaning: String {
    Self.all.first { $0.status == self }?.meaning ?? "no meaning is published for this number"
  }

  /// The name.
  public var description: String { name }
}
