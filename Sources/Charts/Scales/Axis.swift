@preconcurrency import Glibc

/// One axis of a chart: what it measures, and how numbers become places on it.
public struct Axis: Hashable, Sendable {
  /// How places follow from numbers.
  public enum Scale: Hashable, Sendable {
    /// Equal differences take equal room.
    case linear
    /// Equal factors take equal room; numbers up to 0 have no place and are left out.
    case logarithmic
  }

  /// What is measured, with its unit where the numbers do not show it.
  public var label: String
  /// How places follow from numbers.
  public var scale: Scale
  /// How numbers are written.
  public var format: NumberFormat
  /// A number that the axis reaches down to, whatever the data; only on a linear scale.
  public var minimum: Double?
  /// A number that the axis reaches up to, whatever the data.
  public var maximum: Double?

  /// Describes an axis.
  public init(
    _ label: String, scale: Scale = .linear, format: NumberFormat = .number,
    minimum: Double? = nil, maximum: Double? = nil
  ) {
    self.label = label
    self.scale = scale
    self.format = format
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Whether a number has a place on the axis.
  func shows(_ value: Double) -> Bool {
    value.isFinite && abs(value) < 1e300 && (scale == .linear || value > 1e-300)
  }
}

/// An axis that has been fitted to the numbers on it.
struct FittedAxis {
  /// A number that is marked on the axis.
  struct Tick {
    let value: Double
    let text: String
  }

  let axis: Axis
  let low: Double
  let high: Double
  private(set) var ticks: [Tick] = []

  /// Fits an axis; the ends are ticks where it `rounds`, and the outermost numbers otherwise.
  init(_ axis: Axis, _ values: [Double], rounds: Bool, ticks wanted: Int) {
    self.axis = axis
    var known = values.filter(axis.shows)
    for bound in [axis.minimum, axis.maximum] {
      if let bound, axis.shows(bound) { known.append(bound) }
    }
    // What is nearly nothing counts as nothing, since half of it may be.
    known = known.map { abs($0) < 1e-300 ? 0 : $0 }
    let least = known.min() ?? (axis.scale == .linear ? 0 : 1)
    let most = known.max() ?? (axis.scale == .linear ? 1 : 10)
    switch axis.scale {
    case .linear:
      let (low, high) = Self.spread(least, most)
      let step = Self.step(high - low, wanted, axis.format)
      self.low = rounds ? (low / step).rounded(.down) * step : low
      self.high = rounds ? (high / step).rounded(.up) * step : high
      let marks = Self.multiples(of: step, from: self.low, to: self.high)
      ticks = zip(marks, axis.format.texts(marks)).map(Tick.init)
    case .logarithmic:
      let base = axis.format == .bytes ? 2.0 : 10.0
      let first = Self.exponent(least, base)
      let last = Self.exponent(most, base)
      let isFlat = last - first < 1e-9
      low = rounds || isFlat ? Self.power(base, (first + 1e-9).rounded(.down)) : least
      high =
        rounds || isFlat
        ? Self.power(base, max((last - 1e-9).rounded(.up), (first + 1e-9).rounded(.down) + 1))
        : most
      ticks = Self.powers(of: base, from: low, to: high, wanted).map {
        Tick(value: $0, text: axis.format.text($0))
      }
    }
  }

  /// The place of a number, from 0 at the low end to 1 at the high end; `nil` where it has none.
  func place(_ value: Double) -> Double? {
    guard axis.shows(value) else { return nil }
    switch axis.scale {
    case .linear: return (value - low) / (high - low)
    case .logarithmic: return log(value / low) / log(high / low)
    }
  }

  // MARK: Ticks

  /// Two ends that differ.
  private static func spread(_ low: Double, _ high: Double) -> (Double, Double) {
    guard high - low <= abs(high) * 1e-12 else { return (low, high) }
    if low == 0 { return (0, 1) }
    return low > 0 ? (low * 0.5, low * 1.5) : (low * 1.5, low * 0.5)
  }

  /// A step of 1, 2, 2.5 or 5 times a power of ten, or for bytes a power of two.
  private static func step(_ span: Double, _ wanted: Int, _ format: NumberFormat) -> Double {
    let rough = span / Double(max(1, wanted))
    if format == .bytes { return max(1, power(2, exponent(rough, 2).rounded(.up))) }
    let decade = power(10, exponent(rough, 10).rounded(.down))
    let factor = [1.0, 2, 2.5, 5, 10].first { $0 * decade >= rough * 0.999999 } ?? 10
    return factor * decade
  }

  private static func multiples(of step: Double, from low: Double, to high: Double) -> [Double] {
    let first = (low / step - 1e-9).rounded(.up)
    guard step > 0, first.isFinite, (high / step).isFinite else { return [low] }
    let count = Int(min(max((high / step + 1e-9).rounded(.down) - first, 0), 100))
    return (0...count).map { (first + Double($0)) * step }
  }

  /// Powers of the base between two numbers: not too many; where they are fewer than three, with
  /// numbers between them.
  private static func powers(
    of base: Double, from low: Double, to high: Double, _ wanted: Int
  ) -> [Double] {
    let first = Int((exponent(low, base) - 1e-9).rounded(.up))
    let last = Int((exponent(high, base) + 1e-9).rounded(.down))
    let stride = max(1, (last - first) / max(1, wanted) + (last - first > wanted ? 1 : 0))
    if last - first >= 2 {
      return Swift.stride(from: first, through: last, by: stride).map { power(base, Double($0)) }
    }
    let factors = base == 2 ? [1.0] : [1.0, 2, 5]
    return (first - 1...max(first - 1, last)).flatMap { exponent in
      factors.map { $0 * power(base, Double(exponent)) }
    }.filter { $0 >= low * 0.999999 && $0 <= high * 1.000001 }
  }

  private static func exponent(_ value: Double, _ base: Double) -> Double {
    base == 10 ? log10(value) : log2(value)
  }

  private static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
