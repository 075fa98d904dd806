/// A domain's number: its place in the hypervisor's table of domains.
public struct DomainID: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable,
  CustomStringConvertible
{
  /// The number, 0 for the first domain.
  public let rawValue: Int
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: Int) { self.rawValue = rawValue }
  /// Makes a value of its number; every number is one.
  @inlinable public init(_ rawValue: Int) { self.rawValue = rawValue }

  /// The number as text.
  public var description: String { "\(rawValue)" }
  /// Orders by number.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The number by which a domain names its end of a logical domain channel: 0 to 255 as OpenSPARC's
/// hypervisor has it, more with later firmware.
public struct ChannelID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number; the argument of a hypercall may hold any 64 bits.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Makes a value of its number; every number is one.
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The number as text.
  public var description: String { "\(rawValue)" }
  /// Orders by number.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What a device does to memory, seen from the device.
public enum AccessKind: String, Hashable, Sendable, CaseIterable {
  /// The device reads memory.
  case read
  /// The device writes memory.
  case write
}
