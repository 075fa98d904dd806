/// What a worker runs: busted with a handler that tells the runner what happens.
enum WorkerScript {
  static let text = """
    local options, emit = ...
    local unpack, getinfo = table.unpack, debug.getinfo
    local exit_call

    os.exit = function(status)
      exit_call = "os.exit(" .. (status == nil and "" or tostring(status)) .. ") was called"
      error(exit_call, 2)
    end

    -- The machines that were made for the running test, also in before_each: their last events go
    -- into the report of a failure. So do those of older machines to which the test did something.
    local machines, older = {}, setmetatable({}, { __mode = "k" })
    if sun4v and sun4v.machine then
      local make = sun4v.machine
      sun4v.machine = function(...)
        local results = table.pack(pcall(make, ...))
        if not results[1] then
          local problem, caller = results[2], getinfo(2, "Sl")
          if type(problem) == "table" and caller then
            rawset(problem, "where", caller.short_src .. ":" .. caller.currentline)
          end
          error(problem, 0)
        end
        local m = results[2]
        pcall(m.events, m, { record = true })
        machines[#machines + 1] = m
        return m
      end
    end

    local function text_of(message)
      if type(message) == "string" then return message end
      local meta = getmetatable(message)
      if type(message) == "table" and not (type(meta) == "table" and meta.__tostring)
        and meta ~= false then
        local ok, text = pcall(function() return require("pl.pretty").write(message) end)
        if ok and text then return text end
      end
      local ok, text = pcall(tostring, message)
      return ok and text or type(message)
    end

    local function brief(event)
      local parts = {}
      for name, value in pairs(event) do
        if type(value) == "number" and math.type(value) == "integer" and name ~= "time" then
          value = string.format("0x%x", value)
        elseif type(value) == "table" then
          local items = {}
          for i, item in ipairs(value) do
            items[i] = math.type(item) == "integer" and string.format("0x%x", item) or tostring(item)
          end
          value = "{" .. table.concat(items, ", ") .. "}"
        elseif name == "bytes" then
          value = #value .. " bytes"
        end
        if name ~= "kind" and name ~= "time" then parts[#parts + 1] = name .. "=" .. tostring(value) end
      end
      table.sort(parts)
      return string.format("%s at %s: %s", event.kind, event.time, table.concat(parts, " "))
    end

    local function machine_state()
      local lines = {}
      local touched = {}
      for m, seen in pairs(older) do
        local ok, recorded = pcall(function() return m.recorded end)
        if ok and recorded > seen.recorded then touched[#touched + 1] = m end
      end
      table.sort(touched, function(a, b) return older[a].number < older[b].number end)
      table.move(machines, 1, #machines, #touched + 1, touched)
      for number, m in ipairs(touched) do
        local ok, events = pcall(m.events, m, { last = 10 })
        if ok and type(events) == "table" and #events > 0 then
          lines[#lines + 1] = "last events of machine " .. number .. ":"
          for _, event in ipairs(events) do
            local fine, line = pcall(brief, event)
            if fine then lines[#lines + 1] = "  " .. line end
          end
        end
        local sound, broken = pcall(m.check, m)
        if not sound and not text_of(broken):find("closed", 1, true) then
          broken = type(broken) == "table" and broken.message or text_of(broken)
          lines[#lines + 1] = "broken invariants of machine " .. number .. ": " .. broken
        end
      end
      return #lines > 0 and "\\n" .. table.concat(lines, "\\n") or ""
    end

    local count = 0
    local function keep_machines()
      for _, m in ipairs(machines) do
        count = count + 1
        older[m] = { number = count }
      end
      machines = {}
      for m, seen in pairs(older) do
        local ok, recorded = pcall(function() return m.recorded end)
        if ok then seen.recorded = recorded else older[m] = nil end
      end
    end

    local busted = require("busted.core")()
    require("busted")(busted)
    if sun4v and sun4v.expect then sun4v.expect.install(require("luassert")) end
    busted.sort = false
    busted.randomize = options.shuffle
    busted.randomseed = options.seed

    local function full_name(element)
      local names = { element.name or element.descriptor }
      local parent = busted.context.parent(element)
      while parent and (parent.name or parent.descriptor) and parent.descriptor ~= "file" do
        table.insert(names, 1, parent.name or parent.descriptor)
        parent = busted.context.parent(parent)
      end
      return table.concat(names, " ")
    end

    -- The turn of each test, in the order in which they come: a worker that replaces one that died
    -- passes by what that one has dealt with.
    local safe, turn = busted.safe, 0
    function busted.safe(descriptor, run, element)
      if (descriptor == "it" or descriptor == "pending") and busted.context.get() ~= element then
        turn = turn + 1
        if turn <= options.skipped then return busted.status("success") end
        emit { event = "begin", name = full_name(element) }
      end
      return safe(descriptor, run, element)
    end
    busted.subscribe({ "describe", "start" }, function()
      emit { event = "loaded" }
      return nil, true
    end, { priority = 1 })

    local problems = {}
    local function place(message, trace, element)
      trace = type(trace) == "table" and trace or {}
      local own = type(element.trace) == "table" and element.trace or {}
      message.file = trace.short_src or own.short_src or options.file
      message.line = trace.currentline or own.currentline or 0
      return message
    end

    busted.subscribe({ "test", "start" }, function(element)
      exit_call = nil
      emit { event = "start", name = full_name(element) }
      return nil, true
    end)
    busted.subscribe({ "pending" }, function(element, _, message)
      problems[element] = { message = message and text_of(message) or "" }
      return nil, true
    end)
    local function problem(element, _, message, trace)
      local text = text_of(message)
      if options.traceback and type(trace) == "table" and trace.traceback then
        text = text .. "\\n" .. trace.traceback
      end
      if element.descriptor == "it" then
        local actual, expected = text:match("\\nPassed in:\\n(.-)\\nExpected:\\n(.*)$")
        problems[element] = {
          message = text .. machine_state(), trace = trace, actual = actual, expected = expected,
        }
      else
        emit(place({
          event = "error", name = full_name(element), message = text,
          load = tostring(element.descriptor == "file" or element.descriptor == nil),
        }, trace, element))
      end
      busted.skipAll = options.bail
      return nil, true
    end
    busted.subscribe({ "failure" }, problem)
    busted.subscribe({ "error" }, problem)
    busted.subscribe({ "test", "end" }, function(element, _, status)
      local known = problems[element] or {}
      problems[element] = nil
      keep_machines()
      local message = known.message or ""
      status = tostring(status)
      if exit_call then
        status, known = "failure", { trace = known.trace }
        if not message:find(exit_call, 1, true) then message = exit_call end
      end
      emit(place({
        event = "end", name = full_name(element), status = status, message = message,
        duration = string.format("%.3f", (element.duration or 0) * 1000),
        expected = known.expected, actual = known.actual,
        todo = tostring(element.descriptor == "pending"),
      }, known.trace, element))
      return nil, true
    end)

    if options.list then
      print = function(text) emit { event = "list", name = text } end
    end
    require("busted.modules.filter_loader")()(busted, {
      tags = options.tags, excludeTags = {}, filter = options.filters,
      filterOut = options.exclusions, list = options.list, nokeepgoing = options.bail,
      suppressPending = false,
    })
    local load_files = require("busted.modules.test_file_loader")(busted, { "lua" })
    load_files({ options.file }, {}, { excludes = {}, verbose = true, recursive = true })
    require("busted.execute")(busted)(options.repetitions, {
      seed = options.seed, shuffle = options.shuffle,
    })
    busted.publish({ "exit" })
    """
}
