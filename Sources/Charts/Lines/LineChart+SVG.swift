extension LineChart {
  private struct Frame {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double

    func point(_ place: (x: Double, y: Double)) -> (x: Double, y: Double) {
      (left + place.x * (right - left), bottom - place.y * (bottom - top))
    }
  }

  /// Where a line ends, in pixels.
  private struct End {
    let x: Double
    let y: Double
    let number: Int
  }

  /// The chart as an SVG document of so many pixels, with a newline at its end.
  public func svg(width: Double = 720, height: Double = 400) -> String {
    let (across, up) = fitted(ticksAcross: 6, ticksUp: 5)
    let isNamed = series.count > 1
    let legend = SVGLegend(
      items: isNamed ? series.enumerated().map { (.line($0), $1.name) } : [], width: width - 48)
    let names = isNamed ? series.map { SVGDocument.width(of: $0.name) }.max() ?? 0 : 0
    let labels = up.ticks.map { SVGDocument.width(of: $0.text) }.max() ?? 0
    let frame = Frame(
      left: 24 + labels + (y.label.isEmpty ? 8 : 28), top: 56 + legend.height,
      right: width - max(24, min(names, width / 4) + 20),
      bottom: height - (x.label.isEmpty ? 40 : 56))
    var document = SVGDocument(
      width: width, height: height, title: title,
      summary: "Lines of \(y.label) by \(x.label): \(series.map(\.name).joined(separator: ", "))")
    document.text(title, x: 24, y: 30, "title")
    legend.draw(on: &document, x: 24, y: 42)
    draw(up, across, in: frame, on: &document)
    var ends: [End] = []
    for (number, line) in series.enumerated() {
      let points = corners(of: line, across, up).map(frame.point)
      document.path(points, SVGTheme.line(number))
      drawPoints(of: line, number, across, up, in: frame, on: &document)
      if let last = points.last { ends.append(End(x: last.x, y: last.y, number: number)) }
    }
    if isNamed { nameEnds(ends, in: frame, on: &document) }
    return document.source
  }

  /// The rules behind the lines, the numbers, and what they are.
  private func draw(
    _ up: FittedAxis, _ across: FittedAxis, in frame: Frame, on document: inout SVGDocument
  ) {
    for tick in up.ticks {
      guard let place = up.place(tick.value) else { continue }
      let y = frame.point((0, place)).y
      document.line(x1: frame.left, y1: y, x2: frame.right, y2: y, "rule")
      document.text(tick.text, x: frame.left - 8, y: y + 4, "label", anchor: .end)
    }
    for tick in across.ticks {
      guard let place = across.place(tick.value) else { continue }
      let x = frame.point((place, 0)).x
      document.line(x1: x, y1: frame.bottom, x2: x, y2: frame.bottom + 5, "axis")
      document.text(tick.text, x: x, y: frame.bottom + 20, "label", anchor: .middle)
    }
    document.line(
      x1: frame.left, y1: frame.bottom, x2: frame.right, y2: frame.bottom, "axis")
    document.text(
      y.label, x: 24, y: (frame.top + frame.bottom) / 2, "label", anchor: .middle, turned: true)
    document.text(
      x.label, x: (frame.left + frame.right) / 2, y: frame.bottom + 42, "label", anchor: .middle)
  }

  /// Marks the points of a line that has few, with their numbers for whoever points at them.
  private func drawPoints(
    of line: Series, _ number: Int, _ across: FittedAxis, _ up: FittedAxis, in frame: Frame,
    on document: inout SVGDocument
  ) {
    guard line.points.count <= 40, !line.isStepped else { return }
    for point in line.points {
      guard let x = across.place(point.x), let y = up.place(point.y) else { continue }
      let place = frame.point((x, y))
      document.circle(
        x: place.x, y: place.y, radius: 3, SVGTheme.area(number),
        hint: "\(line.name): \(self.y.format.text(point.y)) at \(self.x.format.text(point.x))")
    }
  }

  /// Writes the names beside the ends of their lines, as far apart as they need to be; a line that
  /// ends early has its name there.
  private func nameEnds(_ ends: [End], in frame: Frame, on document: inout SVGDocument) {
    let apart = 14.0
    let reaching = ends.filter { frame.right - $0.x < 2 }
      .sorted { ($0.y, $0.number) < ($1.y, $1.number) }
    var places = reaching.map(\.y)
    for index in places.indices.dropFirst() {
      places[index] = max(places[index], places[index - 1] + apart)
    }
    if let last = places.last, last > frame.bottom {
      places[places.count - 1] = frame.bottom
      for index in places.indices.dropLast().reversed() {
        places[index] = min(places[index], places[index + 1] - apart)
      }
    }
    for (end, y) in zip(reaching, places) {
      document.text(series[end.number].name, x: frame.right + 8, y: y + 4, "text")
    }
    for end in ends where frame.right - end.x >= 2 {
      document.text(series[end.number].name, x: end.x + 8, y: end.y + 4, "text")
    }
  }
}
