/// How values are shown; `\set` changes it.
struct DisplaySettings: Hashable {
  /// The format of results.
  var format = OutputFormat.lua
  /// How integers are shown.
  var integers = IntegerFormat.auto
  /// How deep tables are expanded.
  var depth = 4
  /// How many items of each table are shown.
  var items = 100
  /// The width in columns to which short tables are kept on one line.
  var width = 80
  /// The width to which tables of rows and columns are kept; `nil` where no screen shows them.
  var tableWidth: Int?
  /// Whether colours are used.
  var color = false
}

/// How integers are shown.
enum IntegerFormat: String, CaseIterable {
  /// Decimal, with hexadecimal where the value is negative or at least 2^31, where the DVA
  /// windows of the legacy IOMMU and the real memory of domains begin.
  case auto
  /// Decimal.
  case dec
  /// Hexadecimal, 0x and 16 digits.
  case hex
  /// Both.
  case both

  /// The integer as an expression of Lua, and the comment that goes with it.
  func text(_ value: Int64) -> (expression: String, comment: String?) {
    let hex = VisibleText.address(UInt64(bitPattern: value))
    switch self {
    case .dec: return ("\(value)", nil)
    case .hex: return (hex, nil)
    case .both: return ("\(value)", hex)
    case .auto: return ("\(value)", value < 0 || value >= 1 << 31 ? hex : nil)
    }
  }
}
