-- What Linux does on sun4v before its first DMA: it asks for every entry of the IOTSB, because
-- firmware has left some of its own. An entry whose page lies in memory that is free for Linux is
-- demapped; any other is kept and its place marked as taken. On a T5120, Linux prints that it
-- imported 3. Run it with: scripts/dvmash scripts/linux_import.lua [WINDOW]
-- WINDOW is the window's size, 2G (262144 entries, as on the machine) by default.

local HANDLE, PAGE = 0x400, 0x2000

local m = sun4v.machine { model = "t2", memory = "256M" }
local primary = m:domain("primary")
local bus = primary:add_root_complex {
  name = "pci@400", handle = HANDLE, window = { size = arg and arg[1] or "2G" },
}
m:boot()

-- Firmware's work: it maps five pages, three of its own memory at the top, two of the rest.
local firmware = 0x80000000 + primary.memory - 0x100000
local pages = { firmware, firmware + 3 * PAGE, firmware + 4 * PAGE, 0x8a000000, 0x8a000000 + PAGE }
local list = primary:allocate(PAGE)
for index, page in ipairs(pages) do
  primary:store(list.ra, page)
  local status = primary:hypercall("pci_iommu_map", HANDLE, 16 * index, 1, 3, list.ra)
  assert(status == "EOK", status)
end

-- Linux's work.
local function is_free(ra) return ra < firmware end
local busy, imported, demapped, none = {}, 0, 0, 0
for index = 0, bus.window.pages - 1 do
  local status, _, ra = primary:hypercall("pci_iommu_getmap", HANDLE, index)
  if status == "EOK" then
    if is_free(ra) then
      assert(primary:hypercall("pci_iommu_demap", HANDLE, index, 1) == "EOK")
      demapped = demapped + 1
    else
      busy[index] = ra
      imported = imported + 1
    end
  else
    assert(status == "ENOMAP", status)
    none = none + 1
  end
end
print(("pci_iommu_getmap of %d entries: %d EOK, %d ENOMAP (%d)"):format(
  bus.window.pages, imported + demapped, none, sun4v.status.ENOMAP))
print(("%s: Imported %d TSB entries from OBP"):format(bus.name, imported))
print(("%d entries of free memory demapped"):format(demapped))

assert(imported == 3 and demapped == 2 and imported + demapped + none == bus.window.pages)
assert(busy[16] == firmware and busy[48] == firmware + 4 * PAGE and not busy[64])
assert(primary:hypercall("pci_iommu_getmap", HANDLE, 64) == "ENOMAP")
-- An index past the table is another matter than an empty entry.
assert(primary:hypercall("pci_iommu_getmap", HANDLE, bus.window.pages) == "EINVAL")
m:check()
