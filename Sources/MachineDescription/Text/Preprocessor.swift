/// The part of the C preprocessor's traditional mode that machine descriptions are written with.
///
/// Supported, and nothing else: `/* */` comments, which paste what they stand between; `#include
/// "file"`; `#define` of macros with and without parameters, with lines continued by `\`; `#undef`;
/// `#ifdef`, `#ifndef`, `#else`, `#endif`; and line markers `# 12 "file"`. A directive starts with `#`
/// in column 1; property names such as `#msi` must be indented. Macro names are C identifiers, so in
/// `max-cpus` both `max` and `cpus` are looked for, and numbers and strings are not, but a parameter
/// counts inside the strings of its macro's body. Source: Sun's description compiler, whose texts are
/// preprocessed before its lexer sees them.
struct Preprocessor {
  private(set) var files: [String] = []
  private(set) var output = SourceText()
  private let loader: IncludeLoader
  private var fileNumbers: [String: Int] = [:]
  private var expander = MacroExpander()
  private var totalBytes = 0
  private var pending = SourceText()

  init(loader: @escaping IncludeLoader) { self.loader = loader }

  func position(_ origin: SourceText.Origin) -> SourcePosition {
    let file = Int(origin.file)
    return SourcePosition(
      file: files.indices.contains(file) ? files[file] : "", line: Int(origin.line),
      column: Int(origin.column))
  }

  private func error(
    _ code: CompileError.Code, _ origin: SourceText.Origin, _ message: String
  ) -> CompileError {
    CompileError(code: code, position: position(origin), message: message)
  }

  /// Works through a file and everything it includes.
  mutating func process(_ source: [UInt8], file: String) throws(CompileError) {
    try process(source, file: file, depth: 0, at: nil)
    try flush()
  }

  private mutating func number(ofFile name: String) -> Int {
    if let known = fileNumbers[name] { return known }
    fileNumbers[name] = files.count
    files.append(name)
    return files.count - 1
  }

  private mutating func process(
    _ source: [UInt8], file: String, depth: Int, at origin: SourceText.Origin?
  ) throws(CompileError) {
    let number = number(ofFile: file)
    let start = SourceText.Origin(file: Int32(truncatingIfNeeded: number), line: 1, column: 1)
    totalBytes += source.count
    guard totalBytes <= CompileLimit.text else {
      throw error(
        .limit, origin ?? start, "the text has more than \(CompileLimit.text) bytes in all")
    }
    guard depth <= CompileLimit.includeDepth else {
      throw error(
        .limit, origin ?? start,
        "files include one another deeper than \(CompileLimit.includeDepth)")
    }
    let text: SourceText
    do {
      text = try CommentStripper.strip(source, file: number)
    } catch {
      throw self.error(error.code, error.origin, error.message)
    }
    try process(text, file: file, depth: depth)
  }

  /// One `#ifdef` that is open: where, whether its text counts, and whether `#else` has come.
  private struct Condition {
    let origin: SourceText.Origin
    var isTrue: Bool
    var hasElse = false
  }

  private mutating func process(
    _ text: SourceText, file: String, depth: Int
  ) throws(CompileError) {
    var conditions: [Condition] = []
    var marker: (file: Int32, lines: Int32)?
    var index = 0
    while index < text.count {
      var end = Self.endOfLine(text, from: index)
      guard text.bytes[index] == UInt8(ascii: "#") else {
        if conditions.allSatisfy(\.isTrue) {
          for place in index..<end {
            var origin = text.origin(at: place)
            if let marker {
              origin.file = marker.file
              origin.line &+= marker.lines
            }
            pending.append(text.bytes[place], origin)
          }
        }
        index = end
        continue
      }
      while end < text.count, end >= index + 2, text.bytes[end - 2] == UInt8(ascii: "\\") {
        end = Self.endOfLine(text, from: end)
      }
      let directive = Directive(text, index..<end)
      index = end
      if let line = directive.markedLine {
        let name = directive.quotedName ?? file
        let first = text.origin(at: end - 1).line + 1
        marker = (Int32(truncatingIfNeeded: number(ofFile: name)), line &- first)
        continue
      }
      try run(directive, conditions: &conditions, file: file, depth: depth)
    }
    if let open = conditions.last {
      throw error(.directive, open.origin, "the condition is not closed by #endif in its file")
    }
  }

  private mutating func run(
    _ directive: Directive, conditions: inout [Condition], file: String, depth: Int
  ) throws(CompileError) {
    let origin = directive.origin
    let counts = conditions.allSatisfy(\.isTrue)
    switch directive.word {
    case "ifdef", "ifndef":
      guard let name = directive.name else {
        throw error(.directive, origin, "#\(directive.word) wants the name of a macro")
      }
      guard conditions.count < CompileLimit.nesting else {
        throw error(.limit, origin, "conditions are nested deeper than \(CompileLimit.nesting)")
      }
      let isDefined = expander.macros[name] != nil
      conditions.append(
        Condition(origin: origin, isTrue: isDefined == (directive.word == "ifdef")))
    case "else":
      guard let last = conditions.indices.last, !conditions[last].hasElse else {
        throw error(.directive, origin, "#else without an open #ifdef or #ifndef")
      }
      conditions[last].isTrue.toggle()
      conditions[last].hasElse = true
    case "endif":
      guard conditions.popLast() != nil else {
        throw error(.directive, origin, "#endif without an open #ifdef or #ifndef")
      }
    case "define", "undef", "include":
      guard counts else { return }
      // Text before a change of the macros is expanded with the macros as they were.
      try flush()
      switch directive.word {
      case "define":
        guard let name = directive.name, let macro = directive.macro else {
          throw error(
            .macro, origin, "#define wants a name, or a name and its parameters in parentheses")
        }
        expander.macros[name] = macro
      case "undef":
        guard let name = directive.name else {
          throw error(.directive, origin, "#undef wants the name of a macro")
        }
        expander.macros[name] = nil
      default: try include(directive, file: file, depth: depth)
      }
    default:
      throw error(
        .directive, origin,
        "#\(directive.word) is no directive here; define, undef, include, ifdef, ifndef, else and "
          + "endif are, and a property name that starts with # must not stand in column 1")
    }
  }

  private mutating func include(
    _ directive: Directive, file: String, depth: Int
  ) throws(CompileError) {
    guard let name = directive.quotedName else {
      throw error(.include, directive.origin, "#include wants the name of a file in quotes")
    }
    guard let found = loader(name, file) else {
      throw error(.include, directive.origin, "the file \"\(name)\" cannot be read")
    }
    try process(found.bytes, file: found.name, depth: depth + 1, at: directive.origin)
    try flush()
  }

  private mutating func flush() throws(CompileError) {
    let text = pending
    pending.removeAll()
    do {
      output.append(try expander.expand(text))
    } catch {
      throw self.error(error.code, error.origin, error.message)
    }
  }

  private static func endOfLine(_ text: SourceText, from start: Int) -> Int {
    guard let end = text.bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
      return text.count
    }
    return end + 1
  }
}
