/// Numbers and names as the benchmark prints them.
enum BenchText {
  /// Nanoseconds in the unit that suits them.
  static func time(_ nanoseconds: Double) -> String {
    switch nanoseconds {
    case ..<1e4: decimal(nanoseconds, 2) + " ns"
    case ..<1e7: decimal(nanoseconds / 1e3, 1) + " µs"
    default: decimal(nanoseconds / 1e6, 1) + " ms"
    }
  }

  /// Bytes in the unit that suits them, of powers of 1000.
  static func size(_ bytes: Double) -> String {
    switch bytes {
    case ..<1e4: decimal(bytes, 0) + " B"
    case ..<1e6: decimal(bytes / 1e3, 1) + " kB"
    default: decimal(bytes / 1e6, 1) + " MB"
    }
  }

  /// A number with so many digits behind the point.
  static func decimal(_ value: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { result, _ in result * 10 }
    let rounded = (value * scale).rounded()
    guard rounded.isFinite, abs(rounded) < 9e15 else { return "0" }
    let whole = String(Int(abs(rounded)))
    let padded = String(repeating: "0", count: max(0, digits + 1 - whole.count)) + whole
    let sign = rounded < 0 ? "-" : ""
    return digits == 0
      ? sign + padded : sign + padded.dropLast(digits) + "." + padded.suffix(digits)
  }

  /// A string of JSON; all strings here are our own names, without anything to escape.
  static func quoted(_ text: String) -> String { "\"\(text)\"" }

  /// A number of JSON, or null.
  static func optional(_ value: Double?) -> String { value.map { decimal($0, 3) } ?? "null" }
}
