import LineEditor
import Sun4v
import Testing

@Suite("Completion") struct CompletionTests {
  @Test("a cursor outside the line or inside a character is put right")
  func cursor() {
    #expect(CompletionRequest(line: "größe", cursor: 3).cursor == 2)
    #expect(CompletionRequest(line: "größe", cursor: 99).cursor == 7)
    #expect(CompletionRequest(line: "größe", cursor: -1).cursor == 0)
    #expect(CompletionRequest(line: "größe", cursor: 4).typed == "grö")
  }

  @Test("only candidates that continue what is typed are offered")
  func prefix() {
    let request = CompletionRequest(line: "m.do", cursor: 4)
    let found = Completion(start: 2, candidates: [Candidate("domain"), Candidate("map")])
    #expect(found.sanitized(for: request).candidates == [Candidate("domain")])
  }

  @Test("names that would write to the terminal are not offered, and hints are one line")
  func controls() {
    let request = CompletionRequest(line: "", cursor: 0)
    let found = Completion(
      start: 0, candidates: [Candidate("a\u{1b}"), Candidate("b\0"), Candidate("c", suffix: "\n")],
      hint: "a\nb\u{1b}")
    let sanitized = found.sanitized(for: request)
    #expect(sanitized.candidates == [])
    #expect(sanitized.hint == "a b ")
  }

  @Test("any start gives a word that lies in the line")
  func starts() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let length = Int.random(in: 0...6, using: &generator)
      let line = String(
        (0..<length).map { _ in "aö\u{1F600}.".randomElement(using: &generator) ?? "a" })
      let request = CompletionRequest(line: line, cursor: .random(in: -2...20, using: &generator))
      let start = Int.random(in: -3...20, using: &generator)
      let result = Completion(start: start, candidates: [Candidate(line)]).sanitized(for: request)
      #expect((0...request.cursor).contains(result.start))
    }
  }
}
