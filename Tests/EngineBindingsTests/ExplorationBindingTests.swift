import LuaRuntime
import Testing

/// Faults, requests, snapshots and exploration as scripts use them.
@Suite struct ExplorationBindingTests {
  private let small = """
    local function setup(planted)
      local m = sun4v.machine {
        memory = "1M", queue = 16, seed = 1, retransmit = 500000, forgets_answers = planted,
      }
      m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "256K" } }
      m:add_domain { name = "ldg1", memory = "1M" }
      m:boot()
      m:run { time = 1000000000 }
      return m
    end
    local actions = {
      ask = function(m) return m:domain("ldg1"):request { pages = 1 } end,
      ["give \\"back\\""] = function(m, done)
        return done.ask and done.ask.grant and done.ask.grant:release_async()
      end,
      crash = function(m) m:domain("ldg1"):crash() end,
    }

    """

  @Test func aPlantedFaultComesWithAScriptThatReproducesIt() throws {
    let results = try run(
      small + """
        local plant = function() return setup(true) end
        local r = sun4v.explore { setup = plant, actions = actions }
        assert(r.violation and not r.complete)
        local ok, e = pcall(assert(load(r.violation.script)), plant, actions)
        assert(not ok, "the script reproduces nothing")
        local sound = pcall(load(r.violation.script), function() return setup(false) end, actions)
        return e.code, e.message == r.violation.message, #r.violation.choices < 10, sound
        """)
    #expect(results[0...2] == ["invariant", "true", "true"])
  }

  @Test func simulationFindsItTooAndShrinks() throws {
    let results = try run(
      small + """
        local plant = function() return setup(true) end
        local r = sun4v.simulate { setup = plant, actions = actions, seeds = 100, steps = 40 }
        assert(r.violation, "not found")
        local ok, e = pcall(load(r.violation.script), plant, actions)
        return ok, e.code, #r.violation.choices < 10
        """)
    #expect(results == ["false", "invariant", "true"])
  }

  @Test func aCheckOfTheScriptsOwnIsSearchedToo() throws {
    let results = try run(
      small + """
        local r = sun4v.explore { setup = function() return setup(false) end, actions = actions,
          check = function(m) if m:stats().grants > 0 then return "a grant" end end }
        return r.violation.message, #r.violation.choices
        """)
    #expect(results[0] == "a grant")
    #expect(results[1] == "2")
  }

  @Test func errorsOfActionsComeThroughUnchanged() throws {
    let results = try run(
      small + """
        local ok, e = pcall(sun4v.explore, { setup = function() return setup(false) end,
          actions = { bad = function() error({ code = "mine" }) end } })
        local no, wrong = pcall(sun4v.explore, { setup = function() return 1 end, actions = {} })
        return ok, e.code, no, wrong.code
        """)
    #expect(results == ["false", "mine", "false", "invalid_argument"])
  }

  @Test func snapshotsTellTheirDifference() throws {
    let results = try run(
      provision + """
        local a = m:snapshot()
        local grant = ldg1:negotiate { pages = 2 }
        local b = m:snapshot()
        local subjects = {}
        for _, d in ipairs(a:diff(b)) do subjects[d.subject] = d.text end
        assert(subjects.clock and subjects.domain and subjects.grant and subjects.memory)
        assert(not subjects.entry)
        m:restore(a)
        return #a:diff(m:snapshot()), subjects.grant
        """)
    #expect(results[0] == "0")
    #expect(results[1].contains("2 pages of ldg1"))
  }

  @Test func faultsAreInjectedByName() throws {
    let results = try run(
      provision + """
        local grant, buffer = ldg1:negotiate { pages = 4 }, ldg1:allocate("8K")
        m:inject { hypercall = "pci_iommu_map", status = "EINVAL", after = 2, domain = "ldg1" }
        ldg1:map { buffer = buffer, grant = grant }
        local ok, e = pcall(ldg1.map, ldg1, { buffer = buffer, grant = grant })
        m:inject { crash = "ldg1", after = 1 }
        ldg2:negotiate { pages = 1 }
        m:check()
        return ok, e.name, ldg1.running
        """)
    #expect(results == ["false", "EINVAL", "false"])
  }

  @Test(arguments: [
    ("m:inject { ldc = { drop = 2 } }", "probability"),
    ("m:inject { ldc = { dorp = 0.1 } }", "dorp"),
    ("m:inject { hypercall = 'pci_iommu_map', status = 'EINVALL' }", "EINVAL"),
    ("m:inject { hypercall = 'pci_iommu_map' }", "status"),
    ("m:inject { hypercall = 'nothing', status = 'EINVAL' }", "nothing"),
    ("m:inject { crash = 'ldg9' }", "ldg9"),
    ("m:inject { crash = 'ldg1', after = 0 }", "at least 1"),
    ("sun4v.machine { queue = 3 }", "power of two"),
    ("m:deliver('primary')", "nothing"),
    ("m:arrive()", "nothing"),
  ])
  func badRequestsSayWhatIsWrong(statement: String, word: String) throws {
    let results = try run(
      provision + "m:run { time = 1000000000 }\n"
        + "local ok, e = pcall(function() \(statement) end)\nreturn tostring(ok), tostring(e)")
    #expect(results[0] == "false")
    #expect(results[1].contains(word), "\(results[1])")
  }
}
