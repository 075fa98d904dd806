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

  /// The values of an option of one letter with the bytes that they were given in, in order.
  static func values(
    _ texts: [String], of letter: Character, in commandLine: [String]
  ) -> [LuaValue] {
    let option = "-\(letter)"
    let words = words(commandLine)
    var next = 1
    return texts.map { text in
      while next < words.count {
        defer { next += 1 }
        let isSeparate = commandLine[next] == text && commandLine[next - 1] == option
        guard isSeparate || commandLine[next] == option + text else { continue }
        guard case .bytes(let bytes) = words[next] else { return .string(text) }
        return .bytes(Array(bytes.dropFirst(isSeparate ? 0 : option.utf8.count)))
      }
      return .string(text)
    }
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
