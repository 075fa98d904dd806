/// An error that a script gets as an object with the fields `code`, `name`, `message`, `where`.
///
/// `tostring` of the object is one line: where, and the message.
public protocol LuaConvertibleError: Error {
  /// A stable word that scripts compare, such as `no_access`.
  var code: String { get }
  /// What kind of error it is, for people: the name of a status, or of the subsystem.
  var name: String { get }
  /// What was wrong, with what, and what would be right.
  var message: String { get }
  /// Further fields of the object.
  var luaFields: [(name: String, value: LuaValue)] { get }
}

extension LuaConvertibleError {
  /// No further fields.
  public var luaFields: [(name: String, value: LuaValue)] { [] }
}

/// A plain error of a binding.
public struct LuaBindingError: LuaConvertibleError {
  /// The stable word.
  public let code: String
  /// The kind, for people.
  public let name: String
  /// What happened.
  public let message: String

  /// Makes an error; `name` is the code unless given.
  public init(code: String, name: String? = nil, message: String) {
    self.code = code
    self.name = name ?? code
    self.message = message
  }
}

/// An argument, or the number of arguments, is not what the function takes.
public struct LuaArgumentError: LuaConvertibleError {
  /// The stable word.
  public var code: String { "argument" }
  /// The kind, for people.
  public var name: String { "bad argument" }
  /// What happened.
  public let message: String

  /// Makes an error with a complete message.
  public init(message: String) { self.message = message }
}

/// A field of an object that does not exist, or cannot be set.
struct LuaMemberError: LuaConvertibleError {
  var code: String { "field" }
  var name: String { "no such field" }
  let message: String
}

/// Something of a state was used after the state had been closed.
public struct LuaClosedError: LuaConvertibleError {
  /// The stable word.
  public var code: String { "closed" }
  /// The kind, for people.
  public var name: String { "closed" }
  /// What happened.
  public var message: String { "the Lua state is closed" }
}

/// A long operation noticed that it is to stop (Ctrl-C, a time limit).
public struct LuaInterrupted: LuaConvertibleError {
  /// The stable word.
  public var code: String { "interrupted" }
  /// The kind, for people.
  public var name: String { "interrupted" }
  /// What happened.
  public var message: String { "interrupted!" }

  /// Makes the error.
  public init() {}
}

/// What a callback into Lua raised; thrown on, it reaches the script unchanged.
public struct LuaScriptError: Error {
  /// The error value, of any type, which belongs to the thread of its state.
  nonisolated(unsafe) public let value: LuaReference
}
