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
      t.method(
        "diff", "In what another snapshot differs, one line for each thing",
        Parameter<SnapshotObject>("other", "The later snapshot"),
        returns: [
          ResultDescription(
            "differences", .any, "a list of tables: subject, name, before, after, text")
        ],
        documentation: .init(
          details: "Empty exactly where the two are equal. Long lists are cut, and say so.",
          example: "local m = sun4v.machine {}\nlocal a = m:snapshot()\nm:boot()\n"
            + "for _, d in ipairs(a:diff(m:snapshot())) do print(d.text) end",
          seeAlso: ["snapshot:equals"])
      ) { a, b -> LuaValue in
        .list(
          a.snapshot.differences(to: b.snapshot).map { difference in
            .record([
              ("subject", .string(difference.subject)), ("name", .string(difference.name)),
              ("before", .string(difference.before)), ("after", .string(difference.after)),
              ("text", .string(difference.description)),
            ])
          })
      }
    }
  }
}
