import DMA
import LuaRuntime
import Simulation
import Sun4v

/// A mapping as a Lua object; what it was stays readable after it is undone.
final class MappingObject: LuaObject {
  static let luaName = "mapping"
  let owner: MachineObject
  let id: MappingID
  let record: MappingRecord
  let grant: GrantObject?

  init(_ owner: MachineObject, _ id: MappingID, _ record: MappingRecord, grant: GrantObject?) {
    self.owner = owner
    self.id = id
    self.record = record
    self.grant = grant
  }

  var isLive: Bool { owner.machine.isLive(id) }
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
      t.property("buffer", "The memory") { $0.owner.buffer($0.record.buffer) }
      t.property("grant", "The grant it lies in, if it was mapped there") { $0.grant }
      t.property("domain", "The domain that mapped it") { $0.owner.domain($0.record.domain) }
      t.method(
        "unmap", "Removes the entries, by the domain's own hypercalls",
        documentation: .init(
          errors: ["stale: it is undone already", "hypercall: the hypervisor refused"],
          example: firstDMA + "map:unmap()", seeAlso: ["domain:map"])
      ) { m in
        try m.owner.perform { () throws(MachineError) in try m.owner.machine.unmap(m.id) }
      }
    }
  }
}
