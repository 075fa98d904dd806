extension AddressMap {
  /// The cells of a row in an SVG document, two pixels each.
  public static let cellsPerRowInSVG = 256

  private static let left = 172.0
  private static let rowHeight = 16.0
  private static let rowGap = 4.0

  /// The map as an SVG document, with a newline at its end.
  public func svg() -> String { Self.svg([self], title: title) }

  /// Maps one above the other as an SVG document, with a newline at its end.
  public static func svg(_ maps: [AddressMap], title: String) -> String {
    let width = left + 512 + 36
    let heights = maps.map { $0.height(in: width) }
    var document = SVGDocument(
      width: width, height: 16 + heights.reduce(0, +), title: title,
      summary: maps.map { "\($0.title): " + $0.kinds.map(\.label).joined(separator: ", ") }
        .joined(separator: "; "))
    var top = 0.0
    for (map, height) in zip(maps, heights) {
      map.draw(on: &document, top: top, width: width)
      top += height
    }
    return document.source
  }

  private func legend(in width: Double) -> SVGLegend {
    SVGLegend(
      items: kinds.map { (.area(style: Self.style(of: $0.look)), $0.label) }, width: width - 48)
  }

  private func height(in width: Double) -> Double {
    100 + Double(rows) * (Self.rowHeight + Self.rowGap) + legend(in: width).height
  }

  private func draw(on document: inout SVGDocument, top: Double, width: Double) {
    document.text(title, x: 24, y: top + 30, "title")
    document.text(scale, x: 24, y: top + 49, "label")
    let pixels = 512 / Double(cellsPerRow)
    for column in stride(from: 0, to: cellsPerRow, by: max(1, cellsPerRow / 4)) {
      let x = Self.left + Double(column) * pixels
      document.text(offset(of: column), x: x, y: top + 74, "code")
      document.line(x1: x, y1: top + 78, x2: x, y2: top + 82, "axis")
    }
    for number in 0..<rows {
      let y = top + 84 + Double(number) * (Self.rowHeight + Self.rowGap)
      document.text(
        Self.text(of: address(of: number * cellsPerRow)), x: 24, y: y + Self.rowHeight - 4, "code")
      draw(row: number, y: y, pixels, on: &document)
    }
    let end = top + 92 + Double(rows) * (Self.rowHeight + Self.rowGap)
    legend(in: width).draw(on: &document, x: 24, y: end)
  }

  /// A rectangle for each run of cells of one kind.
  private func draw(row: Int, y: Double, _ pixels: Double, on document: inout SVGDocument) {
    let cells = Array(self.row(row))
    var start = 0
    while start < cells.count {
      var end = start + 1
      while end < cells.count, cells[end] == cells[start] { end += 1 }
      if kinds.indices.contains(cells[start]) {
        let kind = kinds[cells[start]]
        let first = address(of: row * cellsPerRow + start)
        let last = address(of: row * cellsPerRow + end) &- 1
        document.rectangle(
          x: Self.left + Double(start) * pixels, y: y, width: Double(end - start) * pixels,
          height: Self.rowHeight, Self.style(of: kind.look),
          hint: "\(kind.name): \(Self.text(of: first)) to \(Self.text(of: last))")
      }
      start = end
    }
  }

  private static func style(of look: Look) -> String {
    switch look {
    case .empty: "empty"
    case .quiet: "quiet"
    case .mark: "mark"
    case .strongMark: "strong"
    case .plain: "plain"
    case .pale(let number): SVGTheme.paleArea(number)
    case .solid(let number): SVGTheme.area(number)
    }
  }
}
