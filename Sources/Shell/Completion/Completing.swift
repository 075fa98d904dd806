import LineEditor
import LuaRuntime

/// Completes what is typed without running any code: raw looks and the registry.
struct Completing {
  let context: ShellContext
  /// The lines of the block before this one.
  let block: [String]

  func complete(_ request: CompletionRequest) -> Completion {
    guard let state = try? context.session().state else { return .none }
    let typed = String(request.typed)
    if block.isEmpty, typed.hasPrefix("\\") { return command(typed) }
    let before = block.isEmpty ? "" : block.joined(separator: "\n") + "\n"
    let scan = LineScan(before + typed)
    let offset = before.utf8.count
    if scan.isComment { return .none }
    if let string = scan.string {
      return inString(scan, string, offset: offset, state)
    }
    return inCode(scan, offset: offset, state)
  }

  // MARK: - Code

  private func inCode(_ scan: LineScan, offset: Int, _ state: LuaState) -> Completion {
    let end = scan.bytes.count
    let start = scan.pathStart(before: end)
    let text = String(decoding: scan.bytes[start...], as: UTF8.self)
    if text.isEmpty, let bracket = scan.brackets.last, bracket.inside == end,
      bracket.character == UInt8(ascii: "("), let hint = Signature.hint(bracket.callee, state)
    {
      return Completion(start: end - offset, candidates: [], hint: hint)
    }
    if let options = options(scan, text, start - offset, state) { return options }
    guard let path = TypedPath(text), start >= offset else { return .none }
    let wordStart = end - path.partial.utf8.count - offset
    var members = (try? state.members(ofPath: path.steps)) ?? []
    if path.separator == ":" { members = members.filter(\.isCallable) }
    let hidesInternal = !path.partial.hasPrefix("_")
    var candidates = members.filter {
      LuaNames.isIdentifier($0.name) && !(hidesInternal && $0.name.hasPrefix("_"))
    }.map { Candidate($0.name, suffix: $0.isCallable ? "(" : $0.hasMembers ? "." : "") }
    if path.separator == nil, !path.partial.isEmpty {
      candidates += LuaNames.keywords.map { Candidate($0) }
    }
    return Completion(start: wordStart, candidates: candidates)
  }

  /// The names of the options, in the table argument of a call.
  private func options(
    _ scan: LineScan, _ text: String, _ start: Int, _ state: LuaState
  ) -> Completion? {
    guard let bracket = scan.brackets.last, bracket.character == UInt8(ascii: "{"), start >= 0,
      text.utf8.allSatisfy(LuaNames.isNameByte), isFieldPosition(scan, bracket, text),
      let fields = Signature.options(of: bracket.callee, state)
    else { return nil }
    let given = Self.givenNames(scan.bytes[bracket.inside...])
    return Completion(
      start: start,
      candidates: fields.map(\.name).filter { !given.contains($0) }
        .map { Candidate($0, suffix: " = ") })
  }

  /// Whether a name begins a field here: after the brace or a separator.
  private func isFieldPosition(
    _ scan: LineScan, _ bracket: LineScan.Bracket, _ text: String
  ) -> Bool {
    var index = scan.bytes.count - text.utf8.count
    while index > bracket.inside, [0x20, 0x0A, 0x09].contains(scan.bytes[index - 1]) { index -= 1 }
    if index == bracket.inside { return true }
    return [UInt8(ascii: ","), UInt8(ascii: ";")].contains(scan.bytes[index - 1])
  }

  private static func givenNames(_ bytes: ArraySlice<UInt8>) -> Set<String> {
    var names: Set<String> = []
    for part in bytes.split(whereSeparator: { [UInt8(ascii: ","), UInt8(ascii: ";")].contains($0) })
    {
      guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
      names.insert(Trim.spaces(String(decoding: part[..<equals], as: UTF8.self)))
    }
    return names
  }

  // MARK: - Strings

  private func inString(
    _ scan: LineScan, _ string: LineScan.OpenString, offset: Int, _ state: LuaState
  ) -> Completion {
    guard string.start >= offset else { return .none }
    let typed = String(decoding: scan.bytes[string.start...], as: UTF8.self)
    let head = Trim.spaces(String(decoding: scan.bytes[..<(string.start - 1)], as: UTF8.self))
    let quote = String(UnicodeScalar(string.quote))
    let start = string.start - offset
    func words(_ names: [String]) -> Completion {
      Completion(start: start, candidates: names.map { Candidate($0, suffix: quote) })
    }
    if head.hasSuffix("require") || head.hasSuffix("require(") {
      return words(Modules.names(state))
    }
    if head.hasSuffix("hypercall(") || head.hasSuffix("hypercall") {
      return words(Signature.hypercalls(state))
    }
    if let bracket = scan.brackets.last, let choices = choices(scan, bracket, string, state) {
      return words(choices)
    }
    return FileNames.complete(typed, start: start, context.environment)
  }

  /// The words that an option or an argument of words takes.
  private func choices(
    _ scan: LineScan, _ bracket: LineScan.Bracket, _ string: LineScan.OpenString,
    _ state: LuaState
  ) -> [String]? {
    let inside = scan.bytes[bracket.inside..<(string.start - 1)]
    if bracket.character == UInt8(ascii: "{") {
      let separators = [UInt8(ascii: ","), UInt8(ascii: ";")]
      let field = inside.split(omittingEmptySubsequences: false) { separators.contains($0) }.last
      guard let field, let equals = field.firstIndex(of: UInt8(ascii: "=")) else { return nil }
      let name = Trim.spaces(String(decoding: field[..<equals], as: UTF8.self))
      let options = Signature.options(of: bracket.callee, state)
      let found = options?.first { $0.name == name }?.type.choices ?? []
      return found.isEmpty ? nil : found
    }
    guard bracket.character == UInt8(ascii: "("),
      let function = Signature.declaration(bracket.callee, state)
    else { return nil }
    let position = inside.count { $0 == UInt8(ascii: ",") }
    guard function.parameters.indices.contains(position) else { return nil }
    let found = function.parameters[position].type.choices
    return found.isEmpty ? nil : found
  }

  // MARK: - Commands

  private func command(_ typed: String) -> Completion {
    guard let space = typed.firstIndex(of: " ") else {
      return Completion(
        start: 0,
        candidates: BackslashCommand.all.map {
          Candidate("\\" + $0.name, suffix: $0.operands.isEmpty ? "" : " ")
        })
    }
    let name = typed[typed.index(after: typed.startIndex)..<space]
    let start =
      typed.utf8.count
      - (typed.split(separator: " ", omittingEmptySubsequences: false)
        .last?.utf8.count ?? 0)
    let words = typed.split(separator: " ", omittingEmptySubsequences: false)
    let isFirst = words.count == 2
    func names(_ names: [String]) -> Completion {
      Completion(start: start, candidates: names.map { Candidate($0) })
    }
    switch BackslashCommand.named(String(name))?.name {
    case "set" where isFirst:
      return Completion(
        start: start, candidates: Settings.names.map { Candidate($0, suffix: " ") })
    case "set" where words.count == 3: return names(Settings.values(of: String(words[1])))
    case "timing", "trace": return isFirst ? names(Settings.values(of: String(name))) : .none
    case "reset": return isFirst ? names(["all"]) : .none
    case "help", "apropos":
      guard isFirst, let state = try? context.session().state else { return .none }
      return names(HelpCatalog(state.registry).entries.map(\.name))
    case "ls":
      guard isFirst, let state = try? context.session().state else { return .none }
      return names(ShellContext.inventoryKinds + state.registry.types.map(\.name))
    case "show", "timeit", "watch":
      guard let state = try? context.session().state else { return .none }
      return inCode(LineScan(typed), offset: 0, state)
    case "load", "save", "o":
      return FileNames.complete(String(words.last ?? ""), start: start, context.environment)
    default: return .none
    }
  }
}
