import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

/// An IOTSB, or a domain's part of it, as a Lua object.
final class IOTSBObject: LuaObject {
  static let luaName = "iotsb"
  let owner: MachineObject
  let rootComplex: RootComplexID
  /// The domain whose part it shows, or `nil` for the whole table.
  let holder: DomainID?

  init(_ owner: MachineObject, _ rootComplex: RootComplexID, holder: DomainID?) {
    self.owner = owner
    self.rootComplex = rootComplex
    self.holder = holder
  }

  func view() throws -> IOTSBView {
    try raising { () throws(MachineError) in
      try owner.machine.checkUsable()
      return IOTSBView(try owner.machine.rootComplex(rootComplex), holder: holder)
    }
  }
}

extension EngineBindings {
  static func declareIOTSB(in registry: BindingRegistry) {
    registry.type(IOTSBObject.self, "The table that translates DVA, or a domain's part of it") {
      t in
      t.text { try $0.view().summary }
      t.method(
        "lookup", "The entry that translates a DVA",
        Parameter<UInt64>("dva", "The DVA", type: .address),
        returns: [ResultDescription("entry", .any, "a table, or nil where none is valid")],
        documentation: .init(
          example: firstDMA + "print(ldg1.iotsb:lookup(map.dva).pa)", seeAlso: ["iotsb:entries"])
      ) { i, dva -> LuaValue in
        guard let entry = try i.view().entry(DVMAAddress(dva)) else { return .nil }
        return i.value(entry)
      }

      let from = Parameter<UInt64?>("from", "The first DVA", type: .address)
      let to = Parameter<UInt64?>("to", "The last DVA", type: .address)
      let limit = Parameter<UInt64>.count("limit", "The most entries to return", default: 1000)
      t.method(
        "entries", "The valid entries, in order of DVA", .options("options", from, to, limit),
        returns: [ResultDescription("entries", .any, "a list of tables")],
        documentation: .init(
          example: firstDMA + "for _, e in ipairs(ldg1.iotsb:entries()) do print(e.dva) end")
      ) { i, o -> LuaValue in
        let found = try i.view().entries(
          from: try o[from].map { DVMAAddress($0) }, to: try o[to].map { DVMAAddress($0) },
          limit: Int(clamping: try o[limit]))
        return .list(found.map { i.value($0) })
      }
      t.method(
        "usage", "How much of the table is in use",
        returns: [ResultDescription("usage", .any, "a table of numbers of pages")],
        documentation: .init(example: firstDMA + "print(bus.iotsb:usage().valid)")
      ) { i -> LuaValue in
        let usage = try i.view().usage
        return .record([
          ("pages", .integer(Int64(clamping: usage.pages))),
          ("granted", .integer(Int64(clamping: usage.granted))),
          ("valid", .integer(Int64(clamping: usage.valid))),
        ])
      }
      t.method(
        "dump", "The valid entries as text, a line each",
        Parameter<UInt64>.count("limit", "The most lines", default: 64),
        returns: [ResultDescription("text", .string)],
        documentation: .init(example: firstDMA + "print(ldg1.iotsb:dump())")
      ) { i, limit -> String in
        try i.view().dump(limit: Int(clamping: limit), names: i.owner.machine.domainNames)
      }
      declareTablePicture(t)
    }
  }
}

extension IOTSBObject {
  /// An entry as the table that scripts see.
  fileprivate func value(_ entry: IOTSBView.Entry) -> LuaValue {
    .record([
      ("dva", .address(entry.address.rawValue)), ("index", .integer(Int64(clamping: entry.index))),
      ("pa", .address(entry.physical.rawValue)), ("read", .boolean(entry.allowsRead)),
      ("write", .boolean(entry.allowsWrite)),
      ("device", entry.requester.map { .string($0.description) } ?? .nil),
      ("domain", entry.holder.map { .string(owner.machine.domainNames[$0] ?? "\($0)") } ?? .nil),
      ("raw", .address(entry.raw)),
    ])
  }
}
