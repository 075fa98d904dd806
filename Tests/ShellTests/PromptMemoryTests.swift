import LineEditor
import LuaRuntime
import Testing

@testable import Shell

/// Refuses memory to Lua at every point in turn of what a person types.
///
/// Whatever is refused, the prompt says so and takes the next line.
@Suite(.serialized) struct PromptMemoryTests {
  /// What is typed, in pieces that are tried on their own.
  static let pieces: [[String]] = [
    ["{ 1, { 2, 'x' }, [print] = m }"],
    ["for i = 1, 2 do", "last = { i }", "end"],
    ["error({ code = 'mine', detail = {} })"],
    ["x = )"],
    ["bus:picture()"],
    ["m:record { every = 100 }:chart { height = 4 }"],
    ["\\ls", "\\ls domains", "\\ls iotsbs"],
    ["\\show { m, bus }", "\\stats"],
    ["\\help domain", "m.boot?", "\\apropos grant"],
    ["\\set format json", "m.domains", "\\set format lua"],
    ["\\set format table", "{ { a = 1 }, { b = m } }", "\\set format lua"],
    ["\\timeit 1 + 1", "\\watch 1 +"],
    ["_PROMPT = function() return 'x' .. #m.domains end"],
  ]

  /// A prompt with a machine, whose output nobody sees.
  final class Bench {
    let context: ShellContext
    let prompt: Prompt

    init() throws {
      var options = RunOptions()
      options.ignoresEnvironment = true
      options.seed = 1
      context = ShellContext(options)
      context.hasPrompt = true
      context.output = try OutputFile("/dev/null")
      context.complaints = try OutputFile("/dev/null")
      let editor = try LineEditor(historyFile: nil)
      context.editor = editor
      prompt = Prompt(context, editor)
      try context.session().state.run(
        """
        m = sun4v.machine { seed = 42 }
        bus = m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "64M" } }
        m:add_domain { name = "ldg1", memory = "16M" }
        m:boot()
        """, name: "=test")
    }

    deinit { context.closeSession() }

    func type(_ lines: [String]) {
      for line in lines { #expect(prompt.accept(line) == nil, "\(line)") }
      _ = prompt.promptText()
    }
  }

  @Test(arguments: [2, UInt64.max])
  func thePromptGoesOn(width: UInt64) throws {
    let bench = try Bench()
    let state = try bench.context.session().state
    var walked: UInt64 = 0
    for lines in Self.pieces {
      bench.type(lines)
      var point: UInt64 = 1
      while true {
        let before = state.statistics?.refusals
        state.failGrowth(first: point, width: width)
        bench.type(lines)
        state.failGrowth(first: 0, width: 0)
        bench.type(["\\c", "\\set format lua", "40 + 2"])
        #expect(try state.global("_").integer == 42, "\(lines), point \(point)")
        guard state.statistics?.refusals != before else { break }
        point += 1
      }
      walked += point
    }
    #expect(walked > 200)
  }
}
