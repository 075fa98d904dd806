import Benchmarks
import EngineBindings
import LuaRuntime

/// P5: the engine as scripts drive it.
///
/// Each row is a Lua function that does its work so many times in a
/// loop; the floor is the cheapest call of a method that the bindings have.
enum LuaRows {
  /// Prepares a Lua state with a machine, and the rows.
  ///
  /// Throws `LuaFailure` where a script fails.
  static func make() throws -> [BenchmarkRow] {
    let registry = BindingRegistry()
    EngineBindings.register(in: registry, EngineBindings.Environment())
    let state = try LuaState(registry: registry)
    try state.run(preparation, name: "=bench")
    func row(
      _ subject: String, floor: String? = "floor", operations: Int, _ body: String
    ) throws -> BenchmarkRow {
      let functions = try state.run(
        "return function(n) for i = 1, n do \(body) end end", name: "=\(subject)")
      guard let function = functions.first else {
        throw BenchmarkError("lua: the chunk of \(subject) returned nothing")
      }
      return .timed(subject, floor: floor, operations: operations) {
        try state.call(function, [operations])
      }
    }
    return [
      try row("floor", floor: nil, operations: 100_000, "local size = buffer.size"),
      try row(
        "map+unmap", operations: 10_000,
        "ldg1:map { buffer = buffer, grant = grant, device = nic }:unmap()"),
      try row(
        "map_single", operations: 10_000,
        "dma:unmap(dma:map_single(nic, buffer, 0, 4096, \"bidirectional\"))"),
      try row(
        "map_sg 128", operations: 500, "dma:unmap(dma:map_sg(nic, list, \"from_device\"))"),
      try row("read 64", operations: 10_000, "nic:read(mapped.dva, 64)"),
    ]
  }

  private static let preparation = """
    machine = sun4v.machine { seed = 42 }
    local bus = machine:domain("primary"):add_root_complex { name = "pci@400" }
    nic = bus:add_function { bdf = "01:00.0", name = "net0" }
    ldg1 = machine:add_domain { name = "ldg1", memory = "512M" }
    machine:boot()
    grant = ldg1:negotiate { pages = 16 }
    buffer = ldg1:allocate("8K")
    dma = ldg1.dma
    local pieces = ldg1:allocate("2M")
    list = {}
    for i = 0, 127 do list[i + 1] = { pieces, i * 16384, 8192 } end
    mapped = ldg1:map { buffer = ldg1:allocate("8K"), grant = ldg1:negotiate { pages = 1 } }
    """
}
