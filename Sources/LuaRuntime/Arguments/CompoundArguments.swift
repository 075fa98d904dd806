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
    guard var items = LuaItems(value, host) else { return try readCopy(of: value, host) }
    var result: [Element] = []
    result.reserveCapacity(items.count)
    while let item = items.next() {
      do throws(LuaMismatch) {
        result.append(try Element.readItem(item, host))
      } catch {
        throw error.at("[\(items.position)]")
      }
    }
    return result
  }
}

/// The items of a list that C took apart, one after the other.
///
/// For types that keep something else of each item than the item itself.
public struct LuaItems {
  /// How many items there are.
  public let count: Int
  @usableFromInline let host: OpaquePointer
  @usableFromInline let width: Int
  @usableFromInline let entries: UnsafePointer<clua_value>?
  @usableFromInline var done = 0

  /// The number of the item that was read last, from 1.
  public var position: Int { done }

  /// The items of an argument; `nil` where C left it to be copied.
  @inlinable @inline(__always)
  public init?(_ value: LuaDecoded, _ host: LuaSource) {
    guard Int(value.pointee.kind) == CLUA_ITEMS else { return nil }
    count = Int(value.pointee.type)
    width = value.pointee.length
    entries = value.pointee.entries
    self.host = host
  }

  /// The values of the next item.
  @inlinable @inline(__always)
  mutating func next() -> UnsafePointer<clua_value>? {
    guard done < count, let entries else { return nil }
    defer { done &+= 1 }
    return entries + done &* width
  }

  /// The next item, a `LuaTuple`.
  @inlinable @inline(__always)
  public mutating func nextTuple() -> LuaParts? {
    next().map { LuaParts($0, host) }
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
