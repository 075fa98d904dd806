/// A size of memory as the command line has it: a number of bytes, or a number and K, M, G or T.
public struct MemorySize: Hashable, Sendable {
  /// The number of bytes; 0 for no limit.
  public let bytes: Int

  /// No limit.
  public static let unlimited = MemorySize(bytes: 0)

  private init(bytes: Int) { self.bytes = bytes }

  /// Reads a size; `nil` for anything else, for zero and for what is too large.
  public init?(argument: String) {
    let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
    var digits = argument[...]
    var shift = 0
    if let last = argument.last, let unit = units[Character(last.uppercased())] {
      shift = unit
      digits = digits.dropLast()
    }
    guard let number = Int(digits), number > 0, number <= Int.max >> shift else { return nil }
    bytes = number << shift
  }
}
