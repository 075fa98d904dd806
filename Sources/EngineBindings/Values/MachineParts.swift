import LuaRuntime
import Simulation

/// A thing of one machine, which means nothing in another: the numbers of things are a machine's own.
protocol MachinePart: LuaBound {
  /// The machine that it is part of.
  var owner: MachineObject { get }
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
/// A type for each kind of thing: one generic type is not made special by the compiler, and costs
/// `dma:map_single` a thousand instructions.
protocol PassedPart: LuaProjection where Object: MachinePart {
  /// How the engine names it.
  associatedtype Name
  /// What it is in the engine.
  var name: Name { get }
  /// The machine that it is part of.
  var machine: ObjectIdentifier { get }
}

extension PassedPart {
  /// What it is in the engine; throws where it is part of another machine.
  @inline(__always)
  func name(in machine: MachineObject) throws -> Name {
    try machine.check(self.machine, Object.luaName)
    return name
  }
}
