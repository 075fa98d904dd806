@preconcurrency import Glibc
import LineEditor
import LuaRuntime

/// Completion of file names.
enum FileNames {
  /// How many names of a directory are looked at.
  private static let limit = 10_000

  static func complete(
    _ typed: String, start: Int, _ environment: ProcessEnvironment
  ) -> Completion {
    let folder = typed.lastIndex(of: "/").map { String(typed[...$0]) } ?? ""
    let prefix = typed.dropFirst(folder.count)
    let directory = folder.isEmpty ? "." : ShellContext.expanded(folder, environment)
    let candidates = names(in: directory).filter {
      $0.name.hasPrefix(prefix) && (prefix.hasPrefix(".") || !$0.name.hasPrefix("."))
    }.map { Candidate(folder + $0.name, suffix: $0.isFolder ? "/" : "") }
    return Completion(start: start, candidates: candidates)
  }

  /// The names in a directory, without the two that are in every one.
  static func names(in directory: String) -> [(name: String, isFolder: Bool)] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var found: [(String, Bool)] = []
    while found.count < limit, let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      var status = stat()
      let isFolder =
        stat("\(directory)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      found.append((name, isFolder))
    }
    return found.sorted { $0.0 < $1.0 }
  }
}

/// The modules that `require` would find.
enum Modules {
  static func names(_ state: LuaState) -> [String] {
    var names: Set<String> = []
    guard let package = try? state.global("package") else { return [] }
    for table in ["preload", "loaded"] {
      let entries = try? package.rawField(table).entries().entries
      for entry in entries ?? [] { entry.key.text.map { _ = names.insert($0) } }
    }
    let path = (try? package.rawField("path"))?.text ?? ""
    for pattern in path.split(separator: ";") {
      guard let mark = pattern.firstIndex(of: "?") else { continue }
      let folder = pattern[..<mark]
      guard folder.isEmpty || folder.hasSuffix("/") else { continue }
      let suffix = pattern[pattern.index(after: mark)...]
      for item in FileNames.names(in: folder.isEmpty ? "." : String(folder)) {
        if !item.isFolder, item.name.hasSuffix(suffix), !suffix.isEmpty {
          names.insert(String(item.name.dropLast(suffix.count)))
        }
      }
    }
    return names.filter { !$0.isEmpty }.sorted()
  }
}
