/// A row of names with their colours, broken where the width needs it.
struct SVGLegend {
  /// What stands in front of a name.
  enum Sample {
    case line(Int)
    case area(style: String)
  }

  let items: [(sample: Sample, name: String)]
  /// The room for it, in pixels.
  let width: Double
  /// The height of a line, in pixels.
  static let lineHeight = 18.0

  /// The height that it takes, in pixels.
  var height: Double { Double(places.last.map { $0.line + 1 } ?? 0) * Self.lineHeight }

  private var places: [(x: Double, line: Int)] {
    var x = 0.0
    var line = 0
    return items.map { item in
      let needed = 24 + SVGDocument.width(of: item.name)
      if x > 0, x + needed > width {
        x = 0
        line += 1
      }
      defer { x += needed + 16 }
      return (x, line)
    }
  }

  /// Draws it with its upper left corner at a place.
  func draw(on document: inout SVGDocument, x: Double, y: Double) {
    for (item, place) in zip(items, places) {
      let left = x + place.x
      let middle = y + Double(place.line) * Self.lineHeight + Self.lineHeight / 2
      switch item.sample {
      case .line(let number):
        document.path([(left, middle), (left + 16, middle)], SVGTheme.line(number))
      case .area(let style):
        document.rectangle(
          x: left + 2, y: middle - 6, width: 12, height: 12, style, radius: 2)
      }
      document.text(item.name, x: left + 22, y: middle + 4, "text")
    }
  }
}
