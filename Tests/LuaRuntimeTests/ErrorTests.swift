import LuaRuntime
import Testing

@Suite struct ErrorTests {
  let fixture: Fixture
  init() throws { fixture = try Fixture() }

  @Test func errorsAreObjects() throws {
    let source = """
      local ok, e = pcall(function() sim.domain('a'):refuse(0x40) end)
      return e.code, e.name, e.message, e.where, tostring(e), e.dva
      """
    let values = try fixture.values(source)
    #expect(values[0].text == "no_access")
    #expect(values[1].text == "ENOACCESS")
    #expect(values[2].text == "0x40 is outside every grant")
    #expect(values[3].text == "test.lua:1")
    #expect(values[4].text == "test.lua:1: 0x40 is outside every grant")
    #expect(values[5].exactInteger == 0x40)
  }

  @Test func uncaughtErrorsHaveATraceback() throws {
    do {
      try fixture.state.run(
        "local function f()\n  sim.domain('a'):refuse(1)\nend\nf()", name: "@test.lua")
      Issue.record("no error")
    } catch let failure as LuaFailure {
      #expect(failure.kind == .runtime)
      #expect(failure.message == "test.lua:2: 0x1 is outside every grant")
      let traceback = try #require(failure.traceback)
      #expect(traceback.hasPrefix("stack traceback:"))
      #expect(traceback.contains("test.lua:2: in "))
      #expect(traceback.hasSuffix("test.lua:4: in main chunk"))
    }
  }

  @Test func errorsPassThroughCallbacksUnchanged() throws {
    let source = """
      local d = sim.domain('a')
      local mine = {}
      local ok, e = pcall(d.each, d, function() error(mine) end, 3)
      local ok2, e2 = pcall(d.each, d, function() error() end, 3)
      local ok3, e3 = pcall(d.each, d, function() error(7) end, 3)
      return e == mine, e2 == nil, e3
      """
    let values = try fixture.values(source)
    #expect(values[0].flag == true)
    #expect(values[1].flag == true)
    #expect(values[2].exactInteger == 7)
    #expect(
      try fixture.error("sim.domain('a'):each(function() return 'x' end, 1)")
        == "test.lua:1: bad result of a callback (integer expected, got string \"x\")")
  }

  @Test(arguments: [
    ("error()", "nil raised as an error"),
    ("error('x', 0)", "x"),
    ("error(12)", "12"),
    ("error(0.5)", "0.5"),
    ("error(true)", "error object: true"),
    ("error({1, status = 2, code = 'c'})", "error object: { code = \"c\", status = 2, 1 = 1 }"),
    ("error(setmetatable({}, {__tostring = function() return 'mine' end}))", "mine"),
    (
      "error(setmetatable({}, {__tostring = function() error('again') end}))",
      "table whose __tostring fails"
    ),
    (
      "error(setmetatable({}, {__tostring = function() return {} end}))",
      "table whose __tostring fails"
    ),
    ("error(print)", "error object: function"),
    ("error(coroutine.create(print))", "error object: thread"),
  ])
  func errorValuesOfEveryType(source: String, message: String) throws {
    #expect(try fixture.error(source) == message)
  }

  @Test func waysToEnd() throws {
    func kind(_ source: String) -> LuaFailure.Kind? {
      do {
        try fixture.state.run(source)
        return nil
      } catch { return (error as? LuaFailure)?.kind }
    }
    #expect(kind("x =") == .syntax)
    #expect(kind("os.exit(7)") == .exit(7))
    #expect(kind("os.exit(true)") == .exit(0))
    #expect(kind("os.exit(false)") == .exit(1))
    #expect(kind("pcall(os.exit, 3) while true do end") == .exit(3))
    #expect(
      kind("local f = coroutine.wrap(function() pcall(os.exit, 4) end) pcall(f) error()")
        == .exit(4))
    #expect(kind("error('x')") == .runtime)
    #expect(kind("return 1") == nil)
    do {
      try fixture.state.runFile("/nonexistent/file.lua")
      Issue.record("no error")
    } catch let failure as LuaFailure {
      #expect(failure.kind == .file)
    }
  }

  @Test func memoryLimitIsAnErrorAndTheStateGoesOn() throws {
    let fixture = try Fixture(LuaConfiguration(memoryLimit: 4 << 20))
    do {
      try fixture.state.run("local t = {} for i = 1, 1e9 do t[i] = 'x' .. i end")
      Issue.record("no error")
    } catch let failure as LuaFailure {
      #expect(failure.kind == .memory)
    }
    #expect(try fixture.text("return sim.domain('a').name") == "a")
    #expect(try fixture.text("return (pcall(string.rep, 'x', 1 << 30))") == "false")
  }
}
