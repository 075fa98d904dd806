import CLua

/// The kinds of Lua values.
public enum LuaKind: String, Hashable, Sendable {
  case `nil`
  case boolean
  case integer
  case number
  case string
  case table
  case function
  /// A bound object.
  case object
  /// A bound object that is gone.
  case closedObject = "closed object"
  /// A userdata of somebody else, such as a file.
  case userdata
  case thread
}

/// Raw looks at a value: nothing here runs code of a script.
extension LuaReference {
  /// What it is.
  public var kind: LuaKind {
    switch Int(handle.kind) {
    case CLUA_BOOLEAN: .boolean
    case CLUA_INTEGER: .integer
    case CLUA_NUMBER: .number
    case CLUA_STRING: .string
    case CLUA_TABLE: .table
    case CLUA_FUNCTION: .function
    case CLUA_OBJECT: .object
    case CLUA_CLOSED: .closedObject
    case CLUA_USERDATA: .userdata
    case CLUA_THREAD: .thread
    default: .nil
    }
  }

  /// The boolean.
  public var boolean: Bool? { kind == .boolean ? handle.integer != 0 : nil }
  /// The integer.
  public var integer: Int64? { kind == .integer ? handle.integer : nil }
  /// The float.
  public var number: Double? { kind == .number ? handle.number : nil }
  /// The identity of a table, function, userdata or thread: equal exactly for the same value.
  public var identity: UInt { UInt(bitPattern: handle.identity) }
  /// The raw length of a string, in bytes, or of a table.
  public var rawLength: Int { handle.length }

  /// The bytes of a string.
  public var bytes: [UInt8]? {
    guard kind == .string, let pointer = host.pointer else { return nil }
    var length = 0
    guard let start = clua_string(pointer, handle.reference, &length) else { return nil }
    return Array(UnsafeRawBufferPointer(start: start, count: length))
  }

  /// The text of a string, with U+FFFD in place of bytes that are not UTF-8.
  public var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

  /// The name of the bound type of an object, living or closed.
  public var typeName: String? {
    handle.type == 0 ? nil : host.typeName(handle.type - 1)
  }

  /// The Swift object behind a bound object.
  public var object: (any LuaBound)? {
    var type: UInt32 = 0
    guard kind == .object, let pointer = host.pointer,
      let place = clua_object(pointer, handle.reference, &type)
    else { return nil }
    return host.object(at: place, ofType: type)
  }

  /// Whether it is neither `nil` nor `false`.
  public var isTrue: Bool { kind != .nil && boolean != false }

  /// nil, booleans, numbers and strings as `tostring` writes them.
  var scalarText: String? {
    switch kind {
    case .nil: "nil"
    case .boolean: handle.integer != 0 ? "true" : "false"
    case .integer: "\(handle.integer)"
    case .number: "\(handle.number)"
    case .string: text
    default: nil
    }
  }

  /// A copy as plain data; shared and cyclic tables are not followed (depth 0 gives no tables).
  ///
  /// Errors: `LuaFailure` for lack of memory, `LuaClosedError`.
  public func value(depth: Int = 8) throws -> LuaValue {
    switch kind {
    case .nil: return .nil
    case .boolean: return .boolean(handle.integer != 0)
    case .integer: return .integer(handle.integer)
    case .number: return .number(handle.number)
    case .string:
      let bytes = bytes ?? []
      return String(validating: bytes, as: UTF8.self).map(LuaValue.string) ?? .bytes(bytes)
    case .object: return object.map(LuaValue.object) ?? .opaque("userdata")
    case .function: return .function(LuaFunction(reference: self))
    case .table:
      guard depth > 0 else { return .opaque("table") }
      let table = try entries()
      let pairs = try table.entries.map {
        (key: try $0.key.value(depth: 0), value: try $0.value.value(depth: depth - 1))
      }
      if table.listCount == pairs.count { return .list(pairs.map(\.value)) }
      let names = pairs.compactMap(\.key.text)
      guard names.count == pairs.count else { return .table(pairs) }
      return .record(zip(names, pairs).map { (name: $0, value: $1.value) })
    default: return .opaque(kind.rawValue)
    }
  }

  /// A pair of a table.
  public struct Entry {
    /// The key.
    public let key: LuaReference
    /// The value.
    public let value: LuaReference
  }

  /// The pairs of a table, or as many of them as asked for.
  public struct Entries {
    /// The pairs: integer keys ascending, other numbers, strings by their bytes, the rest.
    public let entries: [Entry]
    /// The number of all pairs.
    public let total: Int
    /// How many keys, counted from 1, there are without a gap.
    public let listCount: Int
  }

  /// The pairs of a table by raw access, in the order of their keys.
  ///
  /// Errors: `LuaFailure` for lack of memory, `LuaClosedError`.
  public func entries(limit: Int = 100_000) throws -> Entries {
    guard let pointer = host.pointer else { throw LuaClosedError() }
    var outcome = clua_outcome()
    var pairs: UnsafePointer<clua_handle>?
    var count = 0
    var total = 0
    var list = 0
    clua_pairs(
      pointer, handle.reference, max(0, limit), &pairs, &count, &total, &list, &outcome)
    try host.check(outcome)
    let handles = UnsafeBufferPointer(start: pairs, count: count * 2)
    let entries = (0..<count).map {
      Entry(
        key: LuaReference(handles[$0 * 2], host: host),
        value: LuaReference(handles[$0 * 2 + 1], host: host))
    }
    return Entries(entries: entries, total: total, listCount: list)
  }

  /// The value of a string key of a table, by raw access; nil for anything that is not a table.
  public func rawField(_ name: String) throws -> LuaReference {
    guard let pointer = host.pointer else { throw LuaClosedError() }
    var outcome = clua_outcome()
    var value = clua_handle()
    var name = name
    let reference = handle.reference
    name.withUTF8 { bytes in
      let start = UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
      guard let start, reference > 0 else { return }
      clua_field(pointer, reference, start, bytes.count, &value, &outcome)
    }
    try host.check(outcome)
    return LuaReference(value, host: host)
  }

  /// The value of an integer key of a table, by raw access; nil for anything that is not a table.
  public func rawItem(_ index: Int) throws -> LuaReference {
    guard let pointer = host.pointer else { throw LuaClosedError() }
    guard handle.reference > 0 else { return LuaReference(clua_handle(), host: host) }
    var outcome = clua_outcome()
    var value = clua_handle()
    clua_item(pointer, handle.reference, Int64(index), &value, &outcome)
    try host.check(outcome)
    return LuaReference(value, host: host)
  }

  /// The metatable, by raw access (`__metatable` does not hide it); nil if there is none.
  public func metatable() throws -> LuaReference {
    guard let pointer = host.pointer else { throw LuaClosedError() }
    guard handle.reference > 0 else { return LuaReference(clua_handle(), host: host) }
    var outcome = clua_outcome()
    var value = clua_handle()
    clua_metatable(pointer, handle.reference, &value, &outcome)
    try host.check(outcome)
    return LuaReference(value, host: host)
  }

  /// Whether the metatable has a field.
  public func hasMetafield(_ name: String) -> Bool {
    guard let field = try? metatable().rawField(name) else { return false }
    return field.kind != .nil
  }

  /// Where a function comes from.
  public struct FunctionInfo {
    /// The file or title of the chunk.
    public let source: String
    /// The first line; -1 for a function of C.
    public let line: Int
    /// The last line.
    public let lastLine: Int
    /// The number of named parameters.
    public let parameterCount: Int
    /// Whether it takes further arguments.
    public let isVariadic: Bool
    /// Whether it is a function of C or Swift.
    public let isNative: Bool
  }

  /// Where a function comes from; `nil` for anything else.
  public var functionInfo: FunctionInfo? {
    guard kind == .function, let pointer = host.pointer else { return nil }
    var info = clua_function_info()
    guard clua_describe_function(pointer, handle.reference, &info) else { return nil }
    let source = withUnsafeBytes(of: info.source) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return FunctionInfo(
      source: source, line: Int(info.line), lastLine: Int(info.last_line),
      parameterCount: Int(info.parameters), isVariadic: info.variadic, isNative: info.native)
  }
}

extension LuaReference {
  /// The declaration of a bound function or method; `nil` for anything else.
  public var declaration: FunctionDeclaration? {
    guard kind == .function, let pointer = host.pointer,
      let context = clua_function_context(pointer, handle.reference)
    else { return nil }
    return Unmanaged<Binding>.fromOpaque(context).takeUnretainedValue().declaration
  }
}

extension LuaHost {
  /// Throws what an outcome of an inspection says.
  func check(_ outcome: clua_outcome) throws {
    guard outcome.status != Int32(CLUA_RUN_OK) else { return }
    if let pointer, outcome.error.reference > 0 {
      clua_release_reference(pointer, outcome.error.reference)
    }
    switch Int(outcome.status) {
    case CLUA_RUN_INTERRUPTED: throw LuaFailure(kind: .interrupted, message: "interrupted!")
    default: throw LuaFailure(kind: .memory, message: "not enough memory")
    }
  }
}
