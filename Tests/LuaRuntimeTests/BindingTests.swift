import Foundation
import LuaRuntime
import Testing

@Suite struct BindingTests {
  let fixture: Fixture
  init() throws { fixture = try Fixture() }

  @Test func propertiesAndMethods() throws {
    #expect(try fixture.text("return sim.domain('ldg1').name") == "ldg1")
    #expect(try fixture.text("return sim.domain('a'):add(1, 2)") == "3")
    #expect(try fixture.text("return sim.domain('a'):add(2.0)") == "10")
    #expect(try fixture.text("return sim.words.upper('a')") == "A")
    #expect(try fixture.text("return sim.page_size") == "8192")
    #expect(try fixture.text("return require('sim.words') == sim.words") == "true")
    #expect(try fixture.text("return sim.sum(1, 2, nil, 4)") == "7")
    #expect(try fixture.text("return select('#', sim.domain('a'):pair())") == "2")
  }

  @Test func settersCheckAndSet() throws {
    #expect(
      try fixture.text("local g = sim.domain('a').first; g.pages = 9; return g.pages") == "9")
    #expect(
      try fixture.error("sim.domain('a').first.pages = 'x'")
        == "test.lua:1: bad argument #1 'pages' to 'grant.pages' "
        + "(count in pages expected, got string \"x\")")
    #expect(
      try fixture.error("sim.domain('a').first.dva = 1")
        == "test.lua:1: grant.dva cannot be set")
  }

  @Test func unknownFieldsNameTheNearest() throws {
    #expect(
      try fixture.error("return sim.domain('a').first.dvaa")
        == "test.lua:1: grant has no field 'dvaa'; did you mean 'dva'?")
    #expect(
      try fixture.error("sim.domain('a').zzzzzzzz = 1")
        == "test.lua:1: domain has no field 'zzzzzzzz'")
    #expect(try fixture.error("return sim.domain('a')[1]")?.contains("no field 1") == true)
  }

  @Test func metamethods() throws {
    #expect(
      try fixture.text("return sim.domain('a').first") == "grant at 2147483648, 4 pages")
    #expect(try fixture.text("return #sim.domain('a').first") == "4")
    #expect(try fixture.text("return getmetatable(sim.domain('a'))") == "false")
    let source = """
      local g = sim.domain('a').first
      do local h <close> = g end
      return pcall(g.release, g)
      """
    #expect(try fixture.text(source) == "false")
  }

  @Test func sameObjectIsTheSameValue() throws {
    let source = """
      local d = sim.domain('a')
      local t = {[d.first] = 'found'}
      collectgarbage()
      return d.first == d.first and t[d.first] and d:same(d.first)
      """
    #expect(try fixture.text(source) == "true")
  }

  @Test func projectionsAreReadOffTheirObjects() throws {
    let made = "local d = sim.domain('a') local g, h = d:make(1), d.first "
    #expect(try fixture.text(made + "return d:dva(h)") == "2147483648")
    #expect(try fixture.text(made + "return d:addresses({})") == "0")
    #expect(try fixture.text(made + "return d:addresses({g, h, g}, g)") == "2147495936")
    for wrong in ["3", "d", "'x'", "nil", "print"] {
      let text = try fixture.error(made + "d:dva(\(wrong))")
      #expect(text?.hasPrefix("test.lua:1: bad argument #1 'grant' to 'domain:dva'") == true)
      #expect(text?.contains("grant expected, got ") == true)
      #expect(
        try fixture.error(made + "d:same(\(wrong))")
          == text?.replacingOccurrences(of: "domain:dva", with: "domain:same"))
    }
    #expect(
      try fixture.error(made + "d:addresses({g, 5})")?.hasPrefix(
        "test.lua:1: bad argument #1 'grants[2]' to 'domain:addresses' (grant expected, got ")
        == true)
    #expect(
      try fixture.error(made + "debug.getmetatable(g).__gc(g) d:dva(g)")?
        .contains("closed grant") == true)
  }

  @Test func optionsAreCheckedByName() throws {
    #expect(
      try fixture.text("return sim.domain('a'):negotiate{pages=3}") == "grant at 1, 3 pages")
    #expect(
      try fixture.text("return sim.domain('a'):negotiate{pages=3, align='64K'}.dva") == "65536")
    let prefix = "test.lua:1: bad argument #1 'options"
    let function = "to 'domain:negotiate'"
    #expect(
      try fixture.error("sim.domain('a'):negotiate{pagse=3}")
        == "\(prefix)' \(function) (unknown option 'pagse'; did you mean 'pages'?)")
    #expect(
      try fixture.error("sim.domain('a'):negotiate{}")
        == "\(prefix)' \(function) (option 'pages' is missing (count in pages expected))")
    #expect(
      try fixture.error("sim.domain('a'):negotiate{pages=-1}")
        == "\(prefix).pages' \(function) (count expected, got -1)")
    #expect(
      try fixture.error("sim.domain('a'):negotiate{pages=1, align={}}")
        == "\(prefix).align' \(function) (size (such as 4096 or \"64K\") expected, got table)")
    #expect(
      try fixture.error("sim.domain('a'):negotiate{1}")
        == "\(prefix)' \(function) (options need names: { name = value })")
    #expect(
      try fixture.error("sim.domain('a'):negotiate(3)")
        == "\(prefix)' \(function) (table expected, got 3)")
  }

  @Test func wrongArgumentsAreNamed() throws {
    let a = "test.lua:1: bad argument #1 "
    #expect(
      try fixture.error("sim.domain('a'):add('x')")
        == a + "'left' to 'domain:add' (integer expected, got string \"x\")")
    #expect(
      try fixture.error("sim.domain('a'):add(1.5)")
        == a + "'left' to 'domain:add' (integer expected, got 1.5)")
    #expect(
      try fixture.error("sim.domain('a'):add()")
        == a + "'left' to 'domain:add' (integer expected, got no value)")
    #expect(
      try fixture.error("sim.domain('a'):count(-1)")
        == a + "'pages' to 'domain:count' (count in pages expected, got -1)")
    #expect(
      try fixture.error("sim.domain('\\xff')")
        == a + "'name' to 'sim.domain' (string in UTF-8 expected, got other bytes)")
    #expect(
      try fixture.error("sim.domain('a'):direct('to_devce')")
        == a + "'direction' to 'domain:direct' (unknown direction \"to_devce\"; one of "
        + "\"to_device\", \"from_device\"; did you mean \"to_device\"?)")
    #expect(
      try fixture.error("sim.domain('a'):total{1, '64K', true}")
        == a + "'sizes[3]' to 'domain:total' "
        + "(size (such as 4096 or \"64K\") expected, got true)")
    #expect(
      try fixture.error("sim.domain('a'):same(sim.domain('b'))")
        == a + "'grant' to 'domain:same' (grant expected, got domain)")
    #expect(
      try fixture.error("sim.domain('a').add(1)")
        == "test.lua:1: 'domain:add' needs the object in front (domain expected, got 1); "
        + "call it as object:add(...)")
    #expect(
      try fixture.error("sim.domain('a'):add(1, 2, 3)")
        == "test.lua:1: too many arguments to 'domain:add' (at most 2: left, right expected, "
        + "got 3)")
  }

  @Test func valuesSurviveTheRoundTrip() throws {
    let values = try fixture.values(
      """
      local d = sim.domain('a')
      local list = d:list()
      return list.name, #list.grants, list.grants[1] == d.first,
        d:echo({1, 'x', {y = 2.5}}), d:echo('\\xff'), d:bytes('a\\0b'), d:echo(nil)
      """)
    #expect(values[0].text == "a")
    #expect(values[1].exactInteger == 2)
    #expect(values[2].flag == true)
    #expect(values[3][1].exactInteger == 1)
    #expect(values[3][2].text == "x")
    #expect(values[3][3]["y"].float == 2.5)
    #expect(values[4].byteString == [0xFF])
    #expect(values[5].exactInteger == 3)
    #expect(values[6].isNil)
  }

  @Test func refusedTables() throws {
    let call = "sim.domain('a'):echo"
    #expect(
      try fixture.error("local t = {} t.t = t \(call)(t)")?.contains("contains itself") == true)
    #expect(
      try fixture.error("local t = {} for i = 1, 50 do t = {t} end \(call)(t)")?
        .contains("nested too deep") == true)
    #expect(try fixture.error("\(call){[{}] = 1}")?.contains("table keys must be") == true)
    #expect(try fixture.text("local s = {} return #\(call)({s, s})") == "2")
  }

  @Test func registryIsData() throws {
    let registry = fixture.state.registry
    let domain = try #require(registry.type(named: "domain"))
    let negotiate = try #require(domain.methods.first { $0.name == "negotiate" })
    #expect(negotiate.synopsis == "domain:negotiate(options) -> grant")
    #expect(negotiate.parameters[0].fields.map(\.name) == ["pages", "align", "direction", "note"])
    #expect(negotiate.parameters[0].fields[2].defaultText == "\"from_device\"")
    #expect(
      domain.methods.first { $0.name == "add" }?.synopsis
        == "domain:add(left[, right]) -> integer")
    for function in registry.allFunctions where !function.documentation.example.isEmpty {
      try fixture.state.run(function.documentation.example, name: "=\(function.qualifiedName)")
    }
  }
}
