import LuaRuntime
import Simulation

/// A thing of one machine, which means nothing in another: the numbers of things are a machine's own.
protocol MachinePart: LuaBound {
  /// How the engine names it.
  associatedtype EngineName
  /// The machine that it is part of.
  var owner: MachineObject { get }
  /// What it is in the engine.
  var engineName: EngineName { get }
}

extension MachineObject {
  /// Refuses a thing of another machine.
  func check(_ part: (some MachinePart)?) throws {
    if let part { try check(ObjectIdentifier(part.owner), type(of: part).luaName) }
  }

  /// Refuses a thing that is not of this machine; `what` says what it is.
  @inline(__always)
  func check(_ machine: ObjectIdentifier, _ what: String) throws {
    guard machine == ObjectIdentifier(self) else {
      throw LuaBindingError(
        code: "invalid_argument", message: "the \(what) belongs to another machine")
    }
  }
}

/// A thing of a machine that is passed to a function, as the engine names it.
///
/// For the call only: nothing keeps the thing, and so its machine, any longer.
struct Passed<Part: MachinePart>: LuaProjection {
  /// What it is in the engine of that machine, whichever it is.
  let engineName: Part.EngineName
  /// The machine that it is part of.
  let machine: ObjectIdentifier

  @inline(__always)
  init(of part: Part) {
    engineName = part.engineName
    machine = ObjectIdentifier(part.owner)
  }

  /// What it is in the engine; throws where it is part of another machine.
  @inline(__always)
  func name(in machine: MachineObject) throws -> Part.EngineName {
    try machine.check(self.machine, Part.luaName)
    return engineName
  }
}
