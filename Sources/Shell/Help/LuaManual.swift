/// Where the manual of Lua 5.4 explains the functions of its own libraries.
enum LuaManual {
  private static let libraries: Set<String> = [
    "coroutine", "debug", "io", "math", "os", "package", "string", "table", "utf8",
  ]

  private static let functions: Set<String> = [
    "assert", "collectgarbage", "dofile", "error", "getmetatable", "ipairs", "load", "loadfile",
    "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "require",
    "select", "setmetatable", "tonumber", "tostring", "type", "warn", "xpcall",
  ]

  /// The page about a name such as `string.format`, in brackets; `nil` for names that are not Lua's.
  static func reference(_ name: String) -> String? {
    let isKnown =
      name.firstIndex(of: ".").map { libraries.contains(String(name[..<$0])) }
      ?? functions.contains(name)
    return isKnown ? " (https://www.lua.org/manual/5.4/manual.html#pdf-\(name))" : nil
  }
}
