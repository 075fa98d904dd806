/// A range of addresses as rows of cells, each with the colour of what it is used for.
///
/// A map is plain data, drawn the same way everywhere, byte for byte.
public struct AddressMap: Sendable {
  /// How a kind of use looks.
  public enum Look: Hashable, Sendable {
    /// Nothing there.
    case empty
    /// Nothing there, and set apart from the rest.
    case quiet
    /// Neither free nor anybody's.
    case mark
    /// As `mark`, and stronger.
    case strongMark
    /// In use by nobody who has a colour.
    case plain
    /// The n-th owner's, and at rest.
    case pale(Int)
    /// The n-th owner's, and at work.
    case solid(Int)
  }

  /// One kind of use.
  public struct Kind: Sendable {
    /// What it is.
    public var name: String
    /// Its character.
    public var letter: Character
    /// Its look where there are colours.
    public var look: Look
    /// How much of it there is, for the legend.
    public var amount: String

    /// Describes a kind.
    public init(_ name: String, letter: Character, look: Look, amount: String = "") {
      self.name = name
      self.letter = letter
      self.look = look
      self.amount = amount
    }

    var label: String { amount.isEmpty ? name : "\(name) \(amount)" }
  }

  /// What the map shows, in one line.
  public var title: String
  /// What a cell stands for, in one line.
  public var scale: String
  /// The address of the first cell.
  public var base: UInt64
  /// The addresses of a cell.
  public var cellSize: UInt64
  /// The cells of a row.
  public var cellsPerRow: Int
  /// The kind of each cell, by its place in ``kinds``.
  public var cells: [Int]
  /// The kinds, in the order of the legend.
  public var kinds: [Kind]
  /// What is said beside each row, where there is room for it.
  public var notes: [String]

  /// Describes a map.
  public init(
    _ title: String, scale: String = "", base: UInt64, cellSize: UInt64, cellsPerRow: Int,
    cells: [Int], kinds: [Kind], notes: [String] = []
  ) {
    self.title = title
    self.scale = scale
    self.base = base
    self.cellSize = cellSize
    self.cellsPerRow = max(1, cellsPerRow)
    self.cells = cells
    self.kinds = kinds
    self.notes = notes
  }

  /// The number of rows.
  var rows: Int { (cells.count + cellsPerRow - 1) / cellsPerRow }

  /// The cells of a row.
  func row(_ number: Int) -> ArraySlice<Int> {
    cells.dropFirst(number * cellsPerRow).prefix(cellsPerRow)
  }

  /// The address at which a cell begins.
  func address(of cell: Int) -> UInt64 { base &+ UInt64(max(0, cell)) &* cellSize }

  /// An address as everything shows it.
  static func text(of address: UInt64) -> String {
    let digits = String(address, radix: 16)
    return "0x" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// The distance from the start of its row at which a cell begins.
  func offset(of column: Int) -> String {
    "+0x" + String(UInt64(column) &* cellSize, radix: 16)
  }
}
