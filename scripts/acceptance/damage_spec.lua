-- Negotiation over channels that damage packets besides losing, repeating and reordering them: one
-- bit in twenty packets is inverted, and both sides still come to the same grants.
--
-- Runs under `dvmash test scripts/acceptance`, and as a plain script. NEGOTIATIONS sets how many
-- each guest begins, SEEDS how many machines are tried.

local each = tonumber(os.getenv("NEGOTIATIONS") or "") or 20
local seeds = tonumber(os.getenv("SEEDS") or "") or 3
local guests = 4

local function machine(seed)
  local m = sun4v.machine { seed = seed, memory = "16M" }
  m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "64M" } }
  for i = 1, guests do m:add_domain { name = "ldg" .. i, memory = "16M" } end
  m:boot()
  m:inject { ldc = { drop = 0.1, duplicate = 0.05, reorder = 0.05, corrupt = 0.05 } }
  return m
end

--- Lets every guest ask and give back, and the control domain take back; nobody waits for answers.
local function storm(m)
  for round = 1, each do
    for i = 1, guests do
      local guest = m:domain("ldg" .. i)
      guest:request { pages = (round + i) % 4 + 1 }
      for place, grant in ipairs(guest.grants) do
        if grant.state == "live" and (place + round) % 3 == 0 then grant:release_async() end
      end
      local first = guest.grants[1]
      if first and first.state == "live" and (round + i) % 7 == 0 then
        first:revoke { within = 5000000 }
      end
    end
    m:run { time = 2000000 }
    m:check()
  end
end

local function both_sides_agree()
  local damaged = 0
  for seed = 1, seeds do
    local m = machine(seed)
    storm(m)
    m:inject {}
    m:run()
    m:check()
    damaged = damaged + m:stats().damaged_messages
    for i = 1, guests do
      for _, grant in ipairs(m:domain("ldg" .. i).grants) do grant:release() end
    end
    m:run()
    m:check()
    assert(m:stats().grants == 0, "the hypervisor still enforces " .. m:stats().grants .. " grants")
  end
  assert(damaged > 0, "no message was damaged")
  return damaged
end

if describe then
  describe("negotiation over channels that damage packets", function()
    it("brings both sides to the same grants in " .. seeds .. " machines", both_sides_agree)
  end)
else
  local damaged = both_sides_agree()
  print(damaged .. " damaged messages in " .. seeds .. " machines: both sides agree")
end
