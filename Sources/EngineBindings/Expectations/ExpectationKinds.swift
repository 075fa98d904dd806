import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

extension Expectation {
  /// Whether the table leads a DVA somewhere.
  static func maps(
    _ place: MappingPlace, _ address: DVMAAddress, to target: MappingTarget
  ) throws -> Expectation {
    let view = try place.table.view()
    let bus = try raising { () throws(MachineError) in
      try place.table.owner.machine.rootComplex(place.table.rootComplex)
    }
    let subject = "DVA \(address) of \(bus.name) maps to"
    let entry = view.entry(address)
    let offset = address.rawValue & (bus.window.pageSize.bytes - 1)
    let physical = entry.map { PhysicalAddress($0.physical.rawValue &+ offset) }
    let names = place.table.owner.machine.domainNames
    let found =
      entry.map { entry in
        let holder = entry.holder.map { names[$0] ?? "\($0)" } ?? "nobody"
        let rights = (entry.allowsRead ? "r" : "-") + (entry.allowsWrite ? "w" : "-")
        return "found an entry of \(holder), \(rights), to PA \(physical ?? entry.physical)"
      } ?? "found no valid entry"
    switch target {
    case .anywhere:
      return Expectation(holds: entry != nil, wanted: "\(subject) memory", found: found)
    case .address(let wanted):
      return Expectation(
        holds: physical == wanted, wanted: "\(subject) PA \(wanted)", found: found)
    case .buffer(let buffer):
      guard buffer.owner === place.table.owner else {
        throw LuaBindingError(
          code: "invalid_argument", message: "the buffer and the root complex are of two machines")
      }
      let record = try buffer.record()
      let domain = try raising { () throws(MachineError) in
        try buffer.owner.machine.record(of: record.domain)
      }
      let start = domain.memoryMap.physical(record.base, size: record.size)
      let text = start.map { "PA \($0)" } ?? "no memory"
      return Expectation(
        holds: physical != nil && physical == start,
        wanted: "\(subject) the buffer of \(domain.name) at RA \(record.base), \(text)",
        found: found)
    }
  }

  /// Whether a device's access would succeed.
  static func reaches(
    _ function: FunctionObject, _ address: DVMAAddress, _ access: AccessKind
  ) throws -> Expectation {
    let bus = try function.bus.record()
    let found = function.bus.owner.machine.hypervisor.state.translation(
      function.bus.id, requester: function.address, address, access)
    let name = bus.functions.first { $0.address == function.address }?.name ?? "the device"
    let wanted = "\(name) (\(function.address)) reaches DVA \(address) to \(access.rawValue)"
    switch found {
    case .success(let run):
      return Expectation(holds: true, wanted: wanted, found: "it reaches PA \(run.address)")
    case .failure(let fault):
      return Expectation(
        holds: false, wanted: wanted, found: "found \(fault.description)")
    case nil:
      throw LuaBindingError(code: "not_found", message: "the root complex is gone")
    }
  }

  /// Whether an error is a fault, of a name if one is given.
  static func faults(_ raised: RaisedError?, with name: String?) throws -> Expectation {
    if let name, !IOMMUFaultKind.allCases.contains(where: { $0.rawValue == name }) {
      let names = IOMMUFaultKind.allCases.map(\.rawValue)
      throw LuaBindingError(
        code: "invalid_argument",
        message: "no fault is named '\(name)'\(hint(name, names)); there are "
          + names.joined(separator: ", "))
    }
    let isFault = raised?.code == "fault" && (name == nil || raised?.name == name)
    return Expectation(
      holds: isFault, wanted: "the IOMMU faults" + (name.map { " with \($0)" } ?? ""),
      found: found(raised))
  }

  /// Whether an error has a code.
  static func refuses(_ raised: RaisedError?, with code: String) -> Expectation {
    Expectation(
      holds: raised?.code == code, wanted: "it is refused with the code \(code)",
      found: found(raised))
  }

  /// Whether a call's answer, or the error of a function, is a status.
  static func hasStatus(_ answer: LuaValue, _ name: String) throws -> Expectation {
    let names = HypervisorStatus.all.map(\.name)
    guard names.contains(name) else {
      throw LuaBindingError(
        code: "invalid_argument",
        message: "no status is named '\(name)'\(hint(name, names)); sun4v.status lists all")
    }
    let wanted = "the status is \(name)"
    switch answer {
    case .function(let function):
      let raised = try RaisedError(calling: function)
      let status = raised.map { $0.code == "hypercall" ? $0.name ?? "" : "" } ?? "EOK"
      return Expectation(holds: status == name, wanted: wanted, found: found(raised))
    case .string(let status):
      return Expectation(holds: status == name, wanted: wanted, found: "found \(status)")
    default:
      throw LuaMismatch.expected("status name, or a function", got: answer)
    }
  }

  /// Whether every invariant holds.
  static func isSound(_ machine: Machine) throws -> Expectation {
    try raising { () throws(MachineError) in try machine.checkUsable() }
    let broken = machine.invariantViolations()
    return Expectation(
      holds: broken.isEmpty, wanted: "every invariant of the machine holds",
      found: broken.isEmpty ? "all hold" : broken.map { "broken: \($0)" }.joined(separator: "\n"))
  }

  /// Whether domains hold what they did not hold before.
  static func leaks(_ machine: Machine, _ before: HoldingsObject?) throws -> Expectation {
    let known = Set(before?.holdings.map(\.identity) ?? [])
    let held = try raising { () throws(MachineError) in try machine.holdings() }
      .filter { !known.contains($0.identity) }
    var lines = held.prefix(10).map { "held: \($0.text)" }
    if held.count > lines.count { lines.append("and \(held.count - lines.count) more") }
    return Expectation(
      holds: !held.isEmpty, wanted: "something is held" + (before == nil ? "" : " in addition"),
      opposite: before == nil ? "nothing is held" : "nothing is held in addition",
      found: held.isEmpty ? "nothing is held" : lines.joined(separator: "\n"))
  }

  private static func found(_ raised: RaisedError?) -> String {
    guard let raised else { return "no error was raised" }
    return "raised \(raised.code ?? "an error"): \(raised.text)"
  }

  private static func hint(_ name: String, _ names: [String]) -> String {
    NearestName.find(name, in: names).map { "; did you mean '\($0)'?" } ?? ""
  }
}
