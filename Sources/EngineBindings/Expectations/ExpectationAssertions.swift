/// How expectations become assertions of luassert.
enum ExpectationAssertions {
  /// What traces call the chunk: busted leaves out frames of files in a folder of this name, and
  /// so names the test's own line.
  static let chunk = "luassert/sun4v.lua"

  /// A chunk that gives the function `sun4v.expect.install`.
  ///
  /// luassert splits names at underscores and takes modifiers such as `has`, `is`, `not` and `no`
  /// off, so `assert.has_status` looks for `status`, and `assert.does_not_reach` for `reach`.
  static let source = """
    local expect, require, pcall, error, type = sun4v.expect, require, pcall, error, type
    local select, unpack = select, table.unpack
    local names = {
      maps_to = "maps_to", map_to = "maps_to", reaches = "reaches", reach = "reaches",
      faults_with = "faults_with", fault_with = "faults_with", refuses_with = "refuses_with",
      refuse_with = "refuses_with", status = "has_status", sound = "is_sound",
      leaks = "leaks", leak = "leaks",
    }

    -- What luassert calls: whether the expectation holds, with the arguments made into its message.
    local function callback(name)
      return function(state, arguments, level)
        local judge = state.mod and expect[name] or expect.no[name]
        local ok, problem = pcall(judge, unpack(arguments, 1, arguments.n))
        if ok then return state.mod end
        if type(problem) == "string" or problem.code == "interrupted" then error(problem, 0) end
        if problem.code ~= "expectation" then error(problem.message, (level or 1) + 1) end
        for i = 2, arguments.n do arguments[i] = nil end
        arguments[1], arguments.n, arguments.nofmt = problem.message, 1, { true }
        return not state.mod
      end
    end

    return function(luassert)
      luassert = luassert or require("luassert")
      require("say"):set("assertion.sun4v", "%s")
      for assertion, name in pairs(names) do
        luassert:register("assertion", assertion, callback(name), "assertion.sun4v",
          "assertion.sun4v")
      end
      return luassert
    end
    """
}
