import LuaRuntime
import Testing

@testable import Shell

@Suite struct DisplayTests {
  @Test func escapesWhatDrivesATerminal() {
    #expect(VisibleText.line("a\u{1B}[0m\n") == "a\\x1b[0m\\n")
    #expect(VisibleText.multiline("a\n\tb\u{7}") == "a\n\tb\\x07")
    #expect(VisibleText.line("\u{202E}\u{9B}") == "\\u{202e}\\u{9b}")
    #expect(VisibleText.literal([0x61, 0xFF, 0x22]) == "\"a\\xff\\\"\"")
  }

  @Test func measuresColumnsAndNotCharacters() {
    #expect(TextWidth.columns("abc") == 3)
    #expect(TextWidth.columns("日本") == 4)
    #expect(TextWidth.columns("e\u{301}") == 1)
    #expect(TextWidth.padded("日", to: 4) == "日  ")
  }

  @Test func alignsTables() {
    let table = TextTable(columns: ["name", "n"], rows: [["日本", "1"], ["a", "22"]])
    #expect(table.text() == "name   n\n----  --\n日本   1\na     22")
  }

  @Test func setsQuantitiesToTheRight() {
    for (cell, isRight) in [
      ("7", true), ("-0.5", true), ("1e+20", true), ("64K", true), ("1.5 µs", true),
      ("01:00.0", false), ("0x10", false), ("2G at 0x10", false), ("-", false),
    ] {
      let table = TextTable(columns: ["a long name", "x"], rows: [[cell, "x"]])
      #expect(table.text().split(separator: "\n")[2].hasPrefix(" ") == isRight, "\(cell)")
    }
  }

  @Test func breaksTheLastOfFewColumns() {
    let table = TextTable(columns: ["a", "text"], rows: [["1", "some words that are too long"]])
    #expect(
      table.text(width: 20) == "a  text\n-  -----------------\n1  some words that\n   are too long")
    #expect(table.text(width: 80) == table.text())
  }

  @Test func givesEachOfManyColumnsALine() {
    let table = TextTable(
      columns: ["one", "b", "c", "d"],
      rows: [["first", "", "x", "y"], ["second", "1", "2", "wide wide wide wide"]])
    #expect(
      table.text(width: 24)
        == "one  first\nb\nc    x\nd    y\n\none  second\nb    1\nc    2\nd    wide wide wide wide")
  }

  @Test func foldsText() {
    #expect(TextFold.lines("one two three four five", width: 16) == ["one two three", "four five"])
    #expect(TextFold.lines("日本日本日本日本日本", width: 16) == ["日本日本日本日本", "日本"])
    #expect(TextFold.lines("too narrow for words", width: 5) == ["too narrow for words"])
    #expect(TextFold.lines("", width: 20) == [""])
    #expect(
      TextFold.hanging("one two three four", indent: 4, width: 20) == "one two three\n    four")
    #expect(TextFold.hanging("one two three four", indent: 4, width: nil) == "one two three four")
  }

  @Test func keepsTheColoursOfAPromptAndNothingElse() {
    #expect(
      PromptText.shown("\u{1B}[1;31mx\u{1B}[0m> ", isDumb: false)
        == "\u{1}\u{1B}[1;31m\u{2}x\u{1}\u{1B}[0m\u{2}> ")
    #expect(PromptText.shown("\u{1B}[31mx> ", isDumb: true) == "x> ")
    #expect(PromptText.shown("\u{1B}[2J\u{1B}", isDumb: false) == "\\x1b[2J\\x1b")
    #expect(PromptText.shown("\u{1}\u{1B}[31m\u{2}x", isDumb: false) == "\u{1}\u{1B}[31m\u{2}x")
  }

  @Test func writesWhatXMLCanHold() {
    #expect(JUnitReport.escaped("<a&\"\u{1B}\u{0}]]>\n") == "&lt;a&amp;&quot;\\x1b\\x00]]&gt;\n")
  }

  @Test func readsSizesOfMemory() {
    #expect(MemorySize(argument: "64M")?.bytes == 64 << 20)
    #expect(MemorySize(argument: "4k")?.bytes == 4096)
    #expect(MemorySize(argument: "1000")?.bytes == 1000)
    for wrong in ["", "M", "-1", "0", "99999999999T", "1.5G", "x"] {
      #expect(MemorySize(argument: wrong) == nil)
    }
  }

  @Test func decidesAboutColoursOnce() {
    let environment = ProcessEnvironment()
    #expect(ColorChoice.always.isOn(isTerminal: false, environment))
    #expect(!ColorChoice.never.isOn(isTerminal: true, environment))
  }

  @Test func drawsBars() throws {
    #expect(Plot.spark([0, 7], isUnicode: true) == "▁█")
    #expect(Plot.spark([3, 3], isUnicode: false) == "__")
    #expect(Plot.spark([], isUnicode: true) == "")
    #expect(throws: CommandError.self) {
      try Plot.bars(.list([.string("x")]), isUnicode: true)
    }
  }

  @Test func shardsCoverAllFilesOnce() {
    let files = (1...11).map { "f\($0)" }
    let parts = (1...3).compactMap { TestShard("\($0)/3") }.map { TestFiles.shard(files, $0) }
    #expect(parts.count == 3)
    #expect(parts.flatMap(\.self).sorted() == files.sorted())
    #expect(TestFiles.shuffled(files, seed: 7) == TestFiles.shuffled(files, seed: 7))
    #expect(TestFiles.shuffled(files, seed: 7).sorted() == files.sorted())
  }

  @Test func statusesAreDistinctAndListed() {
    let codes = ExitStatus.allCases.map(\.rawValue)
    #expect(Set(codes).count == codes.count)
    #expect(ExitStatus.allCases.allSatisfy { ExitStatus.table.contains($0.meaning) })
  }
}
