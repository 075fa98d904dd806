import Foundation
import LineEditor
import Testing

@Suite("History file") struct HistoryFileTests {
  /// A directory of its own for each test, removed afterwards.
  private func withDirectory(_ body: (String) throws -> Void) throws {
    let name = "dvmash-history-\(UUID().uuidString)"
    let directory = FileManager.default.temporaryDirectory.appending(path: name)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory.path)
  }

  private func mode(_ path: String) throws -> Int? {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue
  }

  private func entries(_ texts: [String]) -> [HistoryEntry] {
    texts.enumerated().map { HistoryEntry(text: $0.element, time: 100 + $0.offset) }
  }

  @Test("a missing file is an empty history")
  func missingFile() throws {
    try withDirectory { directory in
      let entries = try HistoryFile(path: directory + "/none").load()
      #expect(entries.isEmpty)
    }
  }

  @Test("the file and its directories are made for their owner only")
  func modes() throws {
    try withDirectory { directory in
      let file = HistoryFile(path: directory + "/state/dvmash/history")
      try file.append(HistoryEntry(text: "x", time: 1))
      #expect(try mode(file.path) == 0o600)
      #expect(try mode(directory + "/state/dvmash") == 0o700)
      #expect(try mode(directory + "/state") == 0o700)
    }
  }

  @Test("entries of two shells are all kept, in the order in which they came")
  func twoShells() throws {
    try withDirectory { directory in
      let one = HistoryFile(path: directory + "/history")
      let two = HistoryFile(path: directory + "/history")
      let all = entries(["a", "b\nc", "d", "e"])
      for (index, entry) in all.enumerated() {
        try (index.isMultiple(of: 2) ? one : two).append(entry)
      }
      #expect(try one.load() == all)
    }
  }

  @Test("reading shortens the file to the limit, without losing what comes after")
  func limit() throws {
    try withDirectory { directory in
      let all = entries((1...20).map(String.init))
      let path = directory + "/history"
      for entry in all { try HistoryFile(path: path).append(entry) }
      let short = HistoryFile(path: path, limit: 5)
      #expect(try short.load() == Array(all.suffix(5)))
      try short.append(HistoryEntry(text: "new", time: 9))
      let kept = try HistoryFile(path: path).load().map(\.text)
      #expect(kept == ["16", "17", "18", "19", "20", "new"])
      #expect(try mode(path) == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["history"])
    }
  }

  @Test("a link stays a link when its file is shortened")
  func link() throws {
    try withDirectory { directory in
      let target = directory + "/target", link = directory + "/history"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
      for entry in entries(["a", "b"]) { try HistoryFile(path: link).append(entry) }
      let entry = HistoryEntry(text: "c", time: 200)
      try HistoryFile(path: link).append(entry)
      #expect(try HistoryFile(path: link, limit: 1).load() == [entry])
      #expect(try HistoryFile(path: target).load() == [entry])
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
    }
  }

  @Test("an entry after an unfinished line begins on a line of its own")
  func unfinishedLine() throws {
    try withDirectory { directory in
      let path = directory + "/history"
      try Data("#5\nunfinished".utf8).write(to: URL(filePath: path))
      try HistoryFile(path: path).append(HistoryEntry(text: "next", time: 6))
      let texts = try HistoryFile(path: path).load().map(\.text)
      #expect(texts == ["unfinished", "next"])
    }
  }

  @Test("what is not a file is refused with a message that names it")
  func notAFile() throws {
    try withDirectory { directory in
      for path in [directory, "/dev/zero"] {
        let error = #expect(throws: HistoryError.self) {
          try HistoryFile(path: path).load()
        }
        #expect(error?.message.contains(path) == true)
      }
      let inside = directory + "/file"
      try Data().write(to: URL(filePath: inside))
      #expect(throws: HistoryError.self) {
        try HistoryFile(path: inside + "/history").append(HistoryEntry(text: "x", time: 1))
      }
    }
  }

  @Test("a limit of nothing keeps nothing")
  func noLimit() throws {
    try withDirectory { directory in
      let file = HistoryFile(path: directory + "/history", limit: 0)
      try file.append(HistoryEntry(text: "x", time: 1))
      #expect(!FileManager.default.fileExists(atPath: file.path))
    }
  }

  @Test(
    "the environment says where the history is",
    arguments: [
      (["HOME": "/h"], "/h/.local/state/dvmash/history"),
      (["HOME": "/h", "XDG_STATE_HOME": "/s"], "/s/dvmash/history"),
      (["HOME": "/h", "XDG_STATE_HOME": "relative"], "/h/.local/state/dvmash/history"),
      (["HOME": "/h", "XDG_STATE_HOME": ""], "/h/.local/state/dvmash/history"),
      (["HOME": "/h", "DVMASH_HISTFILE": "mine"], "mine"),
      (["HOME": "/h", "DVMASH_HISTFILE": ""], nil),
      (["HOME": "relative"], nil),
      ([:], nil),
    ] as [([String: String], String?)])
  func location(environment: [String: String], path: String?) {
    #expect(HistoryFile { environment[$0] }?.path == path)
  }

  @Test(
    "the environment says how long it is",
    arguments: [
      (nil, 10_000), ("25", 25), ("0", 0), ("-3", 0), ("many", 10_000), ("", 10_000),
      ("99999999999999999999", 10_000),
    ] as [(String?, Int)])
  func size(value: String?, limit: Int) {
    let file = HistoryFile { ["DVMASH_HISTFILE": "/x", "DVMASH_HISTSIZE": value][$0] ?? nil }
    #expect(file?.limit == limit)
  }

  @Test("blanks, repeats and what begins with a space are left out")
  func worthKeeping() {
    #expect(HistoryEntry.isWorthKeeping("x", after: nil))
    #expect(HistoryEntry.isWorthKeeping("x", after: "y"))
    #expect(!HistoryEntry.isWorthKeeping("x", after: "x"))
    #expect(!HistoryEntry.isWorthKeeping("", after: nil))
    #expect(!HistoryEntry.isWorthKeeping("\t\n ", after: nil))
    #expect(!HistoryEntry.isWorthKeeping(" secret", after: nil))
  }
}
