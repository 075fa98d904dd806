import Sun4v

/// A group of hypercalls that a domain negotiates by version.
///
/// Source: UltraSPARC Virtual Machine Specification, appendix A.1; FWARC 2006/052.
public struct APIGroup: RawRepresentable, Hashable, Comparable, Sendable {
  /// The group's number.
  public let rawValue: UInt64
  /// Makes a group of its number; every number is one.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The platform itself.
  public static let sun4v = APIGroup(rawValue: 0x000)
  /// Domain, CPU and memory services.
  public static let core = APIGroup(rawValue: 0x001)
  /// Interrupts.
  public static let interrupt = APIGroup(rawValue: 0x002)
  /// Soft state.
  public static let softState = APIGroup(rawValue: 0x003)
  /// PCI I/O.
  public static let pci = APIGroup(rawValue: 0x100)
  /// Logical domain channels.
  public static let ldc = APIGroup(rawValue: 0x101)
  /// Service channels.
  public static let serviceChannel = APIGroup(rawValue: 0x102)
  /// Cryptographic units.
  public static let ncs = APIGroup(rawValue: 0x103)
  /// Random numbers.
  public static let randomNumbers = APIGroup(rawValue: 0x104)
  /// Static direct I/O.
  public static let sdio = APIGroup(rawValue: 0x108)
  /// Error reports of static direct I/O.
  public static let sdioError = APIGroup(rawValue: 0x109)
  /// The address translation unit with IOTSBs supplied by the domain.
  public static let atu = APIGroup(rawValue: 0x111)
  /// Performance counters of UltraSPARC T1.
  public static let niagara = APIGroup(rawValue: 0x200)
  /// Performance counters of the Fire bridge.
  public static let firePerformance = APIGroup(rawValue: 0x201)
  /// Performance counters of UltraSPARC T2.
  public static let niagara2 = APIGroup(rawValue: 0x202)
  /// Performance counters of the PIU.
  public static let niagara2PIU = APIGroup(rawValue: 0x203)
  /// The network unit of UltraSPARC T2.
  public static let niagara2NIU = APIGroup(rawValue: 0x204)
  /// Diagnostics.
  public static let diagnostics = APIGroup(rawValue: 0x300)
  /// Grants of DVA ranges: dvmash's own group, not part of any published specification.
  public static let dvma = APIGroup(rawValue: 0x1c0)

  /// Orders by number.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A version of an API group.
public struct APIVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The major number: versions with different ones are incompatible.
  public let major: UInt64
  /// The minor number: higher ones add to lower ones.
  public let minor: UInt64

  /// Makes a version of its numbers.
  public init(_ major: UInt64, _ minor: UInt64) {
    self.major = major
    self.minor = minor
  }

  /// The version as `2.0`.
  public var description: String { "\(major).\(minor)" }
  /// Orders by major, then minor.
  public static func < (a: Self, b: Self) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
}

/// The versions of a group that have a certain call.
public struct APIVersionRange: Hashable, Sendable {
  /// The majors that have it, each with the first minor that does; empty means every version.
  public let first: [APIVersion]

  /// Every version of the group.
  public static let all = APIVersionRange(first: [])

  /// From these versions on, each within its own major.
  public static func from(_ versions: APIVersion...) -> APIVersionRange {
    APIVersionRange(first: versions)
  }

  /// Whether a version has the call.
  public func contains(_ version: APIVersion) -> Bool {
    first.isEmpty || first.contains { $0.major == version.major && $0.minor <= version.minor }
  }
}
