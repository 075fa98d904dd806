import Markup

/// A drawing in SVG that needs nothing beside itself: no fonts, scripts or style sheets of others.
///
/// What is drawn names its colour by class; the classes have one value for light and one for dark
/// surroundings. Coordinates are in pixels of the drawing, written to a hundredth, so that the same
/// drawing is the same bytes everywhere.
struct SVGDocument {
  /// Where a text stands from its place.
  enum Anchor: String {
    case start
    case middle
    case end
  }

  /// The width in pixels.
  let width: Double
  /// The height in pixels.
  let height: Double
  private let title: String
  private let summary: String
  private var body: [String] = []

  /// The size of ordinary text, in pixels.
  static let textSize = 12.0

  init(width: Double, height: Double, title: String, summary: String = "") {
    self.width = width
    self.height = height
    self.title = title
    self.summary = summary
  }

  /// About how wide a text is, in pixels; the reader's own font decides.
  static func width(of text: String, isMonospaced: Bool = false) -> Double {
    text.unicodeScalars.reduce(0) { $0 + (isMonospaced ? 7.3 : width(of: $1)) }
  }

  private static func width(of scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "I", "|", "'", ".", ",", ":", ";", "!": 3.6
    case " ", "f", "t", "r", "(", ")", "[", "]", "-", "/": 4.6
    case "m", "w", "M", "W", "@", "%": 11
    case "A"..."Z": 8.2
    default: scalar.value < 0x1100 ? 7.4 : 12
    }
  }

  // MARK: Shapes

  mutating func text(
    _ text: String, x: Double, y: Double, _ style: String, anchor: Anchor = .start,
    turned: Bool = false
  ) {
    guard !text.isEmpty else { return }
    let place = turned ? "rotate(-90 \(Self.number(x)) \(Self.number(y)))" : ""
    let turn = place.isEmpty ? "" : " transform=\"\(place)\""
    let end = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    body.append(
      "<text class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\"\(end)\(turn)>"
        + XMLText.escaped(text) + "</text>")
  }

  /// A rectangle; a hint is shown to whoever points at it.
  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, _ style: String, radius: Double = 0,
    hint: String = ""
  ) {
    let corner = radius > 0 ? " rx=\"\(Self.number(radius))\"" : ""
    body.append(
      "<rect class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
        + "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\"\(corner)"
        + Self.closing("rect", hint: hint))
  }

  mutating func circle(x: Double, y: Double, radius: Double, _ style: String, hint: String = "") {
    body.append(
      "<circle class=\"\(style)\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" "
        + "r=\"\(Self.number(radius))\"" + Self.closing("circle", hint: hint))
  }

  mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, _ style: String) {
    body.append(
      "<line class=\"\(style)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" "
        + "x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\"/>")
  }

  /// A line through points; each corner is rounded off where the style says so.
  mutating func path(_ points: [(x: Double, y: Double)], _ style: String) {
    guard let first = points.first else { return }
    let rest = points.dropFirst().map { "L\(Self.number($0.x)) \(Self.number($0.y))" }
    let start = "M\(Self.number(first.x)) \(Self.number(first.y))"
    body.append("<path class=\"\(style)\" d=\"\(start)\(rest.joined())\"/>")
  }

  // MARK: Text

  /// The whole document, with a newline at its end.
  var source: String {
    let size = "\(Self.number(width)) \(Self.number(height))"
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size)\" "
        + "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" role=\"img\">",
      "<title>\(XMLText.escaped(title))</title>",
    ]
    if !summary.isEmpty { lines.append("<desc>\(XMLText.escaped(summary))</desc>") }
    lines.append("<style>\n\(SVGTheme.styleSheet)</style>")
    lines.append(
      "<rect class=\"surface\" width=\"\(Self.number(width))\" "
        + "height=\"\(Self.number(height))\"/>")
    return (lines + body + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  private static func closing(_ element: String, hint: String) -> String {
    hint.isEmpty ? "/>" : "><title>\(XMLText.escaped(hint))</title></\(element)>"
  }

  private static func number(_ value: Double) -> String { Decimal.text(value, places: 2) }
}
