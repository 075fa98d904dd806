import Benchmarks
import CLuaYardstick
import EngineBindings
import LuaRuntime

/// P5: the engine as scripts drive it.
///
/// Each row is a Lua function that does its work so many times in a loop and reads the clock itself. The
/// floor is a method of an object in C, bound to Lua as it mostly is.
enum LuaRows {
  /// Prepares a Lua state with a machine, and the rows.
  ///
  /// Throws `LuaFailure` where a script fails.
  static func make() throws -> [BenchmarkRow] {
    let registry = BindingRegistry()
    EngineBindings.register(in: registry, EngineBindings.Environment())
    registry.module("bench", "What only the benchmark needs") { module in
      module.function("null", "Does nothing") {}
      module.function("clock", "Nanoseconds that the thread has run") { ThreadClock.now }
    }
    let state = try LuaState(registry: registry)
    try state.run(preparation, name: "=bench")
    let scripted = try rows.map { row in
      let functions = try state.run(
        """
        local null, clock = bench.null, bench.clock
        local ldg1, nic, dma, grant = ldg1, nic, dma, grant
        local buffer, list, sgt, mapped = buffer, list, sgt, mapped
        return function(n)
          local start = clock()
          for i = 1, n do \(row.body) end
          return clock() - start
        end
        """, name: "=\(row.subject)")
      guard let function = functions.first else {
        throw BenchmarkError("lua: the chunk of \(row.subject) returned nothing")
      }
      return BenchmarkRow(row.subject, floor: floor, operations: row.operations) {
        guard let time = try state.call(function, [row.operations]).first?.integer else {
          throw BenchmarkError("lua: \(row.subject) did not give its time")
        }
        return UInt64(clamping: time)
      }
    }
    return [try yardstick()] + scripted
  }

  private static let floor = "method in C"

  private static func yardstick() throws -> BenchmarkRow {
    let operations = 200_000
    let yardstick = try Yardstick()
    return BenchmarkRow(floor, operations: operations) { try yardstick.run(operations) }
  }

  private static let rows: [(subject: String, operations: Int, body: String)] = [
    ("null call", 200_000, "null()"),
    ("property", 200_000, "local size = buffer.size"),
    ("map+unmap", 20_000, "ldg1:map { buffer = buffer, grant = grant, device = nic }:unmap()"),
    (
      "map_single", 20_000, "dma:unmap(dma:map_single(nic, buffer, 0, 4096, \"bidirectional\"))"
    ),
    ("map_sg 128", 1_000, "dma:unmap(dma:map_sg(nic, list, \"from_device\"))"),
    ("map_sgtable 128", 1_000, "dma:unmap(dma:map_sgtable(nic, sgt, \"from_device\"))"),
    ("read 64", 20_000, "nic:read(mapped.dva, 64)"),
  ]

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
    sgt = dma:sg_table(list)
    mapped = ldg1:map { buffer = ldg1:allocate("8K"), grant = ldg1:negotiate { pages = 1 } }
    """
}

/// The method in C, with a Lua state of its own.
private final class Yardstick {
  private let state: OpaquePointer

  init() throws {
    guard let state = yardstick_open() else {
      throw BenchmarkError("lua: there is no memory for the method in C")
    }
    self.state = state
  }

  deinit { yardstick_close(state) }

  /// The nanoseconds that so many calls take.
  func run(_ calls: Int) throws -> UInt64 {
    var time: Int64 = 0
    guard yardstick_run(state, Int64(calls), &time) else {
      throw BenchmarkError("lua: the method in C failed")
    }
    return UInt64(clamping: time)
  }
}
