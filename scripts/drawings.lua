-- Four guests negotiate, map, unmap and release at random; then the window is drawn as a map, and
-- what happened as a chart over virtual time.
--
--   scripts/dvmash scripts/drawings.lua               both, in the terminal
--   scripts/dvmash scripts/drawings.lua picture.svg   the map as SVG, on standard output
--   scripts/dvmash scripts/drawings.lua usage.svg     the chart

local sun4v = require "sun4v"

local m = sun4v.machine { model = "t2", seed = 42, guard = 1, quarantine = 200 }
local bus = m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "32M" } }
local nic = bus:add_function { bdf = "01:00.0", name = "net0" }
local guests = {}
for i = 1, 4 do guests[i] = m:add_domain { name = "ldg" .. i, memory = "64M" } end
m:boot()

-- The same numbers everywhere: those of C's example of rand.
local state = 42
local function random(n)
  state = (state * 1103515245 + 12345) % 0x80000000
  return (state >> 16) % n + 1
end

local recorder = m:record { every = 1000 }
local held = {}

local function take()
  local guest, pages = guests[random(4)], random(40)
  local granted, grant = pcall(guest.negotiate, guest, { pages = pages })
  if not granted then return false end
  local one = { grant = grant }
  if random(3) > 1 then
    one.buffer = guest:allocate(pages * 8192)
    one.map = guest:map { buffer = one.buffer, grant = grant, device = nic }
  end
  held[#held + 1] = one
  return true
end

local function give_back()
  local one = table.remove(held, random(#held))
  if one.map then
    one.map:unmap()
    one.buffer:free()
  end
  one.grant:release()
end

for round = 1, 400 do
  -- More is taken than given back for a time, then less.
  local most = round < 250 and 55 or 25
  if not take() or #held > most then give_back() end
  if #held > most then give_back() end
end
m:check()

local wanted = arg and arg[1]
if wanted == "picture.svg" then
  io.write(bus:picture():svg())
elseif wanted == "usage.svg" then
  io.write(recorder:chart():svg())
else
  print(bus:picture())
  print(recorder:chart())
end
