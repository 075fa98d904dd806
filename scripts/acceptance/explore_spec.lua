-- Every interleaving of a small machine: one control domain, guests, requests with release and
-- revoke, and one crash
-- anywhere.
--
-- Runs under `dvmash test scripts/acceptance`, and as a plain script. GUESTS (1), REQUESTS of each
-- guest (1), TIMEOUTS, how many timers may fire too early (0), and MAX_STATES make the machine
-- larger; each multiplies the states.

local requests = tonumber(os.getenv("REQUESTS") or "") or 1
local timeouts = tonumber(os.getenv("TIMEOUTS") or "") or 0
local guests = tonumber(os.getenv("GUESTS") or "") or 1
local most = tonumber(os.getenv("MAX_STATES") or "") or 1000000

local function setup(planted)
  local m = sun4v.machine {
    memory = "1M", queue = 16, seed = 1, retransmit = 500000, forgets_answers = planted,
  }
  m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "256K" } }
  for i = 1, guests do m:add_domain { name = "ldg" .. i, memory = "1M" } end
  m:boot()
  m:run { time = 1000000000 }
  return m
end

local actions = {}
for i = 1, guests do
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
actions["crash"] = function(m) m:domain("ldg1"):crash() end

local function told(r)
  return r.states .. " states, " .. r.transitions .. " transitions, " .. r.depth
    .. " choices deep, " .. r.ends
    .. " ends"
end

local function no_interleaving_breaks_anything()
  local began = os.clock()
  local r = sun4v.explore {
    setup = setup, actions = actions, timeouts = timeouts, depth = 200, max_states = most,
  }
  print(told(r) .. (r.complete and ", complete" or ", not complete") .. ", "
    .. os.clock() - began .. " s")
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
