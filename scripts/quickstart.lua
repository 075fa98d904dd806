-- A guest's first direct DMA, step by step, on a machine that this script provisions itself.
-- Run it with: scripts/dvmash scripts/quickstart.lua

local function step(number, text, ...) print(("%2d  " .. text):format(number, ...)) end
local function check(truth, text) if not truth then error("quickstart: " .. text, 2) end end

local m = sun4v.machine { model = "t2", seed = 42 }
local primary = m:domain("primary")
local bus = primary:add_root_complex {
  name = "pci@400", window = { base = 0x80000000, size = "2G" },
}
local net0 = bus:add_function { bdf = "01:00.0", name = "net0" }
local net1 = bus:add_function { bdf = "02:00.0", name = "net1" }
local ldg1 = m:add_domain { name = "ldg1", memory = "512M", quota = "64M" }
local ldg2 = m:add_domain { name = "ldg2", memory = "512M", quota = "64M" }
step(1, "provisioned %s, %s and %s; %s carries %s and %s",
  primary.name, ldg1.name, ldg2.name, bus.name, net0.name, net1.name)

m:boot()
step(2, "booted: every domain reserves DVA 0x%x to 0x%x for negotiated DMA",
  bus.reserved.base, bus.reserved.base + bus.reserved.size - 1)

local grant1 = ldg1:negotiate { pages = 4, align = "64K" }
local grant2 = ldg2:negotiate { pages = 2 }
step(3, "negotiated: %s got DVA 0x%x (%d pages), %s got 0x%x (%d pages)",
  ldg1.name, grant1.dva, grant1.pages, ldg2.name, grant2.dva, grant2.pages)

local buffer1, buffer2 = ldg1:allocate("32K"), ldg2:allocate("16K")
buffer1:write(0, "outgoing packet")
local map1 = ldg1:map { buffer = buffer1, grant = grant1, direction = "to_device", device = net0 }
local map2 = ldg2:map { buffer = buffer2, grant = grant2, direction = "from_device", device = net1 }
step(4, "mapped: %s at DVA 0x%x, %s at DVA 0x%x, each by its own hypercalls",
  ldg1.name, map1.dva, ldg2.name, map2.dva)

check(net0:read(map1.dva, 15) == "outgoing packet", "net0 read other bytes than ldg1 wrote")
step(5, "%s read %s's memory directly: %q", net0.name, ldg1.name, net0:read(map1.dva, 15))

net1:write(map2.dva + 0x100, "incoming packet")
check(buffer2:read(0x100, 15) == "incoming packet", "net1's bytes did not arrive in ldg2")
step(6, "%s wrote %s's memory directly: %q", net1.name, ldg2.name, buffer2:read(0x100, 15))

local reached, refused = pcall(net0.read, net0, map2.dva, 16)
check(not reached and refused.code == "fault", "net0 reached ldg2's memory")
step(7, "%s may not read %s's memory: %s", net0.name, ldg2.name, refused.message)

local written, readonly = pcall(net0.write, net0, map1.dva, "x")
check(not written and readonly.code == "fault", "net0 wrote where it may only read")
step(8, "nor write where it may only read: %s", readonly.message)

local mapped, outside = pcall(ldg1.map, ldg1, { buffer = buffer1, dva = grant2.dva })
check(not mapped and outside.name == "ENOACCESS", "ldg1 mapped its memory inside ldg2's grant")
step(9, "%s may not map at %s's DVA: %s", ldg1.name, ldg2.name, outside.message)

map1:unmap()
map2:unmap()
grant1:release()
grant2:release()
check(#bus.grants == 0 and bus.iotsb:usage().valid == 0, "something was left behind")
m:check()
step(10, "unmapped and released: no grant, no valid entry, every invariant holds at %d ns", m.now)
