-- Replays a refusal that Linux 6.18 logged on a SPARC Enterprise T5120: pci_iommu_map of one page,
-- attribute 1, at tsbid 5, 6 and 7 of device handle 0, with the page list at RA 0xe066000. An entry
-- of the list was no multiple of 8 KiB, and each call failed by itself with status 8, EBADALIGN.
-- Run it with: scripts/dvmash scripts/replay_t5120.lua

local HANDLE, LIST, ATTRIBUTES = 0, 0xe066000, 1

-- The control domain as that machine's firmware described it, as far as the call can see.
local description = [[
node root root {
  content-version = "1.0";
  fwd -> platform; fwd -> memory; fwd -> phys_io;
}
node platform platform {
  name = "SUNW,SPARC-Enterprise-T5120"; banner-name = "SPARC Enterprise T5120";
  stick-frequency = 1165000000; back -> root;
}
node memory memory { fwd -> mblock; back -> root; }
node mblock mblock { base = 0x8000000; size = 512M; back -> memory; }
node phys_io phys_io { fwd -> pci; back -> root; }
node iodevice pci {
  name = "pci"; device-type = "pciex"; cfg-handle = 0;
  virtual-dma = { 0,0,0,0, 0x80,0,0,0, 0,0,0,0, 0x80,0,0,0 };
  bus-ranges = { 0,0,0,0, 0,0,0,0, 0,0,0,0, 0,0,0,0xff };
  back -> phys_io;
}
]]

local path = os.tmpname()
local file = assert(io.open(path, "wb"))
file:write(sun4v.md.compile(description))
file:close()
local m = sun4v.machine { model = "t2", md = path }
os.remove(path)
m:boot()
local primary = m:domain("primary")

local function map(tsbid, page)
  primary:store(LIST, page)
  local status, mapped = primary:hypercall("pci_iommu_map", HANDLE, tsbid, 1, ATTRIBUTES, LIST)
  print(("pci_iommu_map of [%x:%x:%x:%x:%x] with entry 0x%x: status %d (%s), %d mapped"):format(
    HANDLE, tsbid, 1, ATTRIBUTES, LIST, page, sun4v.status[status], status, mapped or 0))
  return status, mapped
end

for tsbid = 5, 7 do
  assert(map(tsbid, 0xe068000 + 0x800) == "EBADALIGN")
  assert(sun4v.status.EBADALIGN == 8)
  -- Nothing of the entry has changed.
  assert(primary:hypercall("pci_iommu_getmap", HANDLE, tsbid) == "ENOMAP")
end

-- The same calls with whole pages: the refusals have left nothing behind.
for tsbid = 5, 7 do
  local status, mapped = map(tsbid, 0xe068000 + 0x2000 * tsbid)
  assert(status == "EOK" and mapped == 1)
end
m:check()
