import LuaRuntime
import Testing

/// Objects whose data lies in Lua's memory, and options that are read by their places.
@Suite struct PlainObjectTests {
  @Test func dataAndOwnerComeBack() throws {
    let fixture = try Fixture()
    let source = """
      local d = sim.domain('a')
      local s = d:slot{number = 7, pages = 9}
      local list = d:slots(3)
      assert(s.domain == d and list[3].domain == d and s:next().domain == d)
      return s.number, s.pages, s:next().number, #list, list[3].number, tostring(s), d:number(s)
      """
    let values = try fixture.values(source)
    #expect(values.prefix(5).compactMap(\.exactInteger) == [7, 9, 8, 3, 2])
    #expect(values[5].text == "slot 7 of a")
    #expect(values[6].exactInteger == 7)
  }

  @Test func theOwnerLivesAsLongAsTheyDo() throws {
    let fixture = try Fixture()
    try fixture.state.run("kept = sim.domain('a'):slot{number = 1} collectgarbage()")
    #expect(fixture.census.alive == 1)
    #expect(try fixture.text("return kept.domain.name") == "a")
    try fixture.state.run("kept = nil")
    fixture.state.collectGarbage()
    #expect(fixture.census.alive == 0)
  }

  @Test func theyNeedNoFinalizerAndNoPlaceAmongTheObjects() throws {
    let fixture = try Fixture()
    try fixture.state.run(
      """
      local d = sim.domain('a')
      kept = {d}
      for i = 1, 1000 do kept[#kept + 1] = d:slot{number = i} end
      assert(debug.getmetatable(kept[2]).__gc == nil)
      """)
    #expect(fixture.state.statistics?.objects == 1)
  }

  @Test func anotherOwnerThanTheReceiver() throws {
    let fixture = try Fixture()
    let source = """
      local a, b = sim.domain('a'), sim.domain('b')
      local s = a:slot{number = 1, domain = b}
      return s.domain == b and s:wait(function() collectgarbage() end)
      """
    #expect(try fixture.text(source) == "b:1")
  }

  @Test func theyCloseWithTheirOwner() throws {
    let fixture = try Fixture()
    let source = """
      local d = sim.domain('a')
      local s, gc = d:slot{number = 5}, debug.getmetatable(d).__gc
      local seen = s:wait(function() gc(d) end)
      local ok, text = pcall(function() return s.number end)
      local ok2, text2 = pcall(sim.domain('b').number, sim.domain('b'), s)
      return seen, ok, tostring(text), ok2, tostring(text2)
      """
    let values = try fixture.values(source)
    #expect(values[0].text == "a:5")
    #expect(values[1].flag == false && values[3].flag == false)
    #expect(values[2].text?.contains("closed slot") == true)
    #expect(values[4].text?.contains("closed slot") == true)
    fixture.state.collectGarbage()
    #expect(fixture.census.alive == 0)
  }

  @Test func theyCloseWhereAScriptTakesTheirOwnerAway() throws {
    let fixture = try Fixture()
    let source = """
      local s = sim.domain('a'):slot{number = 5}
      debug.setuservalue(s, nil, 1)
      collectgarbage() collectgarbage()
      local others = {}
      for i = 1, 100 do others[i] = sim.domain('b' .. i) end
      local ok, text = pcall(function() return s.domain end)
      return ok, tostring(text)
      """
    let values = try fixture.values(source)
    #expect(values[0].flag == false)
    #expect(values[1].text?.contains("closed slot") == true)
  }

  @Test func finalizersThatRunAtTheEndFindThemClosed() throws {
    let census = Census()
    let state = try LuaState(registry: makeRegistry(census))
    try state.run(
      """
      local d = sim.domain('a')
      keep = setmetatable({s = d:slot{number = 1}}, {__gc = function(t)
        pcall(function() return t.s.number end)
        pcall(t.s.wait, t.s, print)
      end})
      """)
    state.close()
    #expect(census.alive == 0)
  }

  @Test func foreignUserdataIsNoneOfThem() throws {
    let fixture = try Fixture()
    let source = """
      local d = sim.domain('a')
      local s, f = d:slot{number = 1}, io.tmpfile()
      debug.setmetatable(f, debug.getmetatable(s))
      debug.setmetatable(d, debug.getmetatable(s))
      local ok, text = pcall(function() return f.number end)
      local ok2 = pcall(function() return d.number end)
      debug.setmetatable(f, nil)
      debug.setmetatable(s, nil)
      return ok, tostring(text), ok2
      """
    let values = try fixture.values(source)
    #expect(values[0].flag == false && values[2].flag == false)
    #expect(values[1].text?.contains("slot expected") == true)
  }

  @Test func swiftSeesThemInAnyValue() throws {
    let fixture = try Fixture()
    let reference = try #require(
      fixture.state.run("return sim.domain('a'):slot{number = 4}").first)
    let slot = try #require(reference.object as? Slot)
    #expect(slot.data.number == 4 && slot.owner.name == "a")
    #expect(reference.typeName == "slot")
    guard case .object(let object) = try reference.value() else {
      Issue.record("no object")
      return
    }
    #expect((object as? Slot)?.data.number == 4)
    #expect(
      try fixture.text(
        "local s = sim.domain('a'):slot{number = 4} return s.domain:echo({s})[1].number")
        == "4")
  }

  // MARK: Options

  @Test func absentFieldsHaveTheirDefaults() throws {
    let fixture = try Fixture()
    let source = """
      local d = sim.domain('a')
      return d:slot{number = 1}.pages, d:slot{number = 1, pages = 5, size = '64K'}.pages,
        d:direction{number = 1}, d:direction{number = 1, direction = 'from_device'}
      """
    let values = try fixture.values(source)
    #expect(values[0].exactInteger == 3)
    #expect(values[1].exactInteger == 65541)
    #expect(values[2].text == "to_device" && values[3].text == "from_device")
  }

  @Test(arguments: [
    ("{pages = 1}", "option 'number' is missing (integer expected)"),
    ("{number = 1, pagse = 1}", "unknown option 'pagse'; did you mean 'pages'?"),
    ("{number = 'x'}", "'options.number' to 'domain:slot' (integer expected, got string \"x\")"),
    ("{number = 1, pages = -1}", "'options.pages' to 'domain:slot' (count expected, got -1)"),
    ("{number = 1, size = 'big'}", "'options.size' to 'domain:slot' (size (such as 4096 or"),
    ("{number = 1, direction = 'up'}", "unknown direction \"up\""),
    ("{1}", "options need names"), ("5", "table expected, got 5"),
    ("", "option 'number' is missing (integer expected)"),
  ])
  func wrongOptions(options: String, message: String) throws {
    let fixture = try Fixture()
    let text = try #require(try fixture.error("sim.domain('a'):slot(\(options))"))
    #expect(text.contains(message), "\(text)")
  }
}
