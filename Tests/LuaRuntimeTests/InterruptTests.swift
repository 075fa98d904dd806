import Foundation
import LuaRuntime
import Testing

/// A run that a second thread stops as soon as the script says that it is going.
private func stopped(_ source: String) throws -> LuaFailure.Kind? {
  let census = Census()
  let registry = makeRegistry(census)
  let started = DispatchSemaphore(value: 0)
  registry.module("test", "For the test") { m in
    m.function("started", "Tells that the script runs") { started.signal() }
  }
  let state = try LuaState(registry: registry)
  let interrupt = try #require(state.interrupt)
  let thread = Thread {
    started.wait()
    interrupt.request()
  }
  thread.start()
  do {
    try state.run("test.started() " + source)
    return nil
  } catch let failure as LuaFailure {
    #expect(
      try state.run("local n = 0 for i = 1, 1000 do n = n + 1 end return n")
        .first?.integer == 1000)
    return failure.kind
  }
}

@Suite(.timeLimit(.minutes(1))) struct InterruptTests {
  @Test(arguments: [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "local function f() while true do end end while true do xpcall(f, function() f() end) end",
    "while true do xpcall(error, function() while true do end end) end",
    "while true do coroutine.wrap(function() while true do end end)() end",
    "while true do local co = coroutine.create(function() while true do end end) "
      + "coroutine.resume(co) end",
    "local co = coroutine.wrap(function() while true do pcall(coroutine.yield) end end) "
      + "while true do pcall(co) end",
    "local t = setmetatable({}, {__close = function() while true do end end}) "
      + "while true do pcall(function() local x <close> = t end) end",
    "local d = sim.domain('a') while true do pcall(d.each, d, function() return 1 end, 3) end",
  ])
  func everyLoopStops(source: String) throws {
    #expect(try stopped(source) == .interrupted)
  }

  @Test func anIdleStateTakesNoNotice() throws {
    let fixture = try Fixture()
    fixture.state.interrupt?.request()
    #expect(try fixture.text("return 1 + 1") == "2")
  }

  @Test func theHandleMayOutliveTheState() throws {
    let interrupt = try #require(Fixture().state.interrupt)
    interrupt.request()
    #expect(!interrupt.isRequested)
  }

  @Test(arguments: [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "while true do coroutine.wrap(function() while true do end end)() end",
  ])
  func instructionLimit(source: String) throws {
    let fixture = try Fixture(LuaConfiguration(instructionLimit: 200_000))
    try fixture.state.run("for i = 1, 1000 do end")
    do {
      try fixture.state.run(source)
      Issue.record("no error")
    } catch let failure as LuaFailure {
      #expect(failure.kind == .instructionLimit)
    }
    fixture.state.limitInstructions(0)
    #expect(try fixture.text("for i = 1, 1e6 do end return 'free'") == "free")
  }
}
