-- Negotiation over channels that lose, repeat and reorder packets: no grant is lost, doubled or
-- leaked, and the same
-- seed gives the same events, byte for byte.
--
-- Runs under `dvmash test scripts/acceptance`, and as a plain script. NEGOTIATIONS sets how many
-- each guest does.

local each = tonumber(os.getenv("NEGOTIATIONS") or "") or 40
local guests = 8

--- A short digest of text: FNV-1a on 64 bits, carried on from another one.
local function digest(hash, text)
  for i = 1, #text do hash = (hash ~ text:byte(i)) * 0x100000001b3 end
  return hash
end

local function machine(seed)
  local m = sun4v.machine { seed = seed, memory = "16M" }
  m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "64M" } }
  for i = 1, guests do m:add_domain { name = "ldg" .. i, memory = "16M" } end
  m:boot()
  return m
end

--- Does the negotiations of every guest, all guests at once; returns the machine and what happened,
-- in one number.
local function negotiate(seed, count, listen)
  local m = machine(seed)
  local hash = -3750763034362895579
  if listen then
    m:on("*", function(e)
      hash = digest(hash, e.kind .. " " .. e.time .. " " .. tostring(e.domain or e.to) .. " "
        .. tostring(e.dva or e.status or e.fate or e.word0)
        .. (e.bytes and tostring(e.bytes) or ""))
    end)
  end
  m:inject { ldc = { drop = 0.3, duplicate = 0.1, reorder = 0.1 } }
  local granted, released = 0, 0
  for round = 1, count do
    local asked, back = {}, {}
    for i = 1, guests do asked[i] = m:domain("ldg" .. i):request { pages = (round + i) % 4 + 1 } end
    for i = 1, guests do
      while asked[i].state == "pending" do m:step() end
      assert(asked[i].state == "granted", tostring(asked[i]) .. ": " .. tostring(asked[i].reason))
      granted = granted + 1
    end
    for i = 1, guests do back[i] = asked[i].grant:release_async() end
    for i = 1, guests do
      while back[i].state == "pending" do m:step() end
      assert(back[i].state == "released", tostring(back[i]))
      released = released + 1
    end
    if round % 50 == 1 then m:check() end
  end
  m:inject {}
  m:run { time = 10000000000 }
  m:check()
  return m, hash, granted, released
end

local function nothing_is_lost()
  local m, _, granted, released = negotiate(42, each, false)
  assert(granted == guests * each and released == granted,
    granted .. " granted, " .. released .. " released")
  for i = 1, guests do
    assert(#m:domain("ldg" .. i).grants == 0, "ldg" .. i .. " still holds grants")
  end
  assert(m:stats().grants == 0, "the hypervisor still enforces " .. m:stats().grants .. " grants")
end

local function the_same_seed_gives_the_same_events()
  local count = math.min(each, 3)
  local _, first = negotiate(7, count, true)
  local _, second = negotiate(7, count, true)
  local _, other = negotiate(8, count, true)
  assert(first == second, "the same seed gave other events")
  assert(first ~= other, "another seed gave the same events")
end

if describe then
  describe("negotiation over lossy channels", function()
    it("loses, doubles and leaks no grant in " .. each .. " rounds of " .. guests .. " guests",
      nothing_is_lost)
    it("gives the same events for the same seed", the_same_seed_gives_the_same_events)
  end)
else
  nothing_is_lost()
  the_same_seed_gives_the_same_events()
  print(guests * each .. " negotiations over lossy channels: nothing lost, doubled or leaked")
end
