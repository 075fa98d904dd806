import DMA
import LuaRuntime
import Simulation
import Sun4v

/// A disk as a Lua object.
final class DiskObject: LuaObject {
  static let luaName = "block"
  let function: FunctionObject
  let number: Int

  init(_ function: FunctionObject, _ number: Int) {
    self.function = function
    self.number = number
  }

  var owner: MachineObject { function.bus.owner }
}

extension BlockDevice.Operation: LuaChoice {
  /// Shown as `block_operation`.
  public static var luaName: String { "block_operation" }
}

extension EngineBindings {
  private static let diskExample = """
    local m = sun4v.machine {}
    local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
    local disk = bus:add_device { type = "block", bdf = "02:00.0", name = "disk0", sectors = 1024 }
    local ldg1 = m:add_domain { name = "ldg1" }
    m:boot()
    disk:attach(ldg1)
    local buffer = ldg1:allocate("16K")
    local h = ldg1.dma:map_sg(disk.device, { { buffer, 0, 4096 }, { buffer, 8192, 4096 } })

    """

  static func declareDisk(in registry: BindingRegistry) {
    registry.type(DiskObject.self, "A disk with queues in a domain's memory") { t in
      t.text { "block device at \($0.function.address)" }
      t.property("device", "The function that it is, for the DMA API") { $0.function }
      let depth = Parameter<UInt64>.count("depth", "Entries of each queue", default: 32)
      let msi = Parameter<UInt64?>("msi", "The MSI that tells of completions; none by default")
      t.method(
        "attach", "A domain's driver takes the disk, empty, and allocates its queues",
        Parameter<DomainObject>("domain", "The domain"), .options("options", depth, msi),
        documentation: .init(
          errors: ["wrong_state: it has a driver", "invalid_argument: no such depth or MSI"],
          example: diskExample)
      ) { disk, domain, o in
        try disk.owner.check(domain)
        let chosen = (depth: try o[depth], msi: try interrupt(try o[msi]))
        try disk.owner.perform { () throws(MachineError) in
          try disk.owner.machine.attachDisk(
            disk.number, to: domain.id, depth: chosen.depth, interrupt: chosen.msi)
        }
      }
      let operation = Parameter<BlockDevice.Operation>("op", "\"read\" or \"write\"")
      let sector = Parameter<UInt64>.count("sector", "The first sector, of 512 bytes", default: 0)
      let mapping = Parameter<DMAMappingObject>("mapping", "The memory: its segments are the list")
      t.method(
        "submit", "The driver submits an operation, and the disk does it",
        .options("options", operation, sector, mapping),
        returns: [ResultDescription("number", .integer, "the submission's number, for poll")],
        documentation: .init(
          errors: ["wrong_state: the queue is full", "invalid_argument: too many segments"],
          example: diskExample + "disk:submit { op = \"write\", sector = 8, mapping = h }",
          seeAlso: ["block:poll", "dma:map_sg"])
      ) { disk, o -> Int64 in
        let chosen = (operation: try o[operation], sector: try o[sector], mapping: try o[mapping])
        try chosen.mapping.check(isOf: disk.owner)
        return Int64(
          clamping: try disk.owner.perform { () throws(MachineError) in
            try disk.owner.machine.submit(
              disk.number, chosen.operation, sector: chosen.sector,
              try disk.owner.machine.segments(of: chosen.mapping.mapping))
          })
      }
      t.method(
        "poll", "The driver looks which submissions are done",
        returns: [ResultDescription("done", .any, "each with number, length and ok")],
        documentation: .init(
          example: diskExample + "disk:submit { op = \"read\", mapping = h }\n"
            + "assert(disk:poll()[1].ok)",
          seeAlso: ["block:submit"])
      ) { disk -> LuaValue in
        let done = try disk.owner.perform { () throws(MachineError) in
          try disk.owner.machine.pollDisk(disk.number)
        }
        return .list(
          done.map {
            .record([
              ("number", .integer(Int64(clamping: $0.number))),
              ("length", .integer(Int64(clamping: $0.length))), ("ok", .boolean($0.isGood)),
            ])
          })
      }
    }
  }
}
