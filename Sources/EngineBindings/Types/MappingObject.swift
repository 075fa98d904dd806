import DMA
import LuaRuntime
import Simulation
import Sun4v

/// A mapping as a Lua object; what it was stays readable after it is undone.
struct MappingObject: LuaPlainObject {
  /// The mapping, and its record when it was made.
  struct Data: BitwiseCopyable {
    let id: MappingID
    let record: MappingRecord
  }

  static let luaName = "mapping"
  let owner: DomainObject
  let data: Data

  var id: MappingID { data.id }
  var record: MappingRecord { data.record }
  var machine: MachineObject { owner.owner }
  var isLive: Bool { machine.machine.isLive(id) }
}

extension EngineBindings {
  static func declareMapping(in registry: BindingRegistry) {
    registry.type(MappingObject.self, "Memory of a domain, mapped for devices") { t in
      t.text { m in
        "mapping of \(m.record.length) bytes at DVA \(m.record.base), "
          + "\(m.record.direction.rawValue)\(m.isLive ? "" : ", undone")"
      }
      t.property("dva", "The DVA of the first byte", type: .address) { $0.record.base.rawValue }
      t.property("length", "The size", unit: "bytes") { Int64(clamping: $0.record.length) }
      t.property("pages", "The number of entries", unit: "pages") {
        Int64(clamping: $0.record.pages)
      }
      t.property("direction", "Which way data may move") { $0.record.direction }
      t.property("device", "The BDF of the only function that may use it, if there is one") {
        $0.record.requester?.description
      }
      t.property("live", "Whether it is still mapped") { $0.isLive }
      t.property("buffer", "The memory") { $0.machine.buffer($0.record.buffer) }
      t.property("grant", "The grant it lies in, if it was mapped there") { m in
        m.record.grant.map { m.machine.grant($0) }
      }
      t.property("domain", "The domain that mapped it") { $0.owner }
      t.method(
        "unmap", "Removes the entries, by the domain's own hypercalls",
        documentation: .init(
          errors: ["stale: it is undone already", "hypercall: the hypervisor refused"],
          example: firstDMA + "map:unmap()", seeAlso: ["domain:map"])
      ) { m in
        try m.machine.perform { () throws(MachineError) in try m.owner.machine.unmap(m.id) }
      }
    }
  }
}
