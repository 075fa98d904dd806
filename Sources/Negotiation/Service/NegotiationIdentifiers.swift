/// A request's number: chosen by the side that asks, counted up from 1, never used twice by one
/// incarnation of a domain.
public struct RequestID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number on the wire.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Makes a value of its number; every number is one.
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The number after this one; stays at the largest.
  @inlinable public var next: RequestID { RequestID(rawValue == .max ? .max : rawValue &+ 1) }
  /// The number as text.
  public var description: String { "\(rawValue)" }
  /// Orders by number.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A grant's number: chosen by the control domain, counted up from 1, never used twice.
public struct GrantID: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable,
  CustomStringConvertible
{
  /// The number on the wire.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Makes a value of its number; every number is one.
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The number as text.
  public var description: String { "\(rawValue)" }
  /// Orders by number.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
