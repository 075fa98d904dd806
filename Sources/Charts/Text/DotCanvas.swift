/// A grid of characters on which lines are drawn by dots: eight to a character in braille, or one.
///
/// A character belongs to whatever was drawn on it last.
struct DotCanvas {
  /// How a dot becomes a character.
  enum Marks {
    /// Two by four dots to a character.
    case braille
    /// One dot to a character, which shows the mark of what was drawn.
    case letters([Character])
  }

  /// The size in characters.
  let columns: Int
  /// The size in characters.
  let rows: Int
  private let marks: Marks
  private var dots: [UInt8]
  private var owners: [Int]

  init(columns: Int, rows: Int, marks: Marks) {
    self.columns = max(1, columns)
    self.rows = max(1, rows)
    self.marks = marks
    dots = Array(repeating: 0, count: self.columns * self.rows)
    owners = Array(repeating: -1, count: self.columns * self.rows)
  }

  private var dotsAcross: Int { if case .braille = marks { 2 } else { 1 } }
  private var dotsDown: Int { if case .braille = marks { 4 } else { 1 } }

  /// The dot at a place in shares of the width and of the height, from the lower left corner.
  private func dot(_ x: Double, _ y: Double) -> (x: Int, y: Int) {
    let width = columns * dotsAcross
    let height = rows * dotsDown
    func place(_ share: Double, _ count: Int) -> Int {
      let inside = share.isFinite ? min(max(share, 0), 1) : 0
      return Int((inside * Double(count - 1)).rounded())
    }
    return (place(x, width), height - 1 - place(y, height))
  }

  private mutating func set(_ x: Int, _ y: Int, _ owner: Int) {
    // The bits of a braille cell: 1 2 3 down the left side, 4 5 6 down the right, then 7 and 8.
    let bits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
    let cell = y / dotsDown * columns + x / dotsAcross
    guard dots.indices.contains(cell) else { return }
    dots[cell] |= bits[y % dotsDown * 2 + x % dotsAcross]
    owners[cell] = owner
  }

  /// Draws a straight line between two places, given in shares of width and height.
  mutating func line(
    from: (x: Double, y: Double), to: (x: Double, y: Double), owner: Int
  ) {
    let start = dot(from.x, from.y)
    let end = dot(to.x, to.y)
    let steps = max(abs(end.x - start.x), abs(end.y - start.y))
    for step in 0...steps {
      let share = steps == 0 ? 0 : Double(step) / Double(steps)
      set(
        start.x + Int((Double(end.x - start.x) * share).rounded()),
        start.y + Int((Double(end.y - start.y) * share).rounded()), owner)
    }
  }

  /// A row of characters, painted by owner.
  func row(_ number: Int, paint: (String, Int) -> String) -> String {
    var text = ""
    var run = ""
    var runOwner = -1
    func flush() { text += runOwner < 0 ? run : paint(run, runOwner) }
    for column in 0..<columns {
      let cell = number * columns + column
      if owners[cell] != runOwner {
        flush()
        run = ""
        runOwner = owners[cell]
      }
      run.append(character(dots[cell], owners[cell]))
    }
    if runOwner >= 0 { flush() }
    return text
  }

  private func character(_ bits: UInt8, _ owner: Int) -> Character {
    guard owner >= 0 else { return " " }
    switch marks {
    case .braille:
      return Unicode.Scalar(0x2800 + UInt32(bits)).map(Character.init) ?? " "
    case .letters(let letters):
      return letters.isEmpty ? "*" : letters[owner % letters.count]
    }
  }
}
