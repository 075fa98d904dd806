/// A moment of the model's own clock, in nanoseconds since the machine was made.
///
/// The model never reads a real clock, so that a script with the same seed runs the same way.
public struct VirtualTime: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible
{
  /// Nanoseconds since the machine was made.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Makes a moment so many nanoseconds after the start.
  @inlinable public init(nanoseconds: UInt64) { rawValue = nanoseconds }

  /// The moment the machine was made.
  public static let zero = VirtualTime(rawValue: 0)

  /// The moment so many nanoseconds later; stays at the end of time instead of wrapping around.
  @inlinable public func advanced(byNanoseconds nanoseconds: UInt64) -> VirtualTime {
    let (sum, overflow) = rawValue.addingReportingOverflow(nanoseconds)
    return VirtualTime(rawValue: overflow ? .max : sum)
  }

  /// How long after another moment this one is, as a moment after the start; zero where it is not later.
  @inlinable public func since(_ other: VirtualTime) -> VirtualTime {
    VirtualTime(rawValue: rawValue > other.rawValue ? rawValue &- other.rawValue : 0)
  }

  /// The time as `123 ns`.
  public var description: String { "\(rawValue) ns" }
  /// Orders by time.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
