@preconcurrency import Glibc
import LuaRuntime

/// The words of the command line as Lua gets them: their bytes, which need not be text.
struct CommandLineWords {
  /// The script, or the program where there is none.
  let script: LuaValue
  /// What follows the script.
  let arguments: [LuaValue]
  /// What comes before the script.
  let before: [LuaValue]

  /// Takes the words apart.
  init(_ options: RunOptions) {
    let words = Self.words(options.commandLine)
    guard let script = options.script else {
      self.script = words.first ?? .string("dvmash")
      arguments = Array(words.dropFirst())
      before = []
      return
    }
    let position = words.count - options.arguments.count - 1
    guard position > 0 else {
      self.script = .string(script)
      arguments = options.arguments.map(LuaValue.string)
      before = []
      return
    }
    self.script = words[position]
    arguments = Array(words[(position + 1)...])
    before = Array(words[..<position])
  }

  /// The words with the bytes that the process was started with, where they are its own.
  private static func words(_ texts: [String]) -> [LuaValue] {
    guard texts == CommandLine.arguments else { return texts.map(LuaValue.string) }
    return texts.enumerated().map { index, text in
      guard let word = CommandLine.unsafeArgv[index] else { return .string(text) }
      let bytes = UnsafeRawBufferPointer(start: word, count: strlen(word))
      return text.utf8.elementsEqual(bytes) ? .string(text) : .bytes(Array(bytes))
    }
  }
}
