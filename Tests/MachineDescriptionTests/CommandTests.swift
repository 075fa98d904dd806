import MachineDescription
import TestSupport
import Testing

@Suite struct CommandTests {
  private typealias Commands = MachineDescriptionCommands

  private func input(_ text: String, _ name: String = "a.md") -> MachineDescriptionCommands.Input {
    .init(name: name, bytes: Array(text.utf8)) { name, _ in
      name == "common"
        ? IncludedFile(name: name, bytes: Array("#define SIZE 4K\n".utf8)) : nil
    }
  }

  @Test func dumpPrintsBothForms() throws {
    let bytes = try Fixture.small().encoded()
    let text = Commands.dump(.init(name: "dir/x.bin", bytes: bytes), format: .text)
    #expect(text.status == 0 && text.output == Fixture.small().text)
    let json = Commands.dump(.init(name: "dir/x.bin", bytes: bytes), format: .json)
    #expect(json.output.hasPrefix("{\n \"file\": \"x.bin\",\n \"bytes\": 528,"))
    #expect(Commands.dump(input(text.output), format: .json).output.contains("\"node_count\": 4"))
  }

  @Test func compileGivesBytes() throws {
    let outcome = Commands.compile(input("#include \"common\"\nnode root r { size = SIZE; }"))
    let graph = try MachineDescription(bytes: try #require(outcome.bytes))
    #expect(graph.root?.integer("size") == 4096)
    let failure = Commands.compile(input("node root r { size = ; }"))
    #expect(failure.status == 1 && failure.bytes == nil)
    #expect(failure.errors.hasPrefix("a.md:1:22: "))
  }

  @Test func lintCountsAndExits() throws {
    let bytes = try LintGraphTests.guest.encoded()
    let sound = Commands.lint(.init(name: "x", bytes: bytes), strict: true)
    #expect(sound.status == 0 && sound.output.contains("x: 0 errors, 0 warnings, "))
    let odd = MachineDescriptionCommands.Input(name: "x", bytes: bytes + [0])
    #expect(Commands.lint(odd).status == 0)
    #expect(Commands.lint(odd, strict: true).status == 1)
    let broken = Commands.lint(.init(name: "x", bytes: [0, 2]))
    #expect(broken.status == 1 && broken.output.contains("[truncated-header]"))
    #expect(Commands.rules().output.split(separator: "\n").count == LintRule.all.count)
  }

  @Test func diffExitsWithOneWhereThereIsSomething() throws {
    let first = input("node root r { size = 1; }")
    #expect(Commands.diff(first, first) == Commands.diff(first, first))
    #expect(Commands.diff(first, first).status == 0)
    let other = Commands.diff(first, input("node root q { size = 2; }", "b.md"))
    #expect(other.status == 1 && other.output == "~ / size = 1 -> 2\n")
    #expect(Commands.diff(first, input("", "b.md")).errors == "b.md: the file is empty\n")
    #expect(Commands.diff(first, .init(name: "c", bytes: [0, 1])).status == 1)
  }
}
