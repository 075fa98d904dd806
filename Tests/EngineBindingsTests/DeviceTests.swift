import Foundation
import LuaRuntime
import TestSupport
import Testing

/// Devices that drivers drive.
@Suite struct DeviceTests {
  static let devices = """
    local m = sun4v.machine { seed = 42 }
    local primary = m:domain("primary")
    local bus = primary:add_root_complex { name = "pci@400" }
    local nic = bus:add_device { type = "nic", bdf = "01:00.0", name = "net0" }
    local disk = bus:add_device { type = "block", bdf = "02:00.0", name = "d0", sectors = 64 }
    local copy = bus:add_device { type = "copy", bdf = "03:00.0", name = "copy0" }
    local ldg1 = m:add_domain { name = "ldg1" }
    m:boot()
    local buffer = ldg1:allocate("32K")

    """

  @Test func theAcceptanceScriptPasses() throws {
    let state = try makeEngineState()
    let path = Repository.root.appending(path: "scripts/acceptance/nic_spec.lua").path
    try state.setArguments(script: path, ["200"], before: ["dvmash"])
    _ = try state.runFile(path, arguments: ["200"])
  }

  @Test func aDiskKeepsWhatWasWritten() throws {
    let results = try run(
      Self.devices + """
        disk:attach(ldg1, { depth = 4 })
        buffer:write(0, "first") buffer:write(8192, "second")
        local w = ldg1.dma:map_sg(disk.device, { { buffer, 0, 512 }, { buffer, 8192, 512 } },
          "to_device")
        disk:submit { op = "write", sector = 10, mapping = w }
        local r = ldg1.dma:map_single(disk.device, buffer, 16384, 1024, "from_device")
        disk:submit { op = "read", sector = 10, mapping = r }
        disk:submit { op = "read", sector = 63, mapping = r }
        ldg1.dma:unmap(r)
        local done = disk:poll()
        m:check()
        return buffer:read(16384, 5), buffer:read(16384 + 512, 6), #done, done[2].ok, done[3].ok
        """)
    #expect(results == ["first", "second", "3", "true", "false"])
  }

  @Test func anEngineCopiesByBusAddresses() throws {
    let results = try run(
      Self.devices + """
        buffer:write(100, "copied")
        local from = ldg1.dma:map_single(copy.device, buffer, 100, 6, "to_device")
        local to = ldg1.dma:map_single(copy.device, buffer, 16384, 6, "from_device")
        copy:start(from.dva, to.dva, 6)
        local text = buffer:read(16384, 6)
        local ok, e = pcall(copy.start, copy, from.dva, to.dva, 20000)
        m:check()
        return text, ok, e.code, copy:stats().copies, copy:stats().faults
        """)
    #expect(results == ["copied", "false", "fault", "1", "1"])
  }

  @Test func completionsRaiseAnMSIWhereTheOwnerEnabledIt() throws {
    let results = try run(
      Self.devices + """
        nic:attach(primary, { entries = 4, msi = 7 })
        local queue = primary:allocate("8K")
        local handle = bus.handle
        assert(primary:hypercall("pci_msiq_conf", handle, 0, queue.ra, 128) == "EOK")
        assert(primary:hypercall("pci_msiq_setvalid", handle, 0, 1) == "EOK")
        assert(primary:hypercall("pci_msi_setmsiq", handle, 7, 0, 0) == "EOK")
        assert(primary:hypercall("pci_msi_setvalid", handle, 7, 1) == "EOK")
        local memory = primary:allocate("8K")
        nic:post_receive(primary.dma:map_single(nic.device, memory, 0, 2048, "from_device"))
        nic:deliver("x")
        local _, tail = primary:hypercall("pci_msiq_gettail", handle, 0)
        m:check()
        return tail
        """)
    #expect(results == ["64"])
  }

  @Test func trafficIsComparedByteForByteAndToldOfTogether() throws {
    let results = try run(
      Self.devices + """
        local queue, memory = primary:allocate("8K"), primary:allocate("64K")
        nic:attach(primary, { entries = 32, msi = 7, coalesce = 4 })
        local handle = bus.handle
        assert(primary:hypercall("pci_msiq_conf", handle, 0, queue.ra, 128) == "EOK")
        assert(primary:hypercall("pci_msiq_setvalid", handle, 0, 1) == "EOK")
        assert(primary:hypercall("pci_msi_setmsiq", handle, 7, 0, 0) == "EOK")
        assert(primary:hypercall("pci_msi_setvalid", handle, 7, 1) == "EOK")
        local came, received = nic:traffic { frames = 70, size = 1501, buffer = memory }
        local went, sent = nic:traffic {
          frames = 70, size = 1501, buffer = memory, direction = "to_device",
        }
        assert(received.checksum == sent.checksum and received.bytes == 70 * 1501)
        -- Batches of 32, 32 and 6 frames: 8, 8 and 2 signals, of which the driver takes one each.
        assert(received.interrupts == 3 and nic:stats().interrupts == 36)
        assert(primary.dma:stats().live == 2)
        m:check()
        return came, went
        """)
    #expect(results == ["70", "70"])
  }

  @Test func trafficThatTheIOMMURefusesLeavesNothingMapped() throws {
    let results = try run(
      Self.devices + """
        nic:attach(ldg1, { entries = 8 })
        local before = ldg1.dma:stats().live
        m:inject { hypercall = "pci_iommu_map", status = "EIO", after = 4 }
        local done, problem = pcall(nic.traffic, nic, { frames = 64, buffer = buffer })
        m:inject {}
        assert(ldg1.dma:stats().live == before, "a mapping is left")
        local h = ldg1.dma:map_single(nic.device, buffer, 0, 100, "from_device")
        nic:post_receive(h)
        local again, other = pcall(nic.traffic, nic, { frames = 1, buffer = buffer })
        m:check()
        return done, problem.code, again, other.code
        """)
    #expect(results == ["false", "hypercall", "false", "wrong_state"])
  }

  @Test func snapshotsHoldDevices() throws {
    let results = try run(
      Self.devices + """
        local before = m:snapshot()
        nic:attach(ldg1, { entries = 4 })
        local h = ldg1.dma:map_single(nic.device, buffer, 0, 100, "from_device")
        nic:post_receive(h)
        local s = m:snapshot()
        nic:deliver("a")
        m:restore(s)
        local again = nic:deliver("b")
        local text = buffer:read(0, 1)
        m:restore(before)
        m:check()
        return again, text, select(2, pcall(nic.poll, nic)).code
        """)
    #expect(results == ["delivered", "b", "wrong_state"])
  }

  @Test(arguments: [
    ("nic:deliver('x')", "wrong_state"), ("nic:attach(ldg1, { entries = 0 })", "invalid_argument"),
    ("nic:attach(ldg1, { msi = 256 })", "invalid_argument"),
    ("nic:attach(ldg1) nic:attach(ldg1)", "wrong_state"),
    ("nic:attach(ldg1, { entries = 1 }) nic:post_receive(h) nic:post_receive(h)", "wrong_state"),
    ("nic:attach(ldg1) ldg1.dma:unmap(h) nic:post_receive(h)", "stale"),
    ("nic:attach(ldg1) nic:transmit(h, 101)", "invalid_argument"),
    ("nic:attach(ldg1) ldg1:crash() nic:deliver('x')", "stale"),
    ("nic:attach(ldg1) nic:traffic { frames = 1, buffer = buffer, size = 7 }", "invalid_argument"),
    (
      "nic:attach(ldg1) nic:traffic { frames = 1, buffer = buffer, size = 60000 }",
      "invalid_argument"
    ),
    ("disk:poll()", "wrong_state"), ("disk:attach(ldg1, { depth = 0 })", "invalid_argument"),
    ("copy:start(0, 0, 1)", "fault"), ("copy:start(h.dva, h.dva, 1 << 40)", "invalid_argument"),
    ("bus:add_device { type = 'nic', bdf = '01:00.0', name = 'other' }", "exists"),
    (
      "bus:add_device { type = 'block', bdf = '04:00.0', name = 'd1', sectors = 0 }",
      "invalid_argument"
    ),
  ])
  func badInputIsRefused(statement: String, code: String) throws {
    let results = try run(
      Self.devices + """
        local h = ldg1.dma:map_single(nic.device, buffer, 0, 100)
        local ok, e = pcall(function() \(statement) end)
        m:check()
        return ok, e.code
        """)
    #expect(results == ["false", code])
  }
}
