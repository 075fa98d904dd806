/// The names of a name block as elements refer to them, each place taken apart once.
struct NameTable {
  /// Why an element has no name.
  struct Problem: Error {
    let rule: LintRule
    let message: String
  }

  private var known: [UInt64: String] = [:]
  private var offsets: [String: UInt32] = [:]
  /// The end of the last name that is used, its NUL included, as an offset in the name block.
  private(set) var end = 0

  /// The offset at which the name was first seen.
  func firstOffset(of name: String) -> UInt32? { offsets[name] }

  /// The name of an element; `isNew` tells whether this length and offset are seen for the first time.
  mutating func name(
    of element: Element, in bytes: [UInt8], header: BinaryHeader, isNew: inout Bool
  ) -> Result<String, Problem> {
    let key = UInt64(element.nameLength) << 32 | UInt64(element.nameOffset)
    if let name = known[key] {
      isNew = false
      return .success(name)
    }
    isNew = true
    let length = Int(element.nameLength)
    let offset = Int(element.nameOffset)
    guard offset + length < Int(header.nameBlockSize) else {
      return .failure(
        Problem(
          rule: .nameRange,
          message: "a name of \(length) bytes at \(offset) and its NUL end beyond the name block "
            + "of \(header.nameBlockSize)"))
    }
    let start = header.nameBlockOffset + offset
    let stored = bytes[start..<start + length]
    guard length > 0, !stored.contains(0), bytes[start + length] == 0 else {
      return .failure(
        Problem(
          rule: .nameLength,
          message: "the name at \(offset) of the name block is not one of \(length) bytes "
            + "with a NUL after them"))
    }
    let name = String(latin1: stored)
    known[key] = name
    if offsets[name] == nil { offsets[name] = element.nameOffset }
    end = max(end, offset + length + 1)
    return .success(name)
  }
}
