/// A version of a protocol or service: minor steps are compatible, major steps are not.
public struct ProtocolVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The major number; 0 stands for "none" in refusals.
  public let major: UInt16
  /// The minor number.
  public let minor: UInt16

  /// Makes a version of its two numbers.
  public init(_ major: UInt16, _ minor: UInt16) {
    self.major = major
    self.minor = minor
  }

  /// What a refusal carries when there is nothing left to offer.
  public static let none = ProtocolVersion(0, 0)

  /// The version as `1.0`.
  public var description: String { "\(major).\(minor)" }

  /// Orders by major, then minor number.
  public static func < (a: Self, b: Self) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
}

/// The versions that one side has: for each major number the highest minor, highest major first.
///
/// Link protocol and Domain Services negotiate by almost the same rules; both are here so that
/// they can be compared.
public struct SupportedVersions: Hashable, Sendable {
  /// One version for each major number, in descending order; 0.x is never among them.
  public let versions: [ProtocolVersion]

  /// Keeps the highest minor of each major number and drops major 0, which means "none".
  public init(_ versions: [ProtocolVersion]) {
    var kept: [ProtocolVersion] = []
    for version in versions.sorted(by: >) where version.major != 0 {
      if kept.last?.major != version.major { kept.append(version) }
    }
    self.versions = kept
  }

  /// The highest version, the first one to ask for.
  public var highest: ProtocolVersion? { versions.first }

  /// The entry of a major number.
  public func version(major: UInt16) -> ProtocolVersion? { versions.first { $0.major == major } }

  /// What both sides use when the peer asks for `requested`: its major number with the lower of the
  /// two minors, or `nil` when the major number is not supported.
  public func agreement(with requested: ProtocolVersion) -> ProtocolVersion? {
    version(major: requested.major).map { .init($0.major, min($0.minor, requested.minor)) }
  }

  /// The highest supported version below `limit`, or `nil`.
  public func next(below limit: ProtocolVersion) -> ProtocolVersion? {
    versions.first { $0.major < limit.major }
  }

  /// The supported major number closest to `major`.
  ///
  /// That is the same, else the next lower, else the next higher one, else 0. Domain Services puts
  /// it in a refusal (FWARC 2006/055, 2.4).
  public func closestMajor(to major: UInt16) -> UInt16 {
    versions.first { $0.major <= major }?.major ?? versions.last?.major ?? 0
  }
}

/// The version rules of the LDC link protocol (FWARC 2006/571, 4.3.3).
public enum LDCVersionNegotiation {
  /// The answer to a version request.
  public enum Reply: Hashable, Sendable {
    /// Accepted; both sides use this version.
    case accept(ProtocolVersion)
    /// Refused; the next lower version that is supported, or 0.0.
    case refuse(ProtocolVersion)
  }

  /// What the responder answers to a request.
  public static func reply(
    to request: ProtocolVersion, supported: SupportedVersions
  ) -> Reply {
    if let agreed = supported.agreement(with: request) { return .accept(agreed) }
    return .refuse(supported.next(below: request) ?? .none)
  }

  /// What the initiator asks for after a refusal: the offered version if it has it, else a lower
  /// one; `nil` when its list is exhausted or the refusal said 0.0.
  ///
  /// The result is always lower than what was sent, so that no peer can make this go on for ever.
  public static func next(
    afterRefusal offered: ProtocolVersion, sent: ProtocolVersion, supported: SupportedVersions
  ) -> ProtocolVersion? {
    guard offered != .none, sent != .none else { return nil }
    if offered < sent {
      return supported.agreement(with: offered) ?? supported.next(below: offered)
    }
    return supported.next(below: sent)
  }
}
