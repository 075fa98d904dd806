extension BarChart {
  /// The chart as an SVG document, as high as its bars need, with a newline at its end.
  public func svg(width: Double = 720) -> String {
    let axis = fitted(ticks: 5)
    let isGrouped = series.count > 1
    let legend = SVGLegend(
      items: isGrouped
        ? series.enumerated().map { (.area(style: SVGTheme.area($0)), $1.name) } : [],
      width: width - 48)
    let bar = isGrouped ? 12.0 : 18.0
    let group = bar * Double(max(1, series.count)) + 12
    let top = 52 + legend.height
    let bottom = top + group * Double(names.count)
    let margin = min(names.map { SVGDocument.width(of: $0) }.max() ?? 0, width / 3)
    let left = 24 + margin + 12
    let numbers = series.flatMap { line in
      names.indices.map { value(line, $0).map(self.axis.format.text) ?? "" }
    }
    let right = width - 32 - (numbers.map { SVGDocument.width(of: $0) }.max() ?? 0)
    var document = SVGDocument(
      width: width, height: bottom + (self.axis.label.isEmpty ? 36 : 56), title: title,
      summary: "Bars of \(self.axis.label): \(names.joined(separator: ", "))")
    document.text(title, x: 24, y: 30, "title")
    legend.draw(on: &document, x: 24, y: 42)
    for tick in axis.ticks {
      guard let place = axis.place(tick.value) else { continue }
      let x = left + place * (right - left)
      document.line(x1: x, y1: top, x2: x, y2: bottom, "rule")
      document.text(tick.text, x: x, y: bottom + 18, "label", anchor: .middle)
    }
    for (index, name) in names.enumerated() {
      let start = top + group * Double(index) + 6
      let middle = start + (group - 12) / 2
      document.text(name, x: left - 8, y: middle + 4, "text", anchor: .end)
      for (number, line) in series.enumerated() {
        guard let value = value(line, index), let share = axis.place(value) else { continue }
        let y = start + Double(number) * bar
        let length = max(0, share) * (right - left)
        document.rectangle(
          x: left, y: y + 1, width: length, height: bar - 2, SVGTheme.area(number), radius: 2,
          hint: "\(name)\(isGrouped ? ", \(line.name)" : ""): \(self.axis.format.text(value))")
        document.text(
          self.axis.format.text(value), x: left + length + 6, y: y + bar / 2 + 4, "label")
      }
    }
    document.line(x1: left, y1: top, x2: left, y2: bottom, "axis")
    document.text(
      self.axis.label, x: (left + right) / 2, y: bottom + 42, "label", anchor: .middle)
    return document.source
  }
}
