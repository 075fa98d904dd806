import Hypervisor
import LuaRuntime
import Negotiation
import Simulation
import Sun4v

/// A question to the control domain as a Lua object.
final class RequestObject: LuaObject {
  static let luaName = "request"
  let owner: MachineObject
  let reference: RequestReference

  init(_ owner: MachineObject, _ reference: RequestReference) {
    self.owner = owner
    self.reference = reference
  }
}

extension RequestState: LuaChoice {
  /// Shown as `request_state`.
  public static var luaName: String { "request_state" }
}

extension EngineBindings {
  static func declareRequest(in registry: BindingRegistry) {
    registry.type(
      RequestObject.self, "A question of a guest to the control domain, asked and not waited for"
    ) {
      t in
      t.text { r in
        "request \(r.reference.id), \(r.owner.machine.state(of: r.reference).rawValue)"
      }
      t.property("id", "The number") { Int64(bitPattern: $0.reference.id.rawValue) }
      t.property("domain", "The domain that asked") { $0.owner.domain($0.reference.domain) }
      t.property("state", "Where it stands") { $0.owner.machine.state(of: $0.reference) }
      t.property("grants", "The grants it was answered with; none until then") { r in
        r.owner.machine.grants(of: r.reference).map { r.owner.grant($0) }
      }
      t.property("grant", "The first of them, or nil") { r -> GrantObject? in
        r.owner.machine.grants(of: r.reference).first.map { r.owner.grant($0) }
      }
      t.property("reason", "Why it was denied, or nil") { r -> String? in
        switch r.owner.machine.outcome(of: r.reference) {
        case .denied(let reason): reason.message
        case .refused(let code): code.name
        default: nil
        }
      }
    }
  }
}
