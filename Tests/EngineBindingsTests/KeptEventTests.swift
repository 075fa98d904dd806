import LuaRuntime
import TestSupport
import Testing

/// Events that a machine keeps for `machine:events`.
@Suite struct KeptEventTests {
  /// A machine whose network controller makes several events for each frame.
  private static let machine = """
    local m = sun4v.machine { seed = 42 }
    local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
    local nic = bus:add_device { type = "nic", bdf = "01:00.0", name = "net0" }
    local ldg1 = m:add_domain { name = "ldg1" }
    m:boot()
    local buffer = ldg1:allocate("128K")
    nic:attach(ldg1, { entries = 64 })
    local function frames(n)
      nic:traffic { frames = n, size = 1500, buffer = buffer, direction = "from_device" }
    end

    """

  /// One operation makes more events than are kept, and then ten times as many as another.
  @Test func theNewestOfOneOperationAreKeptAndAllAreCounted() throws {
    let results = try run(
      Self.machine + """
        m:events { record = true }
        frames(64)
        local few = m.recorded
        local reference = m:events { last = 50 }
        for round = 1, 3 do
          local before = m.recorded
          frames(64 * 200)
          assert(m.recorded - before > 10000, m.recorded - before)
          local newest = m:events { last = 20000 }
          assert(#newest == 10000, #newest)
          for i = 2, #newest do assert(newest[i].time >= newest[i - 1].time) end
          local now = m:events { last = 50 }
          assert(#now == #reference)
          for i, event in ipairs(now) do
            assert(event.kind == reference[i].kind, event.kind .. " and " .. reference[i].kind)
          end
        end
        return few > 64
        """)
    #expect(results == ["true"])
  }

  @Test func aListenerIsToldEveryEventWhetherTheyAreKeptOrNot() throws {
    let results = try run(
      Self.machine + """
        local told = 0
        m:events { record = true }
        m:on("*", function() told = told + 1 end)
        local before = m.recorded
        frames(64 * 200)
        return told == m.recorded - before, told > 20000
        """)
    #expect(results == ["true", "true"])
  }

  @Test func keptEventsAreOfAKindAndHaveTheNamesOfTheirTime() throws {
    let results = try run(
      """
      local m = sun4v.machine { seed = 42 }
      m:domain("primary"):add_root_complex { name = "pci@400" }
      m:events { record = true }
      local before = m:snapshot()
      m:add_domain { name = "first" }
      m:boot()
      m:restore(before)
      m:add_domain { name = "second" }
      m:boot()
      local seen = {}
      for _, event in ipairs(m:events { kind = "session_up", last = 10 }) do
        assert(event.kind == "session_up")
        if event.domain ~= "primary" then seen[#seen + 1] = event.domain end
      end
      return table.concat(seen, " "), #m:events { kind = "session_up", last = 1 }
      """)
    #expect(results == ["first second", "1"])
  }

  @Test func whatIsNoKindIsRefused() throws {
    let results = try run(
      """
      local m = sun4v.machine {}
      local _, asked = pcall(m.events, m, { kind = "sesion_up" })
      local _, heard = pcall(m.on, m, "sesion_up", print)
      return asked.code, asked.message:match("did you mean '([^']*)'"), heard.code
      """)
    #expect(results == ["invalid_argument", "session_up", "invalid_argument"])
  }
}
