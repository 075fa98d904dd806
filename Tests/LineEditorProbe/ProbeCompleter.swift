import LineEditor

/// Completes from fixed lists, one for each shape that a shell's completer produces.
enum ProbeCompleter {
  static func complete(_ request: CompletionRequest) -> Completion {
    let typed = request.typed
    if typed.hasSuffix("(") {
      return Completion(start: request.cursor, candidates: [], hint: "map(dva, length) -> mapping")
    }
    if let quote = typed.lastIndex(of: "\"") {
      let names = ["my-file one.lua", "my-file two.lua", "other.lua"]
      return words(names.map { Candidate($0) }, after: typed.index(after: quote), request)
    }
    if let dot = typed.lastIndex(where: { $0 == "." || $0 == ":" }) {
      let fields = [Candidate("domain", suffix: "."), Candidate("root_complex", suffix: ".")]
      return words(fields, after: typed.index(after: dot), request)
    }
    let start = typed.lastIndex(of: " ").map { typed.index(after: $0) } ?? typed.startIndex
    if typed[start...].hasPrefix("many") {
      return words((100..<250).map { Candidate("many\($0)") }, after: start, request)
    }
    let names = [
      Candidate("machine", suffix: "."), Candidate("map", suffix: "("),
      Candidate("map_sg", suffix: "("), Candidate("größe", suffix: "("),
      Candidate("bad\u{1b}[31m"), Candidate("bad\nline"),
    ]
    return words(names, after: start, request)
  }

  private static func words(
    _ all: [Candidate], after start: String.Index, _ request: CompletionRequest
  ) -> Completion {
    let offset = request.line.utf8.distance(from: request.line.startIndex, to: start)
    return Completion(start: offset, candidates: all)
  }
}
