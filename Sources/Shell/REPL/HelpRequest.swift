/// `name?` or `name??` at the prompt.
extension String {
  /// The name in a request for help such as `sun4v.machine?`; `nil` for anything else.
  init?(helpRequest text: String) {
    guard text.hasSuffix("?") else { return nil }
    let name = text.hasSuffix("??") ? text.dropLast(2) : text.dropLast()
    let isPath = name.utf8.allSatisfy {
      LuaNames.isNameByte($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":")
    }
    guard isPath, !name.isEmpty else { return nil }
    self = String(name)
  }
}
