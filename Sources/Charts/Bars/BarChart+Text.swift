extension BarChart {
  /// The chart in characters, without a newline at its end: a line for each bar.
  public func text(on canvas: TextCanvas = TextCanvas()) -> String {
    let axis = fitted(ticks: 4)
    let isGrouped = series.count > 1
    let shown = names.map { canvas.clipped($0, to: max(8, canvas.columns / 3)) }
    let margin = shown.map(canvas.measure).max() ?? 0
    let numbers = series.flatMap { line in
      names.indices.map { value(line, $0).map(self.axis.format.text) ?? "-" }
    }
    let room = canvas.columns - margin - 3 - (numbers.map(canvas.measure).max() ?? 0)
    var lines = [canvas.paint(canvas.clipped(title, to: canvas.columns), Palette.ink.code)]
    if !self.axis.label.isEmpty {
      lines.append(canvas.clipped(self.axis.label, to: canvas.columns))
    }
    for (index, name) in shown.enumerated() {
      for (number, line) in series.enumerated() {
        let value = value(line, index)
        let share = value.flatMap(axis.place) ?? 0
        let bar = bar(share, max(1, room), number, isGrouped: isGrouped, canvas)
        let text = value.map(self.axis.format.text) ?? "-"
        lines.append(
          canvas.left(number == 0 ? name : "", in: margin) + " "
            + (bar.isEmpty ? text : bar + " " + text))
      }
    }
    if isGrouped { lines += legend(canvas) }
    return lines.joined(separator: "\n")
  }

  /// A bar over a share of so many columns; block characters go to an eighth of a column.
  private func bar(
    _ share: Double, _ room: Int, _ number: Int, isGrouped: Bool, _ canvas: TextCanvas
  ) -> String {
    let eighths = Int((min(max(share, 0), 1) * Double(room) * 8).rounded())
    let color = Palette.series(number).code
    guard canvas.isUnicode, canvas.isColored || !isGrouped else {
      let mark = isGrouped ? String(Palette.marks[number % Palette.marks.count]) : "#"
      return canvas.paint(String(repeating: mark, count: (eighths + 4) / 8), color)
    }
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return canvas.paint(String(repeating: "█", count: eighths / 8) + parts[eighths % 8], color)
  }

  private func legend(_ canvas: TextCanvas) -> [String] {
    canvas.flow(
      series.enumerated().map { number, line in
        let mark =
          canvas.isUnicode && canvas.isColored
          ? "█" : String(Palette.marks[number % Palette.marks.count])
        let name = canvas.clipped(line.name, to: canvas.columns - 3)
        return (
          plain: "\(mark) \(name)",
          shown: canvas.paint(mark, Palette.series(number).code) + " " + name
        )
      })
  }
}
