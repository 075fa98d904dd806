/// How the numbers of an axis are written.
public enum NumberFormat: Hashable, Sendable {
  /// As they are, with k, M, G and T for thousands.
  case number
  /// Bytes, with K, M, G and T for powers of 1024.
  case bytes
  /// A share, of which 1 is written as 100%.
  case percent
  /// Nanoseconds, written in ns, us, ms or s.
  case nanoseconds

  /// A unit: how many of the axis' numbers it has, and what is written behind it.
  struct Unit: Hashable {
    let size: Double
    let suffix: String
  }

  private var units: [Unit] {
    switch self {
    case .number: [(1, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")].map(Unit.init)
    case .bytes:
      [(1, ""), (1024, "K"), (1_048_576, "M"), (1_073_741_824, "G"), (1_099_511_627_776, "T")]
        .map(Unit.init)
    case .percent: [Unit(size: 0.01, suffix: "%")]
    case .nanoseconds: [(1, " ns"), (1e3, " us"), (1e6, " ms"), (1e9, " s")].map(Unit.init)
    }
  }

  /// The largest unit that a number has at least one of.
  private func unit(of value: Double) -> Unit {
    units.last { abs(value) >= $0.size * 0.9999999 } ?? units[0]
  }

  /// One number, to three digits.
  public func text(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    if value == 0 { return self == .percent ? "0%" : "0" }
    let unit = unit(of: value)
    let amount = value / unit.size
    let places =
      switch abs(amount) {
      case 100...: 0
      case 10..<100: 1
      case 1..<10: 2
      case 0.1..<1: 3
      case 0.01..<0.1: 4
      default: 6
      }
    return Decimal.text(amount, places: places) + unit.suffix
  }

  /// Evenly spaced numbers, all in one unit and with as many digits as tell them apart.
  func texts(_ values: [Double]) -> [String] {
    let largest = values.map(abs).max() ?? 0
    let unit = unit(of: largest)
    let amounts = values.map { $0 / unit.size }
    let step = zip(amounts.dropFirst(), amounts).map { abs($0 - $1) }.min() ?? 1
    let places =
      (0...9).first { places in
        amounts.allSatisfy { abs(Decimal.rounded($0, places: places) - $0) <= step * 0.001 }
      } ?? 9
    return zip(values, amounts).map { value, amount in
      value == 0
        ? (self == .percent ? "0%" : "0")
        : Decimal.text(amount, places: places) + unit.suffix
    }
  }
}

/// Decimal fractions as text.
enum Decimal {
  private static let powers: [Double] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

  private static func power(_ places: Int) -> Double { powers[min(max(places, 0), 9)] }

  /// A number with so many decimal places at most, 0 to 9; numbers beyond 10^15 without any.
  static func text(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return "0" }
    let scale = abs(value) < 1e9 ? power(places) : 1
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 1e18 else { return value < 0 ? "-inf" : "inf" }
    let digits = Int(scaled)
    let whole = digits / Int(scale)
    var fraction = String(digits % Int(scale) + Int(scale)).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    let sign = value < 0 && digits > 0 ? "-" : ""
    return fraction.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
  }

  /// The nearest number with so many decimal places.
  static func rounded(_ value: Double, places: Int) -> Double {
    (value * power(places)).rounded() / power(places)
  }
}
