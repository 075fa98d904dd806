/// The classes of drawings in SVG, with their colours in light and in dark surroundings.
enum SVGTheme {
  /// The class of a line of the n-th series.
  static func line(_ number: Int) -> String { "l\(slot(number))" }
  /// The class of an area of the n-th series.
  static func area(_ number: Int) -> String { "a\(slot(number))" }
  /// The class of an area of the n-th series that stands back.
  static func paleArea(_ number: Int) -> String { "p\(slot(number))" }

  private static func slot(_ number: Int) -> Int {
    let count = Palette.series.count
    return ((number % count) + count) % count
  }

  /// The style sheet, with a newline at its end.
  static let styleSheet: String = {
    let fonts = "system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif"
    let fixed = "ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace"
    let shape =
      "text{font:12px \(fonts)}text.title{font-size:15px;font-weight:600}"
      + "text.code{font:12px \(fixed)}line,path{fill:none;stroke-width:1}"
      + "path{stroke-width:2;stroke-linejoin:round;stroke-linecap:round}\n"
    let dark = rules { $0.dark }
    return shape + rules { $0.light } + "@media (prefers-color-scheme:dark){\n\(dark)}\n"
  }()

  private static func rules(_ value: (Palette.Color) -> String) -> String {
    func fill(_ name: String, _ color: Palette.Color) -> String { "\(name){fill:#\(value(color))}" }
    func stroke(_ name: String, _ color: Palette.Color) -> String {
      "\(name){stroke:#\(value(color))}"
    }
    var rules = [
      fill(".surface", Palette.surface), fill(".title", Palette.ink), fill(".text", Palette.ink),
      fill(".label,.code", Palette.label), stroke(".rule", Palette.rule),
      stroke(".axis", Palette.axis), fill(".empty", Palette.rule), fill(".quiet", Palette.quiet),
      fill(".mark", Palette.axis), fill(".strong", Palette.label), fill(".plain", Palette.ink),
    ]
    for (number, color) in Palette.series.enumerated() {
      let hex = value(color)
      rules.append(
        ".l\(number){stroke:#\(hex)}.a\(number){fill:#\(hex)}"
          + ".p\(number){fill:#\(hex);fill-opacity:.35}")
    }
    return rules.joined(separator: "\n") + "\n"
  }
}
