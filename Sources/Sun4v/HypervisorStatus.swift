/// The status of a hypercall, returned in %o0.
///
/// Source: UltraSPARC Virtual Machine Specification, appendix A.6; 19 and 23 from Linux and UEK.
public struct HypervisorStatus: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number in %o0.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Success.
  @inlinable public static var ok: HypervisorStatus { .init(rawValue: 0) }
  /// Bad CPU id.
  @inlinable public static var noCPU: HypervisorStatus { .init(rawValue: 1) }
  /// Bad real address.
  @inlinable public static var noRealAddress: HypervisorStatus { .init(rawValue: 2) }
  /// Bad interrupt id.
  @inlinable public static var noInterrupt: HypervisorStatus { .init(rawValue: 3) }
  /// Bad page-size code.
  @inlinable public static var badPageSize: HypervisorStatus { .init(rawValue: 4) }
  /// Bad TSB description.
  @inlinable public static var badTSB: HypervisorStatus { .init(rawValue: 5) }
  /// Bad argument.
  @inlinable public static var invalid: HypervisorStatus { .init(rawValue: 6) }
  /// Bad function number.
  @inlinable public static var badTrap: HypervisorStatus { .init(rawValue: 7) }
  /// Bad address alignment.
  @inlinable public static var badAlignment: HypervisorStatus { .init(rawValue: 8) }
  /// The call would have to block.
  @inlinable public static var wouldBlock: HypervisorStatus { .init(rawValue: 9) }
  /// No access to the resource.
  @inlinable public static var noAccess: HypervisorStatus { .init(rawValue: 10) }
  /// I/O error.
  @inlinable public static var ioError: HypervisorStatus { .init(rawValue: 11) }
  /// The CPU is in error state.
  @inlinable public static var cpuError: HypervisorStatus { .init(rawValue: 12) }
  /// The function is not supported.
  @inlinable public static var notSupported: HypervisorStatus { .init(rawValue: 13) }
  /// No mapping found.
  @inlinable public static var noMapping: HypervisorStatus { .init(rawValue: 14) }
  /// A hard limit is exceeded.
  @inlinable public static var tooMany: HypervisorStatus { .init(rawValue: 15) }
  /// Bad logical domain channel.
  @inlinable public static var badChannel: HypervisorStatus { .init(rawValue: 16) }
  /// The resource is busy.
  @inlinable public static var busy: HypervisorStatus { .init(rawValue: 17) }
  /// The operation has started and is not finished.
  @inlinable public static var pending: HypervisorStatus { .init(rawValue: 18) }
  /// The resource is not bound.
  @inlinable public static var unbound: HypervisorStatus { .init(rawValue: 19) }
  /// The resource or operation is not available now but may be later.
  @inlinable public static var unavailable: HypervisorStatus { .init(rawValue: 23) }

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
