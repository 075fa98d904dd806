import LuaRuntime
import Testing

/// Where grants lie, who says so, and what reports tell of it.
@Suite struct PolicyBindingTests {
  private let unbooted = """
    local function machine(options)
      local m = sun4v.machine(options)
      local bus = m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "1M" } }
      return m, bus, m:add_domain { name = "ldg1", memory = "16M", quota = "256K" }
    end

    """

  @Test func reportsAddUpToTheWindow() throws {
    let results = try run(
      unbooted + """
        local m, bus, ldg1 = machine { quarantine = 8, guard = 1 }
        m:boot()
        local a, b = ldg1:negotiate { pages = 2 }, ldg1:negotiate { pages = 3 }
        a:release()
        local r = bus:report()
        local sum = r.free + r.granted + r.guard + r.quarantined + r.carved_out + r.private
        return sum == bus.window.pages, r.granted, r.guard, r.quarantined, r.domains[1].held,
          r.domains[1].quota, math.type(r.fragmentation)
        """)
    #expect(results == ["true", "3", "1", "3", "4", "32", "float"])
  }

  @Test(arguments: ["binned", "first-fit", "next-fit", "best-fit", "linux-pools"])
  func everyPolicyServes(policy: String) throws {
    let results = try run(
      unbooted + """
        local m, bus, ldg1 = machine { policy = "\(policy)", strict = true }
        m:boot()
        local g = {}
        for i = 1, 6 do g[i] = ldg1:negotiate { pages = (i - 1) % 4 + 1 } end
        for i = 1, 6, 2 do g[i]:release() end
        m:check()
        return bus:report().granted
        """)
    #expect(results == ["8"])
  }

  @Test func aFunctionChooses() throws {
    let results = try run(
      unbooted + """
        local m, bus, ldg1 = machine {}
        local asked
        m:policy(function(request, runs) asked = request; return runs[#runs].start + 7 end)
        m:boot()
        local g = ldg1:negotiate { pages = 2 }
        m:check()
        return (g.dva - bus.reserved.base) // 8192, asked.domain, asked.pages
        """)
    #expect(results == ["7", "ldg1", "2"])
  }

  @Test(arguments: [
    ("return nil", "denied"), ("return -1", "denied"), ("return 1 << 60", "denied"),
    ("return 'x'", "invalid_argument"), ("error({ code = 'mine' })", "mine"),
    ("m:step() m:check() return 0", "none"),
  ])
  func badAnswersDenyAndBreakNothing(body: String, code: String) throws {
    let results = try run(
      unbooted + """
        local m, bus, ldg1 = machine {}
        m:policy(function() \(body) end)
        m:boot()
        local ok, e = pcall(ldg1.negotiate, ldg1, { pages = 2 })
        m:run { time = 1000000000 }
        m:check()
        return ok and "none" or e.code
        """)
    #expect(results == [code])
  }

  @Test func tooLateOrWithoutAFunctionIsRefused() throws {
    let results = try run(
      unbooted + """
        local m = machine {}
        m:boot()
        local _, late = pcall(m.policy, m, function() end)
        local _, named = pcall(sun4v.machine, { policy = "custom" })
        return late.code, named.code
        """)
    #expect(results == ["wrong_state", "invalid_argument"])
  }
}
