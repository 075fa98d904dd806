import CLua

/// How C takes a value apart by itself, so that Swift gets it without a copy in between: the words of
/// an enumeration, the fields of a table of options, the items of a list.
///
/// Whatever is not just as the form says, such as an unknown word among options, is decoded as any
/// other value, and the Swift type says what is wrong with it.
public struct LuaForm {
  indirect enum Kind {
    /// One value, as its `LuaType` says.
    case value
    /// One of the words.
    case words(LuaWords)
    /// A table with these values at 1, 2, 3 ... as the item of a list.
    case tuple([LuaPart])
    /// A list of items, each one value or a table of them.
    case list([LuaPart], isTuple: Bool)
    /// A table of options.
    case fields([LuaPart])
  }

  let kind: Kind

  /// One value, as its `LuaType` says.
  public static var value: LuaForm { LuaForm(kind: .value) }

  /// A table with values by position, for `LuaTuple`.
  public static func tuple<each Value>(_ part: repeat Parameter<each Value>) -> LuaForm {
    var parts: [LuaPart] = []
    repeat parts.append((each part).part)
    return LuaForm(kind: .tuple(parts))
  }

  /// A list of items of a type; one value where C cannot take the items apart.
  static func list<Item: LuaArgument>(of item: Item.Type) -> LuaForm {
    let form = Item.luaForm
    switch form.kind {
    case .tuple(let parts): return LuaForm(kind: .list(parts, isTuple: true))
    case .value, .words:
      let part = Parameter<Item>("").part
      guard part.isScalar else { return .value }
      return LuaForm(kind: .list([part], isTuple: false))
    case .list, .fields: return .value
    }
  }
}

/// A parameter for C: an argument, a field of options, or a part of an item.
public struct LuaPart {
  let description: ParameterDescription
  let form: LuaForm
  /// What C puts in place of an absent value; `nil` where Swift does.
  var fallback: LuaFallback?
  /// What C accepts as `LuaType` says.
  let typeAccept: UInt8

  /// What C accepts.
  var accept: UInt8 {
    switch form.kind {
    case .words: UInt8(CLUA_ACCEPT_WORD)
    case .list: UInt8(CLUA_ACCEPT_ITEMS)
    case .fields: UInt8(CLUA_ACCEPT_FIELDS)
    case .value, .tuple: typeAccept
    }
  }

  /// Whether C decodes and checks the value alone.
  var isScalar: Bool { accept < UInt8(CLUA_ACCEPT_FUNCTION) }
}

/// The words of an enumeration, and its cases in memory of their own for C to point at.
final class LuaWords {
  let names: [String]
  let values: UnsafeMutableRawPointer
  let stride: Int
  private let release: () -> Void

  init<Choice: LuaChoice>(_ choices: [Choice]) {
    names = choices.map(\.rawValue)
    stride = MemoryLayout<Choice>.stride
    let count = choices.count
    let memory = UnsafeMutablePointer<Choice>.allocate(capacity: max(1, count))
    memory.initialize(from: choices, count: count)
    values = UnsafeMutableRawPointer(memory)
    release = {
      memory.deinitialize(count: count)
      memory.deallocate()
    }
  }

  deinit { release() }

  /// The address of a case, by its place among the words.
  func value(at place: Int) -> UnsafeMutableRawPointer? {
    names.indices.contains(place) ? values + place * stride : nil
  }
}
