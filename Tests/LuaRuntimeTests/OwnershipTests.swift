import LuaRuntime
import Testing

/// Every Swift object that Lua ever held is released, whatever was raised in between.
@Suite struct OwnershipTests {
  @Test func failingCallsLeaveNoObjects() throws {
    let fixture = try Fixture()
    try fixture.state.run(
      """
      local d = sim.domain('a')
      for i = 1, 100000 do
        local kind = i % 4
        if kind == 0 then pcall(d.refuse, d, i)
        elseif kind == 1 then pcall(d.each, d, function() error({}) end, 2)
        elseif kind == 2 then pcall(d.negotiate, d, {pages = 1, align = {}})
        else pcall(d.add, d, 'x') end
      end
      """)
    fixture.state.collectGarbage()
    #expect(fixture.census.alive == 0)
    #expect(fixture.state.statistics?.objects == 0)
    #expect(fixture.state.statistics?.references == 0)
  }

  @Test func closingReleasesWhatIsLeft() throws {
    let census = Census()
    let state = try LuaState(registry: makeRegistry(census))
    try state.run("keep = {} for i = 1, 100 do keep[i] = sim.domain('d'):make(i) end")
    #expect(census.alive >= 100)
    state.close()
    #expect(census.alive == 0)
    #expect(throws: LuaClosedError.self) { try state.run("return 1") }
  }

  @Test func aListenerMayReferToItsObject() throws {
    let census = Census()
    var state: LuaState? = try LuaState(registry: makeRegistry(census))
    try state?.run("local d = sim.domain('a') d:keep(function(e) return d.name .. e end) D = d")
    let result = try state?.run("return D:fire('!')").first?.text
    #expect(result == "a!")
    state = nil
    #expect(census.alive == 0)
  }

  @Test func functionsAreReleasedWhenSwiftDropsThem() throws {
    let fixture = try Fixture()
    try fixture.state.run("d = sim.domain('a') d:keep(function() end)")
    #expect(fixture.state.statistics?.references == 1)
    try fixture.state.run("d:keep(print) d:keep(print)")
    #expect(fixture.state.statistics?.references == 1)
    try fixture.state.run("d:forget() collectgarbage()")
    #expect(fixture.state.statistics?.references == 0)
  }

  @Test func aFunctionOutlivesItsStateAsADeadOne() throws {
    let domain = Domain(name: "x", census: Census())
    do {
      let fixture = try Fixture()
      let reference = try #require(fixture.state.run("return function() end").first)
      guard case .function(let function) = try reference.value() else {
        Issue.record("no function")
        return
      }
      domain.listener = function
      try function()
      fixture.state.close()
    }
    #expect(throws: LuaClosedError.self) { try domain.listener?() }
  }

  @Test func resurrectedHandlesAreDead() throws {
    let fixture = try Fixture()
    let source = """
      local saved
      do
        local d = sim.domain('a')
        setmetatable({d = d}, {__gc = function(t) saved = t.d end})
      end
      collectgarbage() collectgarbage() collectgarbage()
      return saved and saved.name or 'gone'
      """
    let text = try fixture.error(source)
    #expect(text == nil || text?.contains("closed domain") == true)
    #expect(try fixture.error("sim.domain('a').name = nil") != nil)
  }

  @Test func finalizersCannotBeAbused() throws {
    let fixture = try Fixture()
    let source = """
      local d = sim.domain('a')
      local gc = debug.getmetatable(d).__gc
      local ok, e = pcall(d.each, d, function() gc(d) gc(d) return 1 end, 2)
      gc(d)
      local _, text = pcall(d.add, d, 1)
      return ok, e, tostring(text)
      """
    let values = try fixture.values(source)
    #expect(values[0].flag == true)
    #expect(values[1].exactInteger == 2)
    #expect(values[2].text?.contains("attempt to use a closed domain") == true)
    fixture.state.collectGarbage()
    #expect(fixture.census.alive == 0)
  }

  @Test func foreignUserdataWithOurMetatable() throws {
    let fixture = try Fixture()
    let source = """
      local d = sim.domain('a')
      local f = io.tmpfile()
      debug.setmetatable(f, debug.getmetatable(d))
      local ok, e = pcall(d.add, f, 1)
      local ok2, e2 = pcall(function() return f.name end)
      local ok3, e3 = pcall(tostring, f)
      debug.setmetatable(f, nil)
      debug.setmetatable(d, nil)
      return ok, ok2, ok3, tostring(e), d ~= nil
      """
    let values = try fixture.values(source)
    #expect(values.prefix(3).allSatisfy { $0.flag == false })
    #expect(values[3].text?.contains("domain expected") == true)
  }

  /// Refuses memory at every point of a script in turn: nothing leaks, nothing crashes.
  @Test(arguments: [2, UInt64.max])
  func withoutMemoryNothingIsLost(width: UInt64) throws {
    let script = """
      local d = sim.domain('a')
      d:keep(function(e) return e end)
      local list = {}
      for i = 1, 2 do
        list[i] = d:make(i)
        list[#list + 1] = d:negotiate{pages = i, align = '64K', note = function(g, w) return g end}
        d:echo({i, {name = 'x' .. i, f = print}})
        d:list()
        d:slot{number = i, domain = sim.domain('b')}:wait(function() d:slots(i) end)
        d:echo(d:slot{number = i}:next())
        d:fire({i})
        pcall(d.refuse, d, i)
        pcall(d.each, d, function() error({i}) end, 2)
        local co = coroutine.wrap(function() coroutine.yield(d:make(1)) error('x') end)
        co() pcall(co)
        pcall(d.add, d, 'x') pcall(d.negotiate, d, {pagse = 1})
      end
      return d.first, 'text', {1}
      """
    let census = Census()
    let registry = makeRegistry(census)
    var completed = false
    var k: UInt64 = 1
    while !completed, k < 6000 {
      let state = try LuaState(registry: registry)
      try state.run("collectgarbage('generational') collectgarbage('incremental')")
      state.failGrowth(first: k, width: width)
      do {
        _ = try state.run(script)
        completed = state.statistics?.refusals == 0
        _ = try state.evaluate("d:")
        _ = try state.members(ofPath: ["sim"])
      } catch is LuaFailure {
      }
      state.failGrowth(first: 0, width: 0)
      state.close()
      #expect(census.alive == 0, "growth \(k)")
      k += k < 100 ? 1 : width == 2 ? 11 : 37
    }
    #expect(completed)
  }
}
