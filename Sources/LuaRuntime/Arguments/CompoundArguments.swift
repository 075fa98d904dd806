extension LuaValue: LuaArgument {
  /// The type in Lua.
  public static var luaType: LuaType { .any }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> LuaValue { value }
}

extension Array: LuaTyped where Element: LuaTyped {
  /// The type in Lua.
  public static var luaType: LuaType { .list(of: Element.luaType) }
}

extension Array: LuaArgument where Element: LuaArgument {
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> [Element] {
    guard let items = value.items else { throw .expected(luaType.name, got: value) }
    var result: [Element] = []
    result.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      do { result.append(try Element.fromLua(item)) } catch { throw error.at("[\(index + 1)]") }
    }
    return result
  }
}

/// All further arguments of a call; only as the last parameter.
public struct LuaRest: LuaArgument {
  /// The arguments, which may be `nil`.
  public let values: [LuaValue]

  /// The type in Lua.
  public static var luaType: LuaType { .rest }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> LuaRest {
    LuaRest(values: value.items ?? [])
  }
}

/// An enumeration of words: a script passes the word as a string.
///
///     enum Direction: String, LuaChoice { case toDevice = "to_device", fromDevice = "from_device" }
public protocol LuaChoice: LuaArgument, LuaResult, CaseIterable, RawRepresentable
where RawValue == String {
  /// The name of the enumeration in messages and documentation.
  static var luaName: String { get }
}

extension LuaChoice {
  /// A word out of the cases.
  public static var luaType: LuaType {
    .custom(luaName, choices: allCases.map(\.rawValue))
  }

  /// Reads the word.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Self {
    if let word = value.text, let choice = Self(rawValue: word) { return choice }
    let words = allCases.map(\.rawValue)
    guard let word = value.text else {
      throw .expected("one of \(words.map { "\"\($0)\"" }.joined(separator: ", "))", got: value)
    }
    let hint = NearestName.find(word, in: words).map { "; did you mean \"\($0)\"?" } ?? ""
    throw LuaMismatch(
      "unknown \(luaName) \"\(word)\"; one of "
        + words.map { "\"\($0)\"" }.joined(separator: ", ") + hint)
  }

  /// The word in quotes.
  public var luaText: String? { "\"\(rawValue)\"" }

  /// Writes the word.
  public func encode(into encoder: LuaEncoder) { rawValue.encode(into: encoder) }
}
