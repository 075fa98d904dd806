@preconcurrency import Glibc

/// The environment variables that dvmash reads; `-E` hides its own, Lua's stay for scripts.
public struct ProcessEnvironment: Sendable {
  /// Whether `DVMASH_*` and `LUA_*` variables are ignored.
  public var ignoresOwn: Bool

  /// Makes an environment.
  public init(ignoresOwn: Bool = false) { self.ignoresOwn = ignoresOwn }

  /// The value of a variable, `nil` where it is not set.
  public func value(_ name: String) -> String? {
    if ignoresOwn, name.hasPrefix("DVMASH_") || name.hasPrefix("LUA_") { return nil }
    return getenv(name).map { String(cString: $0) }
  }

  /// The value of a variable that is set and not empty.
  public func nonEmpty(_ name: String) -> String? {
    value(name).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// An absolute directory of the XDG specification; a relative value counts as unset.
  func directory(_ name: String, below home: String) -> String? {
    if let given = nonEmpty(name), given.hasPrefix("/") { return given }
    return nonEmpty("HOME").map { "\($0)/\(home)" }
  }

  /// The rc files that are read at the start of a prompt: the system's, then the user's.
  var startupFiles: [String] {
    let system = (nonEmpty("XDG_CONFIG_DIRS") ?? "/etc/xdg").split(separator: ":")
      .filter { $0.hasPrefix("/") }.map { "\($0)/dvmash/init.lua" }
    let user = directory("XDG_CONFIG_HOME", below: ".config").map { "\($0)/dvmash/init.lua" }
    return (system.reversed() + [user].compactMap(\.self)).filter { access($0, R_OK) == 0 }
  }

  /// Runs code without Lua's variables, where they are to be ignored: liblua reads them itself.
  func withoutLuaVariables<Value>(_ body: () throws -> Value) rethrows -> Value {
    guard ignoresOwn else { return try body() }
    let names = ["LUA_PATH", "LUA_CPATH", "LUA_INIT"].flatMap { [$0, $0 + "_5_4"] }
    let saved = names.map { ($0, getenv($0).map { String(cString: $0) }) }
    for name in names { unsetenv(name) }
    defer {
      for case (let name, let value?) in saved { setenv(name, value, 1) }
    }
    return try body()
  }
}
