import LuaRuntime
import Simulation
import Sun4v

/// Where `maps_to` looks: a table, or what has one.
struct MappingPlace: LuaArgument {
  let table: IOTSBObject

  static var luaType: LuaType { .custom("root_complex, function or iotsb") }

  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> MappingPlace {
    if case .object(let object) = value {
      switch object {
      case let table as IOTSBObject: return MappingPlace(table: table)
      case let bus as RootComplexObject: return MappingPlace(table: bus.table)
      case let function as FunctionObject: return MappingPlace(table: function.bus.table)
      default: break
      }
    }
    throw .expected("root_complex, function or iotsb", got: value)
  }
}

/// What `maps_to` expects at the other end.
enum MappingTarget: LuaArgument {
  /// Any memory.
  case anywhere
  /// A physical address.
  case address(PhysicalAddress)
  /// The first byte of a buffer.
  case buffer(BufferObject)

  static var luaType: LuaType { .custom("address or buffer") }

  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> MappingTarget {
    if case .object(let object) = value, let buffer = object as? BufferObject {
      return .buffer(buffer)
    }
    guard let number = value.exactInteger else {
      throw .expected("physical address or buffer", got: value)
    }
    return .address(PhysicalAddress(UInt64(bitPattern: number)))
  }
}

/// What the domains of a machine held at a moment, as a Lua object.
final class HoldingsObject: LuaObject {
  static let luaName = "holdings"
  let holdings: [Holding]

  init(_ holdings: [Holding]) { self.holdings = holdings }
}

extension EngineBindings {
  static func declareHoldings(in registry: BindingRegistry) {
    registry.type(HoldingsObject.self, "What the domains of a machine held at a moment") { t in
      t.text { h in
        h.holdings.isEmpty ? "nothing held" : h.holdings.map(\.text).joined(separator: "\n")
      }
      t.length { $0.holdings.count }
      t.property("items", "Each thing in words, in a fixed order") { $0.holdings.map(\.text) }
    }
  }

  static func declareHoldingsMethod(_ t: TypeBuilder<MachineObject>) {
    t.method(
      "holdings", "What the domains hold now: grants, mappings, other entries, and buffers",
      returns: [ResultDescription("holdings", .custom("holdings"), "for sun4v.expect.no_leaks")],
      documentation: .init(
        example: "local m = sun4v.machine {}\nm:boot()\nlocal before = m:holdings()\n"
          + "assert(#before == 0)\nsun4v.expect.no_leaks(m, before)",
        seeAlso: ["sun4v.expect.no_leaks", "machine:stats"])
    ) { m -> HoldingsObject in
      HoldingsObject(try raising { () throws(MachineError) in try m.machine.holdings() })
    }
  }
}
