public import CLua

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

  /// The items one by one.
  public static var luaForm: LuaForm { .list(of: Element.self) }

  /// Reads the items that C took apart, or a copy of the list.
  @inlinable
  public static func read(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> [Element] {
    try Element.readList(value, host) { $0 }
  }
}

extension LuaArgument {
  /// Reads a list of such items, which C took apart or left to be copied, and keeps what a body makes of
  /// each.
  @inlinable @inline(__always)
  public static func readList<Kept>(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer, _ body: (Self) -> Kept
  ) throws(LuaMismatch) -> [Kept] {
    guard Int(value.pointee.kind) == CLUA_ITEMS else {
      return try [Self].fromLua(LuaValue(at: value, host)).map(body)
    }
    let count = Int(value.pointee.type)
    var kept: [Kept] = []
    guard count > 0, var next = value.pointee.entries else { return kept }
    kept.reserveCapacity(count)
    for number in 1...count {
      do throws(LuaMismatch) {
        kept.append(body(try readItem(next, host)))
      } catch {
        throw error.at("[\(number)]")
      }
      next += value.pointee.length
    }
    return kept
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
public protocol LuaChoice: LuaFastArgument, LuaResult, CaseIterable, RawRepresentable
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
    throw luaType.choiceMismatch(value)
  }

  /// The words.
  public static var luaForm: LuaForm { LuaForm(kind: .words(LuaWords(Array(allCases)))) }

  /// Reads the case that C found.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Self {
    UnsafeRawPointer(value.pointee.object).assumingMemoryBound(to: Self.self).pointee
  }

  /// The place of the word, of which the address of the case is made.
  public var luaFallback: LuaFallback {
    let place = Self.allCases.map(\.rawValue).firstIndex(of: rawValue) ?? 0
    return .integer(Int64(place), kind: CLUA_WORD)
  }

  /// The word in quotes.
  public var luaText: String? { "\"\(rawValue)\"" }

  /// Writes the word.
  public func encode(into encoder: LuaEncoder) { rawValue.encode(into: encoder) }
}

extension LuaType {
  /// Why a value is none of the words.
  func choiceMismatch(_ value: LuaValue) -> LuaMismatch {
    let list = choices.map { "\"\($0)\"" }.joined(separator: ", ")
    guard let word = value.text else { return .expected("one of \(list)", got: value) }
    let hint = NearestName.find(word, in: choices).map { "; did you mean \"\($0)\"?" } ?? ""
    return LuaMismatch("unknown \(name) \"\(word)\"; one of \(list)" + hint)
  }
}
