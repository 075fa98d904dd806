import DMA
import LuaRuntime
import Simulation

/// A scatter list that is kept, to be mapped again and again, as a Lua object.
///
/// A list in Lua is read again whenever it is mapped, which takes longer than mapping it.
final class ScatterTableObject: LuaObject, MachinePart {
  static let luaName = "sg_table"
  let owner: MachineObject
  /// The pieces, memory of the owner.
  let pieces: [BufferPiece]

  init(_ owner: MachineObject, _ list: ScatterList) throws {
    self.owner = owner
    pieces = try list.pieces(in: owner)
  }
}

/// The list of a table that is passed to a function.
private struct PassedScatterTable: PassedPart {
  let name: [BufferPiece]
  let machine: ObjectIdentifier

  init(of table: ScatterTableObject) {
    name = table.pieces
    machine = ObjectIdentifier(table.owner)
  }
}

extension EngineBindings {
  static func declareScatterTable(in registry: BindingRegistry) {
    registry.type(ScatterTableObject.self, "A scatter list that is kept, to be mapped often") { t in
      t.text { "scatter list of \($0.pieces.count) pieces" }
      t.length { $0.pieces.count }
    }
  }

  static func declareScatterTables(_ t: TypeBuilder<DMAObject>) {
    let tableExample =
      dmaExample
      + "local sgt = ldg1.dma:sg_table { { buffer, 0, 8192 }, { buffer, 16384, 8192 } }\n"
    t.method(
      "sg_table", "Keeps a scatter list, to be mapped often",
      Parameter<ScatterList>("list", "Pieces, each { buffer, offset, length }"),
      returns: [ResultDescription("table", .any, "the list, for dma:map_sgtable")],
      documentation: .init(
        details:
          "What is mapped is looked at when it is mapped; the list itself is read here, once.",
        errors: ["invalid_argument: a buffer belongs to another machine"],
        example: tableExample + "assert(#sgt == 2)", seeAlso: ["dma:map_sgtable"])
    ) { d, list -> ScatterTableObject in
      try ScatterTableObject(d.owner, list)
    }

    t.method(
      "map_sgtable", "Maps a scatter list that is kept",
      Parameter<PassedDevice>("device", "The function that will use it"),
      Parameter<PassedScatterTable>("table", "What dma:sg_table returned"),
      Parameter<DMADirection>("direction", "Which way data may move", default: .bidirectional),
      making: DMAMappingObject.self, "mapping", "with segments, as few as the device permits",
      documentation: .init(
        details: "As dma:map_sg maps a list, in a quarter of the time.",
        errors: mappingErrors + ["too_big: more segments than the device takes"],
        example: tableExample
          + "ldg1.dma:unmap(ldg1.dma:map_sgtable(nic, sgt, \"from_device\"))",
        seeAlso: ["dma:sg_table", "dma:map_sg", "dma:unmap"])
    ) { d, device, table, direction in
      try d.map(try table.name(in: d.owner), for: device, direction)
    }
  }
}
