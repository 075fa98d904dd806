import LuaRuntime

/// How hypercalls are printed as they are made.
enum TraceDetail: String, CaseIterable {
  /// Not at all.
  case off
  /// With the values of arguments and results.
  case on
  /// With their names too.
  case full
}

/// What `\set` lists and changes.
struct Settings {
  /// How results are shown.
  var display = DisplaySettings()
  /// The width that was set; `nil` follows the terminal.
  var fixedWidth: Int?
  /// Whether long output goes through the pager.
  var pager = true
  /// Whether the time of each input is printed.
  var timing = false
  /// How hypercalls are printed.
  var trace = TraceDetail.off
  /// How much the log tells.
  var log = LogLevel.standard
  /// Whether results are printed.
  var echo = true
  /// Whether input goes into the history.
  var history = true

  /// The names, in the order they are listed.
  static let names = [
    "format", "int", "depth", "items", "width", "color", "pager", "timing", "trace", "echo",
    "history", "log",
  ]

  /// The words that a setting takes; empty for numbers.
  static func values(of name: String) -> [String] {
    switch name {
    case "format": OutputFormat.allCases.map(\.rawValue)
    case "int": IntegerFormat.allCases.map(\.rawValue)
    case "width": ["auto"]
    case "trace": TraceDetail.allCases.map(\.rawValue)
    case "log": LogLevel.allCases.map(\.rawValue)
    case "color", "pager", "timing", "echo", "history": ["on", "off"]
    default: []
    }
  }

  /// The value of a setting as text; `nil` if there is no such setting.
  func text(of name: String) -> String? {
    switch name {
    case "format": display.format.rawValue
    case "int": display.integers.rawValue
    case "depth": "\(display.depth)"
    case "items": "\(display.items)"
    case "width": fixedWidth.map { "\($0)" } ?? "auto"
    case "trace": trace.rawValue
    case "log": log.rawValue
    default: flag(name).map { self[keyPath: $0] ? "on" : "off" }
    }
  }

  /// Changes a setting.
  mutating func set(_ name: String, to text: String) throws(CommandError) {
    switch name {
    case "format": display.format = try word(OutputFormat.init(rawValue:), name, text)
    case "int": display.integers = try word(IntegerFormat.init(rawValue:), name, text)
    case "depth": display.depth = try number(name, text, 1...64)
    case "items": display.items = try number(name, text, 1...100_000)
    case "trace": trace = try word(TraceDetail.init(rawValue:), name, text)
    case "log": log = try word(LogLevel.init(rawValue:), name, text)
    case "width": fixedWidth = text == "auto" ? nil : try number(name, text, 20...10_000)
    default:
      guard let flag = flag(name) else {
        let hint =
          NearestName.find(name, in: Self.names).map { "did you mean '\($0)'?" }
          ?? "there are " + Self.names.joined(separator: ", ")
        throw CommandError("there is no setting '\(name)'; \(hint)")
      }
      self[keyPath: flag] = try word({ ["on": true, "off": false][$0] }, name, text)
    }
  }

  /// All settings with their values, for a screen of so many columns.
  func table(width: Int?) -> String {
    TextTable(
      columns: ["setting", "value", "values"],
      rows: Self.names.map {
        [$0, text(of: $0) ?? "", Self.values(of: $0).joined(separator: " ")]
      }
    ).text(width: width)
  }

  private func flag(_ name: String) -> WritableKeyPath<Settings, Bool>? {
    switch name {
    case "color": \.display.color
    case "pager": \.pager
    case "timing": \.timing
    case "echo": \.echo
    case "history": \.history
    default: nil
    }
  }

  private func word<Value>(
    _ read: (String) -> Value?, _ name: String, _ text: String
  ) throws(CommandError) -> Value {
    guard let value = read(text) else {
      throw CommandError(
        "'\(text)' is no value of \(name); there are "
          + Self.values(of: name).joined(separator: ", "))
    }
    return value
  }

  private func number(
    _ name: String, _ text: String, _ range: ClosedRange<Int>
  ) throws(CommandError) -> Int {
    guard let value = Int(text), range.contains(value) else {
      throw CommandError(
        "'\(text)' is no value of \(name); it is a number from \(range.lowerBound) to "
          + "\(range.upperBound)")
    }
    return value
  }
}
