import LuaRuntime
import Testing

/// Things of one machine mean nothing in another, whose things have the same numbers.
@Suite struct MachinePartTests {
  private let twoMachines = """
    local function make()
      local m = sun4v.machine {}
      local primary = m:domain("primary")
      local bus = primary:add_root_complex { name = "pci@400" }
      local nic = bus:add_device { type = "nic", bdf = "01:00.0", name = "net0" }
      local disk = bus:add_device { type = "block", bdf = "02:00.0", name = "disk0" }
      local ldg1 = m:add_domain { name = "ldg1" }
      m:boot()
      return {
        m = m, bus = bus, nic = nic, disk = disk, ldg1 = ldg1, dma = ldg1.dma,
        buffer = ldg1:allocate("32K"), grant = ldg1:negotiate { pages = 4 },
      }
    end
    local a, b = make(), make()

    """

  @Test(arguments: [
    ("a.dma:map_single(a.nic.device, b.buffer, 0, 64)", "buffer"),
    ("a.dma:map_single(b.nic.device, a.buffer, 0, 64)", "function"),
    ("a.dma:map_sg(b.nic.device, { { a.buffer } })", "function"),
    ("a.dma:map_sg(a.nic.device, { { b.buffer } })", "buffer"),
    ("a.dma:sg_table { { b.buffer } }", "buffer"),
    ("a.dma:map_sgtable(a.nic.device, b.dma:sg_table { { b.buffer } })", "sg_table"),
    ("a.dma:map_windows(b.nic.device, a.buffer, 0, 64)", "function"),
    ("a.dma:alloc_coherent(b.nic.device, 4096)", "function"),
    ("a.dma:limits(b.nic.device, {})", "function"),
    ("a.ldg1:map { buffer = b.buffer, grant = a.grant }", "buffer"),
    ("a.ldg1:map { buffer = a.buffer, grant = b.grant }", "grant"),
    ("a.ldg1:map { buffer = a.buffer, grant = a.grant, device = b.nic.device }", "function"),
    ("a.ldg1:negotiate { pages = 1, root_complex = b.bus }", "root_complex"),
    ("a.m:record {}:samples(b.bus)", "root_complex"),
    ("a.nic:attach(b.ldg1)", "domain"),
    ("a.disk:attach(b.ldg1)", "domain"),
    (
      "a.nic:attach(a.ldg1); "
        + "a.nic:post_receive(b.dma:map_single(b.nic.device, b.buffer, 0, 64))", "mapping"
    ),
    (
      "a.nic:attach(a.ldg1); "
        + "a.nic:transmit(b.dma:map_single(b.nic.device, b.buffer, 0, 64))", "mapping"
    ),
    ("a.nic:attach(a.ldg1); a.nic:traffic { frames = 1, buffer = b.buffer }", "buffer"),
    (
      "a.disk:attach(a.ldg1); a.disk:submit { op = 'read', "
        + "mapping = b.dma:map_single(b.disk.device, b.buffer, 0, 512) }", "mapping"
    ),
  ])
  func thoseOfAnotherMachineAreRefused(statement: String, part: String) throws {
    let results = try run(
      twoMachines + """
        local ok, e = pcall(function() \(statement) end)
        a.m:check()
        return ok, e.code, tostring(e):find("the \(part) belongs to another machine", 1, true) ~= nil
        """)
    #expect(results == ["false", "invalid_argument", "true"])
  }

  @Test func aListOfTwoMachinesIsRefused() throws {
    let results = try run(
      twoMachines + """
        local ok, e = pcall(a.dma.map_sg, a.dma, a.nic.device, { { a.buffer, 0, 64 }, { b.buffer } })
        return ok, tostring(e)
        """)
    #expect(results.first == "false")
    #expect(results.last?.contains("'list[2]' to 'dma:map_sg' (memory of another machine") == true)
  }

  /// The table keeps its machine, so that no other can come to lie where that one was.
  @Test func aTableOutlivesNoMachine() throws {
    let results = try run(
      twoMachines + """
        local taken = 0
        for _ = 1, 30 do
          local sgt
          do local gone = make(); sgt = gone.dma:sg_table { { gone.buffer } } end
          collectgarbage() collectgarbage()
          local other = make()
          if pcall(other.dma.map_sgtable, other.dma, other.nic.device, sgt) then taken = taken + 1 end
        end
        return taken
        """)
    #expect(results == ["0"])
  }
}
