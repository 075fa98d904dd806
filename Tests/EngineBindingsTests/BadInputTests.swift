import LuaRuntime
import Testing

/// Bad input gives an error that names what was wrong, and leaves the machine as it was.
@Suite struct BadInputTests {
  /// A statement that must fail, the error's code, and words that its message has.
  struct Case: Sendable, CustomTestStringConvertible {
    let statement: String
    let code: String
    let words: [String]

    init(_ statement: String, _ code: String, _ words: String...) {
      self.statement = statement
      self.code = code
      self.words = words
    }

    var testDescription: String { statement }
  }

  /// Memory that exists in the model and would not fit the process.
  static let large = """
    local m = sun4v.machine { memory = "4G" } m:boot()
    local b = m.domains[1]:allocate("3G")

    """

  static let cases: [Case] = [
    // Names and numbers that do not exist.
    Case("m:domain('nobody')", "not_found", "nobody", "primary"),
    Case("ldg1:hypercall('pci_iommu_mapp', 0)", "unknown_hypercall", "pci_iommu_map"),
    Case("m:on('falt', print)", "invalid_argument", "fault"),
    // Provisioning too late or wrongly.
    Case("m:add_domain { name = 'ldg3' }", "wrong_state", "booted"),
    Case("primary:add_root_complex { name = 'pci@500' }", "wrong_state", "booted"),
    Case("m:boot()", "wrong_state"),
    Case("bus:add_function { bdf = '01:00.0', name = 'other' }", "exists", "01:00.0"),
    Case("sun4v.machine { memory = 12345 }", "invalid_argument", "8K"),
    Case("sun4v.machine { md = '/nonexistent.bin' }", "file", "/nonexistent.bin"),
    // Negotiation that cannot be satisfied.
    Case("ldg1:negotiate { pages = 0 }", "denied"),
    Case("ldg1:negotiate { pages = 1 << 40 }", "denied"),
    Case("ldg1:negotiate { pages = 2000 }", "denied", "quota"),
    Case("ldg1:negotiate { pages = 1, align = '12K' }", "invalid_argument", "align"),
    Case("primary:negotiate { pages = 1 }", "wrong_state", "control"),
    // Memory.
    Case("ldg1:allocate(0)", "invalid_argument"),
    Case("ldg1:allocate('1T')", "no_memory"),
    Case("buffer:read(32760, 100)", "invalid_argument", "32760"),
    Case("buffer:read(-1, 1)", "argument"),
    Case("buffer:write(math.maxinteger, 'x')", "invalid_argument"),
    Case("buffer:fill(256)", "invalid_argument", "256"),
    Case(large + "b:read(0, b.size)", "invalid_argument", "at most 1G"),
    Case(large + "b:fill(1)", "invalid_argument", "at most 1G"),
    Case("buffer:free()", "wrong_state", "mapped"),
    // Mapping.
    Case("ldg2:map { buffer = buffer, grant = grant }", "invalid_argument", "ldg1"),
    Case("ldg1:map { buffer = buffer }", "invalid_argument", "grant"),
    Case("ldg1:map { buffer = buffer, grant = grant }", "outside_grant"),
    Case("ldg1:map { buffer = buffer, grant = other }", "outside_grant"),
    Case("ldg1:map { buffer = buffer, dva = other.dva }", "hypercall", "ENOACCESS"),
    Case("ldg1:map { buffer = buffer, dva = grant.dva + 1 }", "invalid_argument", "8K"),
    Case("ldg1:map { buffer = buffer, dva = 0 }", "invalid_argument", "window"),
    Case("ldg1:map { buffer = buffer, grant = grant, lenght = 1 }", "argument", "length"),
    Case("grant:release()", "wrong_state", "unmap"),
    Case("ldg1:load(buffer.ra + 1)", "invalid_argument", "multiple of 8"),
    Case("ldg1:load(0)", "invalid_argument", "ldg1"),
    Case("ldg1:store(-8, 1)", "invalid_argument"),
    Case("ldg1:store(buffer.ra, 'x')", "argument", "word 1"),
    Case("ldg1:load_bytes(buffer.ra, 1 << 40)", "invalid_argument", "64M"),
    Case("ldg1:store_bytes(0, 'x')", "invalid_argument"),
    // Devices.
    Case("net0:config_read(4096)", "invalid_argument", "4096"),
    Case("net0:config_read(1, 2)", "invalid_argument"),
    Case("net0:config_write(0, 256, 1)", "invalid_argument", "0x100"),
    Case("net0:msi(256)", "invalid_argument", "255"),
    Case("net0:message('err')", "argument", "err_cor"),
    Case("net0:message('err_cor', 8)", "invalid_argument"),
    Case("bus:loan(net0, sun4v.machine({}):domain('primary'))", "invalid_argument", "machine"),
    Case(
      "bus:add_function { bdf = '03:00.0', name = 'n', vendor = 0x10000 }", "invalid_argument",
      "vendor"),
    // Machine descriptions.
    Case("m:save_descriptions('/nonexistent')", "file", "/nonexistent/hv.bin"),
    Case("sun4v.machine { hypervisor_md = '/nonexistent' }", "invalid_argument", "guest_mds"),
    Case("sun4v.machine { guest_mds = '/nonexistent' }", "invalid_argument", "hypervisor_md"),
    Case(
      "sun4v.machine { hypervisor_md = '/nonexistent', guest_mds = '/' }", "file", "/nonexistent"),
    Case("net0:read(other.dva, 8)", "fault", "TTE_INV"),
    Case("net1:read(map.dva, 8)", "fault", "KEY_ERR"),
    Case("net0:read(0, 8)", "fault"),
    Case("net0:write(map.dva + 32760, ('x'):rep(100))", "fault"),
    // Types and counts.
    Case("ldg1:negotiate(4)", "argument"),
    Case("ldg1:negotiate { pages = 'many' }", "argument", "pages"),
    Case("ldg1:negotiate { pages = 1.5 }", "argument", "pages"),
    Case("net0:read(map.dva, 8, 9)", "argument"),
    Case("net0.read(m, map.dva, 8)", "argument", "function"),
    Case("bus:translate(map.dva, 'xx')", "argument", "bdf"),
    Case("return map.dvaa", "argument", "dva"),
    Case("map.dva = 1", "argument", "dva"),
    // Objects beyond their end.
    Case("map:unmap() map:unmap()", "stale"),
    Case("map:unmap() buffer:free() return buffer.size", "stale"),
    Case("map:unmap() grant:release() grant:release()", "stale"),
    Case("map:unmap() grant:release() ldg1:map { buffer = buffer, grant = grant }", "stale"),
    Case("ldg1:crash() return buffer.size", "stale"),
    Case("m:close() m:boot()", "closed"),
    Case("m:close() return ldg1.name", "closed"),
    Case("m:close() ldg1:negotiate { pages = 1 }", "closed"),
    Case("local s = m:snapshot() sun4v.machine {}:restore(s)", "invalid_argument"),
  ]

  @Test(arguments: cases)
  func failsWithACodeAndAReason(_ bad: Case) throws {
    let results = try run(
      provision + """
        local grant, other = ldg1:negotiate { pages = 4 }, ldg2:negotiate { pages = 2 }
        local buffer = ldg1:allocate("32K")
        local map = ldg1:map { buffer = buffer, grant = grant, device = net0 }
        local ok, e = pcall(function() \(bad.statement) end)
        if pcall(function() return m.domains[1].name end) then m:check() end
        local code = type(e) ~= "string" and e and e.code or "string"
        return tostring(ok), tostring(code), tostring(e)
        """)
    #expect(results[0] == "false", "nothing was raised")
    let code = bad.code == "argument" ? results[1] : bad.code
    #expect(results[1] == code, "\(results[2])")
    for word in bad.words { #expect(results[2].contains(word), "\(results[2])") }
  }
}
