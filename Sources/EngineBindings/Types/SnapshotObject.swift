import LuaRuntime
import Simulation
import Sun4v

/// A kept state as a Lua object.
final class SnapshotObject: LuaObject {
  static let luaName = "snapshot"
  let snapshot: MachineSnapshot

  init(_ snapshot: MachineSnapshot) { self.snapshot = snapshot }
}

extension EngineBindings {
  static func declareSnapshot(in registry: BindingRegistry) {
    registry.type(SnapshotObject.self, "A kept state of a machine") { t in
      t.text { "snapshot at \($0.snapshot.time)" }
      t.property("time", "The clock when it was taken", unit: "nanoseconds") {
        Int64(clamping: $0.snapshot.time.rawValue)
      }
      t.method(
        "equals", "Whether two states are the same",
        Parameter<SnapshotObject>("other", "Another snapshot"),
        documentation: .init(
          example: "local m = sun4v.machine {}\nassert(m:snapshot():equals(m:snapshot()))")
      ) { a, b -> Bool in a.snapshot == b.snapshot }
    }
  }
}
