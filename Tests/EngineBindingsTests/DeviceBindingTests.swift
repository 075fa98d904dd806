import LuaRuntime
import Testing

/// What scripts see of functions, interrupts, remembered translations and raw memory.
@Suite struct DeviceBindingTests {
  @Test func anMSIReachesTheDomainThroughItsEventQueue() throws {
    try run(
      provision + """
        local function ok(...) local s, v = primary:hypercall(...) assert(s == "EOK", s) return v end
        local queue = primary:allocate("8K", "8K")
        ok("pci_msiq_conf", 0x400, 2, queue.ra, 128)
        ok("pci_msiq_setvalid", 0x400, 2, 1)
        ok("pci_msiq_setstate", 0x400, 2, 0)
        ok("pci_msi_setmsiq", 0x400, 5, 2, 0)
        ok("pci_msi_setvalid", 0x400, 5, 1)
        -- The released hypervisor has device interrupts under INTR 1.0 only.
        ok("api_set_version", 2, 1, 0)
        local sysino = ok("intr_devino_to_sysino", 0x400, 24 + 2)
        ok("intr_settarget", sysino, 0)
        ok("intr_setenabled", sysino, 1)
        assert(net0:msi(6) == "not_valid")
        assert(net0:msi(5) == "queued")
        assert(net0:msi(5) == "pending")
        local got = primary:interrupts()
        assert(#got == 1 and got[1][1] == sysino, #got)
        assert(#primary:interrupts() == 0)
        assert(primary:load(queue.ra) == 2, "an MSI32 record")
        assert(primary:load(queue.ra + 0x20) == 0x100 and primary:load(queue.ra + 0x30) == 5)
        ok("pci_msg_setmsiq", 0x400, 0x30, 2)
        ok("pci_msg_setvalid", 0x400, 0x30, 1)
        assert(net0:message("err_cor") == "queued")
        assert(primary:load(queue.ra + 64) == 1, "a message record")
        m:check()
        """)
  }

  @Test func translationsThatWereNotFlushedAreStale() throws {
    let chunk = """
      local grant, buffer = ldg1:negotiate { pages = 1 }, ldg1:allocate("8K")
      local map = ldg1:map { buffer = buffer, grant = grant }
      net0:read(map.dva, 1)
      local first = bus:iotlb()
      map:unmap()
      return #first.lines, first.lines[1] and first.lines[1].stale, #bus:iotlb().lines,
        tostring(first.enabled)
      """
    #expect(try run(provision + chunk) == ["1", "false", "0", "true"])
    let without = provision.replacing("seed = 42", with: "seed = 42, iotlb = false")
    #expect(try run(without + chunk) == ["0", "nil", "0", "false"])
  }

  @Test func heldErrorsPileUpInTheRegisters() throws {
    try run(
      provision + """
        bus:hold_errors()
        pcall(net0.read, net0, 0x80000000, 8)
        pcall(net1.write, net1, 0, "x")
        local f = bus:faults()
        assert(f.dva == 0x80000000 and f.requester == 0x100 and f.access == "read")
        assert(#f.pending == 2 and f.pending[1] == "VA_ADJ_UF" and f.pending[2] == "TTE_INV")
        assert(#primary:faults() == 0)
        bus:hold_errors(false)
        assert(bus:faults().status == 0 and #primary:faults() == 2)
        """)
  }

  @Test func aLoanedFunctionInterruptsItsBorrower() throws {
    try run(
      provision + """
        assert(net0.domain == primary)
        bus:loan(net0, ldg1)
        assert(net0.domain == ldg1)
        bus:loan(net0)
        assert(net0.domain == primary)
        """)
  }

  @Test func domainsReadTheRegistersThatScriptsSet() throws {
    try run(
      """
      local m = sun4v.machine { seed = 1 }
      local primary = m:domain("primary")
      local bus = primary:add_root_complex { name = "pci@400" }
      local nic = bus:add_function {
        bdf = "01:00.0", name = "net0", vendor = 0x8086, device = 0x10d3, class = 0x020000,
      }
      m:boot()
      local status, failed, value = primary:hypercall("pci_config_get", 0x400, 0x10000, 0, 4)
      assert(status == "EOK" and failed == 0 and value == 0x10d38086, status)
      nic:config_write(0x40, 0xab, 1)
      assert(nic:config_read(0x40, 1) == 0xab)
      -- The bus has windows of its own, which peek and poke reach.
      assert(primary:hypercall("pci_poke", 0x400, 0xca00000010, 8, 77, 0x10000) == "EOK")
      local s, f, v = primary:hypercall("pci_peek", 0x400, 0xca00000010, 8)
      assert(s == "EOK" and f == 0 and v == 77)
      """)
  }

  @Test func optionsBesideHypervisorDescriptionsWin() throws {
    try run(
      provision + """
        local directory = os.tmpname()
        os.remove(directory)
        assert(os.execute("mkdir " .. directory))
        local files = m:save_descriptions(directory)
        assert(#files == 4 and files[1] == directory .. "/hv.bin")
        local hv = files[1]
        local guests = { primary = files[2], ldg1 = files[3], ldg2 = files[4] }
        local again = sun4v.machine { hypervisor_md = hv, guest_mds = guests }
        assert(again.seed == 42 and again:domain("ldg1").memory == 64 << 20)
        assert(again:descriptions().guests.ldg1 == m:descriptions().guests.ldg1)
        assert(sun4v.machine { hypervisor_md = hv, guest_mds = guests, seed = 7 }.seed == 7)
        guests.ldg2 = nil
        local ok, e = pcall(sun4v.machine, { hypervisor_md = hv, guest_mds = guests })
        assert(not ok and e.code == "machine_description" and e.message:find("ldg2"))
        again:boot()
        assert(again:domain("ldg1"):negotiate { pages = 4 }.pages == 4)
        again:check()
        os.execute("rm -r " .. directory)
        """)
  }
}
