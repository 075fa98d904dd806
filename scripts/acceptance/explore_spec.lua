-- Every interleaving of a small machine: one control domain, guests, requests with release and
-- revoke, and one crash of any domain anywhere.
--
-- Runs under `dvmash test scripts/acceptance`, and as a plain script. What makes the machine larger
-- multiplies the states: GUESTS (2), REQUESTS of each guest (1), TIMEOUTS, how many timers may fire
-- too early (0), ACK_DELAY (0), the nanoseconds that an acknowledgement waits for data to ride on,
-- POLICY ("linux-pools", in which no guest's addresses depend on what another does). MAX_STATES
-- ends a search early, PROGRESS=1 tells how far it is. docs/exploration.md has figures.

local function number(name, default) return tonumber(os.getenv(name) or "") or default end

local guests, requests = number("GUESTS", 2), number("REQUESTS", 1)
local timeouts, most = number("TIMEOUTS", 0), number("MAX_STATES", 100000000)
local policy = os.getenv("POLICY") or "linux-pools"

local function setup(planted)
  local m = sun4v.machine {
    memory = "1M", queue = 16, seed = 1, retransmit = 500000, ack_delay = number("ACK_DELAY", 0),
    policy = policy, guest_numbering = policy == "linux-pools", forgets_answers = planted,
  }
  m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "1M" } }
  for i = 1, guests do m:add_domain { name = "ldg" .. i, memory = "1M" } end
  m:boot()
  m:run { time = 1000000000 }
  return m
end

local actions, crashes = {}, { "crash primary" }
for i = 1, guests do
  crashes[#crashes + 1] = "crash ldg" .. i
  for r = 1, requests do
    local ask = "ask " .. i .. "." .. r
    local before = r > 1 and "ask " .. i .. "." .. (r - 1)
    actions[ask] = function(m, done)
      if before and not done[before] then return false end
      return m:domain("ldg" .. i):request { pages = 1 }
    end
    actions["release " .. i .. "." .. r] = function(_, done)
      local grant = done[ask] and done[ask].grant
      return grant and grant.state == "live" and grant:release_async() or false
    end
  end
end
actions["revoke 1.1"] = function(_, done)
  local grant = done["ask 1.1"] and done["ask 1.1"].grant
  if not grant or grant.state ~= "live" then return false end
  grant:revoke { within = 50000000 }
end
for _, crash in ipairs(crashes) do
  actions[crash] = function(m, done)
    for _, other in ipairs(crashes) do if done[other] then return false end end
    m:domain(crash:match("crash (.*)")):crash()
    return true
  end
end

local function told(r)
  return r.states .. " states, " .. r.transitions .. " transitions, " .. r.depth
    .. " choices deep, " .. r.ends .. " ends"
end

local function tell(p)
  print(p.depth .. " choices: " .. p.states .. " states, " .. p.frontier .. " to go on from")
end

local function no_interleaving_breaks_anything()
  local began = os.clock()
  local r = sun4v.explore {
    setup = setup, actions = actions, timeouts = timeouts, depth = 200, max_states = most,
    progress = os.getenv("PROGRESS") and tell or nil,
  }
  local how = r.complete and ", complete" or ", not complete: " .. r.frontier .. " to go on from"
  print(told(r) .. how .. ", " .. os.clock() - began .. " s")
  assert(not r.violation, r.violation and r.violation.message .. "\n" .. r.violation.script)
  assert(r.complete or r.states >= most, "not complete")
end

local function a_planted_fault_is_found()
  local plant = function() return setup(true) end
  local r = sun4v.explore {
    setup = plant, actions = actions, timeouts = 1, depth = 200, max_states = most,
  }
  assert(r.violation, "the planted fault was not found in " .. told(r))
  print("planted fault found after " .. told(r) .. ":\n" .. r.violation.script)
  local ok, e = pcall(assert(load(r.violation.script)), plant, actions)
  assert(not ok and e.code == "invariant", "the script reproduces nothing")
end

if describe then
  describe("exploration", function()
    it("finds no interleaving that breaks an invariant", no_interleaving_breaks_anything)
    it("finds a planted fault, and a script that reproduces it", a_planted_fault_is_found)
  end)
else
  no_interleaving_breaks_anything()
  a_planted_fault_is_found()
end
