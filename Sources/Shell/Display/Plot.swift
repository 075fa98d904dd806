import LuaRuntime

/// Small plots of characters; blocks where the locale has them, ASCII elsewhere.
enum Plot {
  static func spark(_ numbers: [Double], isUnicode: Bool) -> String {
    let levels = Array(isUnicode ? "▁▂▃▄▅▆▇█" : "_.-~=+*#")
    let finite = numbers.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return "" }
    return String(
      numbers.map { number in
        guard number.isFinite else { return " " }
        guard high > low else { return levels[0] }
        let share = (number - low) / (high - low) * Double(levels.count - 1)
        return levels[min(levels.count - 1, max(0, Int(share.rounded())))]
      })
  }

  static func bars(_ value: LuaValue, isUnicode: Bool) throws(CommandError) -> String {
    let width = 50.0
    let rows: [(String, LuaValue)] =
      switch value {
      case .list(let items): items.enumerated().map { ("\($0 + 1)", $1) }
      case .record(let fields): fields.map { (VisibleText.line($0.name), $0.value) }
      default: throw CommandError("shell.hist takes a list, or numbers by name")
      }
    var numbers: [Double] = []
    for (name, value) in rows {
      guard let number = value.float, number.isFinite, number >= 0 else {
        throw CommandError("the value of '\(name)' is no number from 0 on")
      }
      numbers.append(number)
    }
    let high = numbers.max() ?? 0
    let names = rows.map { TextWidth.columns($0.0) }.max() ?? 0
    return zip(rows, numbers).map { row, number in
      let length = high > 0 ? Int((number / high * width).rounded()) : 0
      let bar = String(repeating: isUnicode ? "█" : "#", count: length)
      let amount = number == number.rounded() && number < 1e15 ? "\(Int(number))" : "\(number)"
      return TextWidth.padded(row.0, to: names) + " " + bar + " " + amount
    }.joined(separator: "\n")
  }
}

extension ProcessEnvironment {
  /// Whether the locale of the process writes UTF-8.
  var isUnicode: Bool {
    let locale = nonEmpty("LC_ALL") ?? nonEmpty("LC_CTYPE") ?? nonEmpty("LANG") ?? ""
    let name = locale.lowercased()
    return name.hasSuffix("utf-8") || name.hasSuffix("utf8")
  }
}
