import LineEditor
import Sun4v
import Testing

@Suite("History format") struct HistoryFormatTests {
  private func decode(_ text: String) -> [HistoryEntry] { HistoryFormat.decode(Array(text.utf8)) }

  private func roundTrip(_ entries: [HistoryEntry]) -> [HistoryEntry] {
    HistoryFormat.decode(entries.flatMap(HistoryFormat.encode))
  }

  @Test("an entry is a timestamp line and its own lines")
  func encodes() {
    let bytes = HistoryFormat.encode(
      HistoryEntry(text: "for i = 1, 3 do\nend", time: 1_700_000_000))
    #expect(String(decoding: bytes, as: UTF8.self) == "#1700000000\nfor i = 1, 3 do\nend\n")
  }

  @Test(
    "what was typed comes back exactly",
    arguments: [
      "x", "a\nb", "s = [[\n\n\n]]", "a\r\nb", "tab\tinside", "# a comment", "#notatime", "größe",
      "a\n",
      "#12x", "x\n-- #1",
    ])
  func roundTrips(text: String) {
    let entries = [HistoryEntry(text: text, time: 7), HistoryEntry(text: "next", time: 8)]
    #expect(roundTrip(entries) == entries)
  }

  @Test("a line that looks like a timestamp gets a space and stays in its entry")
  func escapesTimestamps() {
    let entries = [HistoryEntry(text: "s = [[\n#1700000000\n]]", time: 7)]
    #expect(roundTrip(entries).map(\.text) == ["s = [[\n #1700000000\n]]"])
  }

  @Test("a file without timestamps has an entry on each line")
  func readsPlainLines() {
    #expect(decode("one\n\ntwo\n").map(\.text) == ["one", "two"])
    #expect(decode("one\n#5\ntwo\nthree").map(\.text) == ["one", "two\nthree"])
  }

  @Test("timestamps without text are left out")
  func skipsEmptyEntries() {
    #expect(decode("#1\n#2\n\n#3\nx\n").map(\.text) == ["x"])
    #expect(decode("") == [])
    #expect(decode("#99999999999999999999999\nx\n") == [HistoryEntry(text: "x", time: 0)])
  }

  @Test("any bytes are accepted, and what was read reads the same again")
  func survivesAnyBytes() {
    var generator = SeededGenerator(seed: 11)
    let alphabet = Array("#0123\n\n\r \u{e9}x".utf8) + [0x00, 0xff, 0xc3, 0xe2, 0x80]
    for _ in 0..<2_000 {
      let count = Int.random(in: 0...40, using: &generator)
      let bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      let once = HistoryFormat.decode(bytes)
      #expect(roundTrip(once) == once, "\(bytes)")
    }
  }
}
