import Hypervisor
import LuaRuntime
import Negotiation
import Simulation
import Sun4v

/// A grant as a Lua object.
final class GrantObject: LuaObject, MachinePart {
  static let luaName = "grant"
  let owner: MachineObject
  let reference: GrantReference

  init(_ owner: MachineObject, _ reference: GrantReference) {
    self.owner = owner
    self.reference = reference
  }

  deinit { owner.grants.forget(reference) }

  var size: UInt64 {
    let page =
      owner.machine.hypervisor.state.rootComplex(reference.rootComplex)?.window.pageSize ?? .size8K
    return reference.record.pages << page.shift
  }
}

/// A grant that is passed to a function, as the engine names it.
struct PassedGrant: PassedPart {
  let name: GrantReference
  let machine: ObjectIdentifier

  init(of grant: GrantObject) {
    name = grant.reference
    machine = ObjectIdentifier(grant.owner)
  }
}

extension GrantState: LuaChoice {
  /// Shown as `grant_state`.
  public static var luaName: String { "grant_state" }
}

extension EngineBindings {
  static func declareGrant(in registry: BindingRegistry) {
    registry.type(GrantObject.self, "A DVA range that the control domain has given to a guest") {
      t in
      t.text { g in
        "grant \(g.reference.record.grant): \(g.reference.record.pages) pages at DVA "
          + "\(g.reference.record.address), \(g.owner.machine.state(of: g.reference).rawValue)"
      }
      t.property("id", "The number") { Int64(bitPattern: $0.reference.record.grant.rawValue) }
      t.property("dva", "The first DVA", type: .address) { $0.reference.record.address.rawValue }
      t.property("pages", "The size", unit: "pages") {
        Int64(clamping: $0.reference.record.pages)
      }
      t.property("size", "The size", unit: "bytes") { Int64(clamping: $0.size) }
      t.property("state", "\"live\", \"revoking\" or \"released\"") {
        $0.owner.machine.state(of: $0.reference)
      }
      t.property("domain", "The domain that holds it") { $0.owner.domain($0.reference.domain) }
      t.property("root_complex", "In whose window it lies") {
        $0.owner.rootComplex($0.reference.rootComplex)
      }
      t.method(
        "release", "Gives the range back to the control domain",
        documentation: .init(
          errors: [
            "wrong_state: mappings are left in it", "stale: it is not held any more",
            "timeout: no answer came",
          ],
          example: firstDMA + "map:unmap()\ngrant:release()", seeAlso: ["domain:negotiate"])
      ) { g in
        try g.owner.perform { () throws(MachineError) in try g.owner.machine.release(g.reference) }
      }
      t.method(
        "release_async", "Gives the range back without waiting for the answer",
        returns: [ResultDescription("request", .any, "what became of it later")],
        documentation: .init(
          errors: ["wrong_state: mappings are left in it", "stale: it is not held any more"],
          example: firstDMA + "map:unmap()\nlocal r = grant:release_async()\nm:run()\n"
            + "assert(r.state == \"released\")", seeAlso: ["grant:release", "domain:request"])
      ) { g -> RequestObject in
        let made = try g.owner.perform { () throws(MachineError) in
          try g.owner.machine.requestRelease(g.reference)
        }
        return RequestObject(g.owner, made)
      }
      let within = Parameter<UInt64>(
        "within", "The time that the guest has; 0 takes it at once", unit: "nanoseconds",
        default: 0)
      t.method(
        "revoke", "The control domain wants the range back, and takes it when the time is up",
        .options("options", within),
        documentation: .init(
          details:
            "A guest in good order unmaps what it has there and gives it up. The clock does not "
            + "run; use machine:run.",
          errors: [
            "stale: it is not live any more", "wrong_state: the control domain is not running",
          ],
          example: firstDMA + "grant:revoke { within = 1000000 }\nm:run()\n"
            + "assert(grant.state == \"released\" and not map.live)",
          seeAlso: ["domain:ignore_revoke"])
      ) { g, o in
        let time = try o[within]
        try g.owner.perform { () throws(MachineError) in
          try g.owner.machine.revoke(g.reference, within: time)
        }
      }
    }
  }
}
