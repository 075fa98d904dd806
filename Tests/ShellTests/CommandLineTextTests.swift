import Testing

@testable import Shell

@Suite struct CommandLineTextTests {
  @Test func takesNameAndOperandApart() {
    let line = CommandLineText("\\set  format json ")
    #expect(line.name == "set")
    #expect(line.operand == "format json")
    #expect(CommandLineText("\\!ls -l").name == "!")
    #expect(CommandLineText("\\!ls -l").operand == "ls -l")
    #expect(CommandLineText("\\?").name == "?")
    #expect(CommandLineText("\\").name == "")
  }

  @Test func findsWhereOutputGoes() throws {
    var line = CommandLineText("\\show { a = '> x' } > out file")
    #expect(try line.takeDestination() == .file("out file", append: false))
    #expect(line.operand == "{ a = '> x' }")
    line = CommandLineText("\\ls >> log")
    #expect(try line.takeDestination() == .file("log", append: true))
    line = CommandLineText("\\ls | sort | head")
    #expect(try line.takeDestination() == .pipe("sort | head"))
    line = CommandLineText("\\show (1 > 2)")
    #expect(try line.takeDestination() == .screen)
  }

  @Test func refusesOutputThatGoesNowhere() {
    var line = CommandLineText("\\ls >")
    #expect(throws: CommandError.self) { try line.takeDestination() }
  }

  @Test func everyCommandHasOneNameAndATwin() {
    let names = BackslashCommand.all.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    #expect(BackslashCommand.all.allSatisfy { !$0.twin.isEmpty && !$0.summary.isEmpty })
  }

  @Test func settingsReadBackWhatTheyTake() throws {
    var settings = Settings()
    for name in Settings.names {
      for value in Settings.values(of: name) {
        try settings.set(name, to: value)
        #expect(settings.text(of: name) == value)
      }
      #expect(throws: CommandError.self) { try settings.set(name, to: "no such value") }
    }
  }
}
