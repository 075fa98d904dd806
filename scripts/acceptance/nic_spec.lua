-- A network driver's life on direct DMA: many frames in and out, then every invariant.
-- Run it with: scripts/dvmash test scripts/acceptance, or as a plain script. PACKETS or the first
-- argument says how many frames go each way; with PACKETS=10000000 it takes seconds.
-- luacheck: std +busted

local wanted = tonumber(arg and arg[1]) or tonumber(os.getenv("PACKETS"))
local packets = math.tointeger(wanted) or 20000

local busted = describe ~= nil
local describe = describe or function(_, body) body() end
local it = it or function(_, body) body() end

local function check(truth, text) if not truth then error("nic_spec: " .. text, 2) end end

local function provision()
  local m = sun4v.machine { seed = 42 }
  local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
  local nic = bus:add_device { type = "nic", bdf = "01:00.0", name = "net0" }
  local ldg1 = m:add_domain { name = "ldg1" }
  m:boot()
  return m, bus, nic, ldg1
end

describe("a network controller", function()
  it("moves frames by descriptors that the script posts", function()
    local m, _, nic, ldg1 = provision()
    nic:attach(ldg1, { entries = 64 })
    local buffer, posted = ldg1:allocate("128K"), {}
    for i = 0, 31 do
      local h = ldg1.dma:map_single(nic.device, buffer, i * 2048, 2048, "from_device")
      posted[nic:post_receive(h)] = { mapping = h, offset = i * 2048 }
    end
    for i = 0, 31 do check(nic:deliver("frame " .. i) == "delivered", "a frame was lost") end
    check(nic:deliver("one more") == "dropped", "a frame came without a buffer")
    local done = nic:poll()
    check(#done == 32, "not all descriptors are done")
    for i, completion in ipairs(done) do
      local place = posted[completion.number]
      ldg1.dma:sync(place.mapping, "for_cpu")
      check(buffer:read(place.offset, completion.length) == "frame " .. i - 1, "other bytes came")
      ldg1.dma:unmap(place.mapping)
    end
    m:check()
  end)

  it("is stopped by the IOMMU where its driver unmapped too early", function()
    local m, _, nic, ldg1 = provision()
    nic:attach(ldg1, { entries = 4 })
    local buffer = ldg1:allocate("8K")
    local h = ldg1.dma:map_single(nic.device, buffer, 0, 2048, "from_device")
    nic:post_receive(h)
    ldg1.dma:unmap(h)
    check(nic:deliver("late") == "fault", "a frame went into memory that is not mapped")
    check(not nic:poll()[1].ok, "the descriptor claims to be good")
    check(buffer:read(0, 4) == "\0\0\0\0", "memory has changed")
    m:check()
  end)

  it("tells of many frames by one interrupt", function()
    local m, bus, nic = provision()
    local primary = m:domain("primary")
    nic:attach(primary, { entries = 128, msi = 7, coalesce = 16 })
    local queue, buffer = primary:allocate("8K"), primary:allocate("512K")
    local function call(...) check(primary:hypercall(...) == "EOK", "a call was refused") end
    call("pci_msiq_conf", bus.handle, 0, queue.ra, 128)
    call("pci_msiq_setvalid", bus.handle, 0, 1)
    call("pci_msi_setmsiq", bus.handle, 7, 0, 0)
    call("pci_msi_setvalid", bus.handle, 7, 1)
    local frames, report = nic:traffic { frames = 640, size = 60, buffer = buffer }
    check(frames == 640 and report.bytes == 640 * 60, "not all frames came in")
    -- Four signals a batch of 64, of which one is queued until the driver has taken it.
    check(nic:stats().interrupts == 40 and report.interrupts == 10, "other interrupts came")
    m:check()
  end)

  it("receives and sends " .. packets .. " frames and leaves nothing behind", function()
    local m, bus, nic, ldg1 = provision()
    nic:attach(ldg1, { entries = 256 })
    local buffer = ldg1:allocate("512K")
    local function go(direction)
      return nic:traffic {
        frames = packets, size = 1500, buffer = buffer, direction = direction,
      }
    end
    local came, received = go("from_device")
    local went, sent = go("to_device")
    check(came == packets and received.bytes == 1500 * packets, "not all frames came in")
    check(went == packets and sent.bytes == 1500 * packets, "not all frames went out")
    check(received.checksum == sent.checksum, "other bytes came in than went out")
    local s = nic:stats()
    if not busted then
      print(string.format("received %d, sent %d, %d bytes each way, checksum %016x",
        s.received, s.sent, received.bytes, received.checksum))
    end
    check(s.received == packets and s.sent == packets and s.faults == 0, "the counters differ")
    check(ldg1.dma:stats().maps == 2 * packets + 2, "the driver mapped more than the frames")
    m:check()
    nic:detach()
    ldg1.dma:trim()
    m:run { steps = 100 }
    check(#bus.grants == 0 and bus.iotsb:usage().valid == 0, "something was left behind")
    m:check()
  end)
end)

if not busted then print("nic_spec: passed") end
