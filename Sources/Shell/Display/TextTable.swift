/// Rows under a line of names, columns as wide as their widest cell.
struct TextTable {
  var columns: [String]
  var rows: [[String]] = []

  /// The lines; numbers are set to the right.
  var text: String {
    let widths = columns.indices.map { column in
      ([columns[column]] + rows.map { $0[column] }).map(TextWidth.columns).max() ?? 0
    }
    let right = columns.indices.map { column in
      !rows.isEmpty && rows.allSatisfy { Self.isNumber($0[column]) }
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        right[column]
          ? String(repeating: " ", count: max(0, widths[column] - TextWidth.columns(cells[column])))
            + cells[column]
          : TextWidth.padded(cells[column], to: widths[column])
      }
      var text = padded.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
    return ([line(columns), rule] + rows.map(line)).joined(separator: "\n")
  }

  private static func isNumber(_ text: String) -> Bool {
    guard let first = text.utf8.first, !text.hasPrefix("0x") else { return false }
    return first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
  }
}
