extension LineChart {
  /// The chart in characters, without a newline at its end.
  ///
  /// Lines are drawn in braille where it can be shown and where colours, or there being one line
  /// only, tell which is which; else each line has a mark of its own.
  public func text(on canvas: TextCanvas = TextCanvas(), rows: Int = 12) -> String {
    let rows = min(max(rows, 3), 200)
    let (across, up) = fitted(
      ticksAcross: max(2, canvas.columns / 16), ticksUp: max(3, rows / 3))
    let labels = labels(of: up, rows)
    let margin = labels.map(canvas.measure).max() ?? 0
    let isBraille = canvas.isUnicode && (canvas.isColored || series.count <= 1)
    var plot = DotCanvas(
      columns: canvas.columns - margin - 3, rows: rows,
      marks: isBraille ? .braille : .letters(Palette.marks))
    for (number, line) in series.enumerated() {
      let corners = corners(of: line, across, up)
      if corners.count == 1 { plot.line(from: corners[0], to: corners[0], owner: number) }
      for (from, to) in zip(corners, corners.dropFirst()) {
        plot.line(from: from, to: to, owner: number)
      }
    }
    var lines = [canvas.paint(canvas.clipped(title, to: canvas.columns), Palette.ink.code)]
    if !y.label.isEmpty { lines.append(canvas.clipped(y.label, to: canvas.columns)) }
    let wall = canvas.isUnicode ? ("┤", "│") : ("+", "|")
    for (row, label) in labels.enumerated() {
      let drawn = plot.row(row) { canvas.paint($0, Palette.series($1).code) }
      lines.append(
        (canvas.right(label, in: margin) + " " + (label.isEmpty ? wall.1 : wall.0) + drawn)
          .trimmedEnd())
    }
    lines += foot(across, margin: margin, width: plot.columns, canvas)
    if series.count > 1 { lines += legend(isBraille, canvas) }
    return lines.joined(separator: "\n")
  }

  /// What stands in front of each row: the number of the tick in it, or nothing.
  private func labels(of axis: FittedAxis, _ rows: Int) -> [String] {
    var labels = Array(repeating: "", count: rows)
    for tick in axis.ticks {
      guard let place = axis.place(tick.value), (-0.001...1.001).contains(place) else { continue }
      let row = rows - 1 - Int((place * Double(rows - 1)).rounded())
      if labels.indices.contains(row) { labels[row] = tick.text }
    }
    return labels
  }

  /// The axis across, its numbers, and what they are.
  private func foot(
    _ axis: FittedAxis, margin: Int, width: Int, _ canvas: TextCanvas
  ) -> [String] {
    var rule = Array(repeating: canvas.isUnicode ? "─" : "-", count: width)
    var numbers = ""
    let indent = margin + 2
    for tick in axis.ticks {
      guard let place = axis.place(tick.value), (-0.001...1.001).contains(place) else { continue }
      let column = min(width - 1, max(0, Int((place * Double(width - 1)).rounded())))
      let length = canvas.measure(tick.text)
      let start = min(max(0, indent + column - length / 2), canvas.columns - length)
      let used = canvas.measure(numbers)
      guard start >= used + (used > 0 ? 2 : 0) else { continue }
      rule[column] = canvas.isUnicode ? "┬" : "+"
      numbers = canvas.left(numbers, in: start) + tick.text
    }
    let corner = canvas.isUnicode ? "└" : "+"
    var lines = [
      String(repeating: " ", count: margin + 1) + corner + rule.joined(), numbers,
    ]
    if !x.label.isEmpty {
      let label = canvas.clipped(x.label, to: canvas.columns - 1)
      lines.append(canvas.right(label, in: indent + width))
    }
    return lines
  }

  private func legend(_ isBraille: Bool, _ canvas: TextCanvas) -> [String] {
    canvas.flow(
      series.enumerated().map { number, line in
        let mark = isBraille ? "━━" : String(Palette.marks[number % Palette.marks.count])
        let name = canvas.clipped(line.name, to: canvas.columns - 3)
        return (
          plain: "\(mark) \(name)",
          shown: canvas.paint(mark, Palette.series(number).code) + " " + name
        )
      })
  }
}
