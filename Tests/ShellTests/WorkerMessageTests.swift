import Sun4v
import Testing

@testable import Shell

@Suite struct WorkerMessageTests {
  @Test(arguments: 0..<20) func carriesAnyText(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let alphabet = Array("ab%=\t\n\r\0\u{1B}ü€\u{1F600}09")
    for _ in 0..<100 {
      let text = String(
        (0..<Int.random(in: 0..<30, using: &generator)).map { _ in
          alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        })
      let line = WorkerMessage(["event": "end", "message": text]).line
      #expect(line.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1)
      let read = try #require(WorkerMessage(line: Array(line.utf8).dropLast()))
      #expect(read["message"] == text)
    }
  }

  @Test(arguments: 0..<20) func refusesOrReadsAnyBytes(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<200 {
      let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      if let message = WorkerMessage(line: bytes[...]) { #expect(message.fields["event"] != nil) }
    }
  }
}
