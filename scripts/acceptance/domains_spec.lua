-- A machine of many domains: every one boots, negotiates, maps, and gives back.
-- Run it with: scripts/dvmash test scripts/acceptance, or as a plain script. DOMAINS says how many
-- guests there are; with DOMAINS=1000 it takes a second.
-- luacheck: std +busted

local guests = math.tointeger(tonumber(os.getenv("DOMAINS") or "")) or 300

local busted = describe ~= nil
local describe = describe or function(_, body) body() end
local it = it or function(_, body) body() end

local function check(truth, text) if not truth then error("domains_spec: " .. text, 2) end end

local function provision(count, endpoints)
  local m = sun4v.machine { seed = 42, channel_endpoints = endpoints }
  local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
  local domains = {}
  for i = 1, count do domains[i] = m:add_domain { name = "ldg" .. i, memory = "16M" } end
  return m, bus, domains
end

describe("a machine of " .. guests .. " guests", function()
  it("boots, and every guest negotiates", function()
    local m, bus, domains = provision(guests, math.max(256, guests))
    m:boot()
    local grants = {}
    for i, domain in ipairs(domains) do grants[i] = domain:negotiate { pages = i % 8 + 1 } end
    check(#bus.grants == guests, "not every guest has its grant")
    m:check()
    for _, grant in ipairs(grants) do grant:release() end
    check(#bus.grants == 0, "grants were left behind")
    m:check()
  end)

  it("is refused where the firmware has too few channel endpoints", function()
    local m = provision(257, 256)
    local done, problem = pcall(m.boot, m)
    check(not done and problem.name == "no-free-channel", "257 guests booted with 256 channels")
  end)
end)

if not busted then print("domains_spec: passed") end
