import Files
import Foundation
import Testing

@Suite struct FileBytesTests {
  @Test func whatIsWrittenIsRead() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "dvmash-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    try FileBytes.write(bytes, to: path)
    #expect(try FileBytes.read(path) == bytes)
    try FileBytes.write([1], to: path)
    #expect(try FileBytes.read(path) == [1])
  }

  @Test func onlyDirectoriesAreDirectories() throws {
    try FileBytes.checkDirectory(FileManager.default.temporaryDirectory.path)
    let file = try #require(throws: FileFailure.self) {
      try FileBytes.checkDirectory("/dev/null")
    }
    #expect("\(file)" == "/dev/null: cannot be written: Not a directory")
  }

  @Test func refusalsNameTheFileAndTheReason() throws {
    let missing = try #require(throws: FileFailure.self) { try FileBytes.read("/nonexistent/x") }
    #expect(missing.message == "/nonexistent/x: cannot be read: No such file or directory")
    let folder = try #require(throws: FileFailure.self) { try FileBytes.read("/") }
    #expect(folder.message.contains("Is a directory"))
    let written = try #require(throws: FileFailure.self) {
      try FileBytes.write([], to: "/nonexistent/x")
    }
    #expect(written.message.contains("cannot be written"))
  }

  @Test func namesDoNotEndAtANUL() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "dvmash-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let refused = try #require(throws: FileFailure.self) {
      try FileBytes.write([1], to: "\(folder)/a\0b")
    }
    #expect(refused.message.contains("cannot be written: Invalid argument"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    #expect(throws: FileFailure.self) { try FileBytes.read("/dev/null\0b") }
    #expect(throws: FileFailure.self) { try FileBytes.checkDirectory("/\0b") }
  }

  @Test(arguments: [
    ("a.h", "dir/b.pp", "dir/a.h"), ("a.h", "b.pp", "a.h"), ("/a.h", "dir/b.pp", "/a.h"),
  ])
  func siblingsAreLookedUpBesideTheOther(name: String, other: String, expected: String) {
    #expect(FileName.sibling(name, of: other) == expected)
  }

  @Test(arguments: [("a.txt", "a.bin"), ("dir/a", "dir/a.bin"), ("a.bin", "a.bin.bin")])
  func extensionsAreReplaced(name: String, expected: String) {
    #expect(FileName.replacingExtension(of: name, by: "bin") == expected)
  }
}
