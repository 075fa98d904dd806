import Charts
import EngineBindings
import Foundation
import LuaRuntime
import TestSupport
import Testing

/// What scripts draw: windows as maps, and their use over time.
@Suite struct DrawingTests {
  private let mapped =
    provision + """
      local grant, buffer = ldg1:negotiate { pages = 4 }, ldg1:allocate("16K")
      local map = ldg1:map { buffer = buffer, grant = grant, device = net0 }
      ldg2:negotiate { pages = 40 }

      """

  @Test func pictureShowsEveryKindOfUse() throws {
    let text = try run(
      mapped + "return bus:picture { to = 0x82ffffff, height = 4, columns = 80 }")
    #expect(
      text.first == """
        DVA window of pci@400, at 16000 ns
        a cell is 64 pages of 8K; amounts are in pages
                            +0x0            +0x800000
        0x0000000080000000  ................................
        *
        0x0000000082000000  A:::::::::::::::::::::::::::::::  ldg1 4, ldg2 40
        A ldg1 mapped 2   a ldg1 granted 2   b ldg2 granted 40   : free 2004
        . private 4096
        """)
  }

  @Test func pictureOfADomainIsOfItsGrants() throws {
    let text = try run(mapped + "return ldg1.iotsb:picture {}")
    #expect(
      text.first == """
        DVA window of pci@400, the part of ldg1, at 16000 ns
        a cell is 1 page of 8K; amounts are in pages
                            +0x0
        0x0000000082000000  AAaa                              ldg1 4
        A ldg1 mapped 2   a ldg1 granted 2
        """)
  }

  @Test func guardsAndQuarantineAreShown() throws {
    let text = try run(
      """
      local m = sun4v.machine { seed = 1, guard = 1, quarantine = 100 }
      local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
      local ldg1 = m:add_domain { name = "ldg1" }
      m:boot()
      ldg1:negotiate { pages = 2 }
      ldg1:negotiate { pages = 3 }:release()
      local base = bus.reserved.base
      return bus:picture { from = base, to = base + 9 * 8192 - 1 }:text { columns = 80 }
      """)
    let lines = try #require(text.first).split(separator: "\n")
    #expect(lines[3] == "0x00000000c0000000  aa|~~~~::                         ldg1 2")
    #expect(lines.last == "a ldg1 granted 2   ~ quarantine 4   | guard 1   : free 2")
  }

  @Test func chartFollowsTheClock() throws {
    let text = try run(
      provision + """
        local r = m:record { every = 100 }
        local kept = {}
        for i = 1, 10 do kept[i] = ldg1:negotiate { pages = 80 } end
        for i = 1, 10, 2 do kept[i]:release() end
        return r:chart { lines = { "granted", "fragmentation" }, height = 7, columns = 60 },
          #r:samples()
        """)
    #expect(
      text.first == """
        Use of the DVA window of pci@400
        part of the reserved range
        20% +                                  ****
            |                           ********  ********
            |                   *********                ********
        10% +                ****                            oooooo
            |         ********                           ooooo
            |  ********                           oooooooo
         0% +oooooooooooooooooooooooooooooooooooooo
            +--------------+-----------------+----------------+----
                         20 us             30 us            40 us
                                                       virtual time
        * granted  o fragmentation
        """)
    #expect(text.last == "17")
  }

  @Test func theSameScriptDrawsTheSameBytes() throws {
    let chunk = mapped + "return bus:picture():svg(), m:record {}:chart():svg()"
    #expect(try run(chunk) == run(chunk))
    #expect(try run(chunk).allSatisfy { $0.hasPrefix("<svg ") && $0.hasSuffix("</svg>\n") })
  }

  @Test func drawingsAreWrittenToFiles() throws {
    let file = FileManager.default.temporaryDirectory.appending(
      path: "dvmash-drawing-\(UUID().uuidString).svg")
    defer { try? FileManager.default.removeItem(at: file) }
    let state = try makeEngineState()
    try state.run(
      mapped + "local d = bus:picture { file = (...) }\nwritten = d:svg()", name: "=test",
      arguments: [file.path])
    let written = try state.run("return written", name: "=test").map { state.guardedText($0) }
    #expect(try String(contentsOf: file, encoding: .utf8) == written.first)
  }

  @Test(arguments: [
    ("bus:picture { file = '/nowhere/at/all.svg' }", "/nowhere/at/all.svg"),
    ("bus:picture { hight = 3 }", "did you mean 'height'?"),
    ("m:record { every = 0 }", "every has to be at least 1"),
    ("m:record { limit = 3 }", "limit 16 to 100000"),
    ("m:record {}:chart { lines = { 'granded' } }", "did you mean 'granted'?"),
    ("sun4v.machine {}:record {}:chart()", "no root complex"),
    (
      "m:record {}:samples(sun4v.machine {}:domain('primary'):add_root_complex { name = 'p' })",
      "belongs to another machine"
    ),
  ])
  func refusalsSayWhatWouldBeRight(call: String, message: String) throws {
    let text = try run(provision + "return select(2, pcall(function() return \(call) end))")
    #expect(try #require(text.first).contains(message), "\(text)")
  }

  @Test func everySizeIsDrawn() throws {
    try run(
      mapped + """
        for _, size in ipairs { 0, 1, 20, 79, 1000, math.maxinteger } do
          local picture = bus:picture { height = size }
          for _, line in ipairs { size, 80 } do
            assert(#picture:text { columns = line, unicode = true, color = true } > 0)
          end
          assert(#m:record {}:chart { height = size, columns = size }:text {} > 0)
        end
        """)
  }

  @Test func theSandboxOpensNoFiles() throws {
    let registry = BindingRegistry()
    let environment = EngineBindings.Environment(seed: 7)
    environment.allowsFiles = false
    EngineBindings.register(in: registry, environment)
    let state = try LuaState(registry: registry)
    let calls = [
      "m:picture { file = 'x.svg' }", "bus:picture():save('x.svg')",
      "m:save_descriptions('.')", "sun4v.md.load('/etc/passwd')",
      "sun4v.machine { md = '/etc/passwd' }",
      "sun4v.machine { hypervisor_md = '/etc/passwd', guest_mds = '/' }",
    ]
    for call in calls {
      let found = try state.run(
        provision + "return select(2, pcall(function() return \(call) end))", name: "=test")
      let text = found.first.map { state.guardedText($0) } ?? ""
      #expect(text.contains("there are no files in the sandbox"), "\(call): \(text)")
    }
  }
}
