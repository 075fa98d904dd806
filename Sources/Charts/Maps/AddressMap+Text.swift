extension AddressMap {
  /// The columns that the address of a row takes, with the space behind it.
  private static let margin = 20

  /// How many cells fit into a row: a power of two, so that rows begin at round addresses.
  public static func cellsPerRow(on canvas: TextCanvas) -> Int {
    var cells = 8
    while cells * 2 <= min(canvas.columns - margin, 256) { cells *= 2 }
    return cells
  }

  /// The map in characters, without a newline at its end; equal rows in a row become `*`.
  public func text(on canvas: TextCanvas = TextCanvas()) -> String {
    var lines = [canvas.paint(canvas.clipped(title, to: canvas.columns), Palette.ink.code)]
    if !scale.isEmpty { lines.append(canvas.clipped(scale, to: canvas.columns)) }
    lines.append(canvas.paint(offsets, Palette.label.code))
    var isFolded = false
    for number in 0..<rows {
      let cells = row(number)
      if number > 0, number < rows - 1, cells.elementsEqual(row(number - 1)), isUniform(cells) {
        if !isFolded { lines.append("*") }
        isFolded = true
        continue
      }
      isFolded = false
      let address = canvas.left(Self.text(of: address(of: number * cellsPerRow)), in: Self.margin)
      var line = address + drawn(cells, canvas)
      let room = canvas.columns - Self.margin - cellsPerRow - 2
      if notes.indices.contains(number), !notes[number].isEmpty, room >= 8 {
        line +=
          String(repeating: " ", count: cellsPerRow - cells.count + 2)
          + canvas.clipped(notes[number], to: room)
      }
      lines.append(line)
    }
    lines += canvas.flow(
      kinds.map { kind in
        let letter = String(kind.letter)
        let label = canvas.clipped(kind.label, to: canvas.columns - 2)
        return ("\(letter) \(label)", canvas.paint(letter, Self.codes(of: kind.look)) + " " + label)
      }, gap: 3)
    return lines.joined(separator: "\n")
  }

  /// The distances from the start of a row, above the cells.
  private var offsets: String {
    let step = max(16, cellsPerRow / 2)
    var line = ""
    for column in stride(from: 0, to: max(1, min(cellsPerRow, cells.count)), by: step) {
      line += String(repeating: " ", count: max(0, Self.margin + column - line.utf8.count))
      line += offset(of: column)
    }
    return line
  }

  private func isUniform(_ cells: ArraySlice<Int>) -> Bool {
    cells.allSatisfy { $0 == cells.first }
  }

  /// A row of cells; those of one kind in a row are painted together.
  private func drawn(_ cells: ArraySlice<Int>, _ canvas: TextCanvas) -> String {
    var text = ""
    var rest = cells
    while let first = rest.first {
      let run = rest.prefix { $0 == first }
      rest = rest.dropFirst(run.count)
      guard kinds.indices.contains(first) else {
        text += String(repeating: " ", count: run.count)
        continue
      }
      let kind = kinds[first]
      text += canvas.paint(
        String(repeating: kind.letter, count: run.count), Self.codes(of: kind.look))
    }
    return text
  }

  /// The rendition of a look: what is at work stands on its colour, what is at rest is written in it.
  private static func codes(of look: Look) -> String {
    switch look {
    case .empty, .quiet: "2"
    case .mark: ""
    case .strongMark: "1"
    case .plain: "7"
    case .pale(let number): Palette.series(number).code
    case .solid(let number): "7;" + Palette.series(number).code
    }
  }
}
