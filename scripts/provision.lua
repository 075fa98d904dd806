-- Provisions a machine as a machine description says, adds a guest, and does one DMA in each
-- direction. Run it with: scripts/dvmash scripts/provision.lua FILE
-- FILE is the machine description of a domain that owns a PCIe root complex.

local path = arg[1]
if not path then
  io.stderr:write("usage: dvmash scripts/provision.lua FILE\n")
  os.exit(64)
end

local m = sun4v.machine { md = path }
local bus = m.root_complexes[1]
if not bus then
  error(path .. " describes no PCIe root complex: an iodevice node of type pciex is needed")
end
print(("%s: %s, handle 0x%x, window 0x%x + 0x%x"):format(
  path, bus.name, bus.handle, bus.window.base, bus.window.size))

local nic = bus:add_function { bdf = "02:00.0", name = "net0" }
local guest = m:add_domain { name = "ldg1", memory = "256M" }
m:boot()

local grant = guest:negotiate { pages = 8 }
print(("%s negotiated DVA 0x%x, %d pages, out of the reserved 0x%x + 0x%x"):format(
  guest.name, grant.dva, grant.pages, bus.reserved.base, bus.reserved.size))

local buffer = guest:allocate("64K")
local map = guest:map { buffer = buffer, grant = grant, direction = "bidirectional", device = nic }
nic:write(map.dva, "from the device")
buffer:write(0x2000, "from the guest")
assert(buffer:read(0, 15) == "from the device")
assert(nic:read(map.dva + 0x2000, 14) == "from the guest")
print(("%s wrote and read %s's memory through DVA 0x%x"):format(nic.name, guest.name, map.dva))

map:unmap()
grant:release()
m:check()
