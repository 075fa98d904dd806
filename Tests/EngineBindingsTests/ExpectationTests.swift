import LuaRuntime
import Testing

/// `sun4v.expect` in plain scripts; as assertions of luassert it is tested with `dvmash test`.
@Suite struct ExpectationTests {
  private let mapped =
    provision + """
      local expect = sun4v.expect
      local grant, buffer = ldg1:negotiate { pages = 2 }, ldg1:allocate("8K")
      local map = ldg1:map {
        buffer = buffer, grant = grant, device = net0, direction = "to_device",
      }

      """

  @Test(arguments: [
    "maps_to(bus, map.dva)", "maps_to(bus, map.dva, buffer)", "maps_to(net0, map.dva, buffer)",
    "maps_to(ldg1.iotsb, map.dva + 5, bus.iotsb:lookup(map.dva).pa + 5)",
    "no.maps_to(bus, map.dva + 8192)", "no.maps_to(bus, map.dva + 1, buffer)",
    "no.maps_to(ldg2.iotsb, map.dva)",
    "reaches(net0, map.dva)", "no.reaches(net0, map.dva, 'write')", "no.reaches(net1, map.dva)",
    "faults_with(function() net0:write(map.dva, 'x') end)",
    "faults_with(function() net0:write(map.dva, 'x') end, 'TTE_PRT')",
    "no.faults_with(function() net0:read(map.dva, 1) end)",
    "no.faults_with(function() net0:write(map.dva, 'x') end, 'TTE_INV')",
    "refuses_with(function() m:boot() end, 'wrong_state')",
    "no.refuses_with(function() m:check() end, 'invariant')",
    "has_status(ldg1:hypercall('pci_iommu_getmap', bus.handle, 0), 'ENOACCESS')",
    "has_status(function() ldg2:map { buffer = ldg2:allocate('8K'), dva = map.dva } end, "
      + "'EINVAL')",
    "has_status(function() end, 'EOK')",
    "no.has_status(ldg1:hypercall('pci_iommu_getmap', bus.handle, 0), 'EOK')",
    "is_sound(m)", "leaks(m)", "no.leaks(m, m:holdings())",
  ])
  func holds(call: String) throws {
    try run(mapped + "expect.\(call)")
  }

  @Test(arguments: [
    (
      "maps_to(bus, map.dva + 8192)",
      "expected that DVA 0x0000000082002000 of pci@400 maps to memory\nfound no valid entry"
    ),
    (
      "no.maps_to(bus, map.dva, buffer)",
      "did not expect that DVA 0x0000000082000000 of pci@400 maps to the buffer of ldg1 at RA "
    ),
    ("maps_to(bus, map.dva, 0x1000)", "found an entry of ldg1, r-, to PA 0x0000000"),
    (
      "reaches(net0, map.dva, 'write')",
      "expected that net0 (01:00.0) reaches DVA 0x0000000082000000 to write\nfound TTE_PRT: "
    ),
    ("no.reaches(net0, map.dva)", "it reaches PA 0x0000000"),
    (
      "faults_with(function() net0:read(map.dva, 1) end, 'TTE_PRT')",
      "expected that the IOMMU faults with TTE_PRT\nno error was raised"
    ),
    (
      "faults_with(function() error('boom', 0) end)",
      "expected that the IOMMU faults\nraised an error: boom"
    ),
    (
      "faults_with(function() error() end)",
      "expected that the IOMMU faults\nraised an error: an error that is a nil"
    ),
    (
      "refuses_with(function() m:boot() end, 'denied')",
      "expected that it is refused with the code denied\nraised wrong_state: "
    ),
    ("has_status('EINVAL', 'EOK')", "expected that the status is EOK\nfound EINVAL"),
    ("no.is_sound(m)", "did not expect that every invariant of the machine holds\nall hold"),
    (
      "no_leaks(m)",
      "expected that nothing is held\nheld: grant 1 of ldg1: 2 pages at DVA 0x0000000082000000, "
        + "live\nheld: mapping of ldg1: 8192 bytes at DVA 0x0000000082000000, to_device\n"
        + "held: buffer of ldg1: 8K at RA 0x"
    ),
    ("leaks(m, m:holdings())", "expected that something is held in addition\nnothing is held"),
  ])
  func failsWithWhatWasFound(call: String, message: String) throws {
    let found = try run(
      mapped + "local ok, e = pcall(function() expect.\(call) end)\n"
        + "return e.code, e.message, tostring(ok)")
    #expect(found.first == "expectation")
    #expect(found.last == "false")
    #expect(found.dropFirst().first?.hasPrefix(message) == true || found[1].contains(message))
  }

  @Test(arguments: [
    ("has_status('EOK', 'EINVALL')", "did you mean 'EINVAL'?"),
    ("faults_with(print, 'TTE_PRTT')", "did you mean 'TTE_PRT'?"),
    ("maps_to(m, 0)", "root_complex, function or iotsb expected, got machine"),
    ("maps_to(bus, 0, 'here')", "physical address or buffer expected"),
    ("has_status(5, 'EOK')", "status name, or a function expected"),
    ("leaks(m, {})", "holdings"),
  ])
  func refusesWhatMakesNoSense(call: String, message: String) throws {
    let found = try run(
      mapped + "local _, e = pcall(function() expect.\(call) end)\nreturn e.code, e.message")
    #expect(found.first != "expectation")
    #expect(try #require(found.last).contains(message), "\(found)")
  }

  @Test func seesEntriesThatNoMappingHas() throws {
    let found = try run(
      provision + """
        local before = m:holdings()
        local first = bus.handle, 0
        local list = primary:allocate("8K")
        primary:store(list.ra, list.ra)
        assert(primary:hypercall("pci_iommu_map", bus.handle, 0, 1, 3, list.ra) == "EOK")
        list:free()
        return select(2, pcall(sun4v.expect.no_leaks, m, before)).message
        """)
    #expect(
      found == [
        "expected that nothing is held in addition\n"
          + "held: entries of primary without a mapping: 1 at DVA 0x0000000080000000"
      ])
  }
}
