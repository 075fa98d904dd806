/// Rows under a line of names, columns as wide as their widest cell.
///
/// What is wider than the screen is not left to the terminal to break: a table of few columns has its
/// last one broken at words, and one of many columns has a line for each cell instead.
struct TextTable {
  var columns: [String]
  var rows: [[String]] = []

  /// Up to so many columns the last one is broken; it is prose then.
  private static let proseColumns = 3
  private static let gap = 2

  /// The lines; numbers are set to the right.
  ///
  /// Without a width they are as wide as they need to be, for files and programs.
  func text(width: Int? = nil) -> String {
    let widths = columns.indices.map { column in
      ([columns[column]] + rows.map { $0[column] }).map(TextWidth.columns).max() ?? 0
    }
    let whole = widths.reduce(0, +) + Self.gap * max(0, columns.count - 1)
    guard let width, whole > width, let last = widths.last else { return grid(widths) }
    let room = width - (whole - last)
    guard columns.count <= Self.proseColumns, room >= TextFold.narrowest else {
      return list(width: width)
    }
    return grid(widths.dropLast() + [room])
  }

  /// A row a line; the last column is as wide as it is told to be.
  private func grid(_ widths: [Int]) -> String {
    let right = columns.indices.map { column in
      !rows.isEmpty && rows.allSatisfy { Self.isNumber($0[column]) }
    }
    let margin = widths.dropLast().reduce(0) { $0 + $1 + Self.gap }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        guard column < cells.count - 1 || right[column] else {
          return TextFold.hanging(
            cells[column], indent: margin, width: margin + widths[column])
        }
        return right[column]
          ? String(repeating: " ", count: max(0, widths[column] - TextWidth.columns(cells[column])))
            + cells[column]
          : TextWidth.padded(cells[column], to: widths[column])
      }
      return Trim.end(padded.joined(separator: String(repeating: " ", count: Self.gap)))
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
      .joined(separator: String(repeating: " ", count: Self.gap))
    return ([line(columns), rule] + rows.map(line)).joined(separator: "\n")
  }

  /// A cell a line behind its column's name; an empty line between rows.
  private func list(width: Int) -> String {
    let names = columns.map(TextWidth.columns).max() ?? 0
    return rows.map { row in
      zip(columns, row).map { name, cell in
        let head = TextWidth.padded(name, to: names) + String(repeating: " ", count: Self.gap)
        return Trim.end(head + TextFold.hanging(cell, indent: names + Self.gap, width: width))
      }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// Whether a cell is a quantity: a number, perhaps with a unit such as `K` or ` ms` behind it.
  private static func isNumber(_ text: String) -> Bool {
    guard !text.hasPrefix("0x"), Double(text) == nil else { return !text.hasPrefix("0x") }
    let unit = Trim.spaces(text.drop { "-.0123456789".contains($0) })
    return unit.count <= 2 && unit != text && unit.allSatisfy(\.isLetter) && !unit.isEmpty
  }
}
