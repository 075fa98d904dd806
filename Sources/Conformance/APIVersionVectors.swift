import Hypervisor
import Sun4v

/// The cases of API versioning as specified: what is offered, calls in order, what each answers.
struct APIVersionVectors: VectorRunner {
  func accepts(_ vector: VectorCase) -> Bool { vector.inputHas("hv") }

  func run(_ vector: VectorCase) throws -> JSONValue {
    let input = try vector.fields.object("input")
    let hypervisor = try machine(input)
    if try input.optionalString("op") != nil { return try clientInterface(input, hypervisor) }
    if let condition = try input.optionalString("condition") {
      guard condition == "group in use, change illegal" else {
        throw VectorError("input.condition: unknown condition")
      }
      for group in hypervisor.state.offered.groups.map(\.group) {
        hypervisor.state.setVersionFrozen(DomainID(0), group, true)
      }
    }
    var returns: [JSONValue] = []
    var buffer: UInt64 = 0
    for call in try input.objects("calls") {
      let arguments = try call.numbers("args")
      let result = try make(call.number("trap"), call.number("func"), arguments, hypervisor)
      returns.append([
        "status": .unsigned(result.status.rawValue),
        "ret": .array(result.values.map { .unsigned($0) }),
      ])
      buffer = arguments.first ?? 0
    }
    let port = DomainPort(hypervisor, DomainID(0))
    let first = port.read(RealAddress(buffer), count: 1)?.first
    return [
      "returns": .array(returns), "buffer_first_byte": first.map { .integer(Int64($0)) } ?? .null,
    ]
  }

  /// A domain with memory, and a bus whose handle no case names, that offers what `hv` lists.
  private func machine(_ input: VectorFields) throws -> Hypervisor {
    let offered = try input.object("hv")
    var table: [APIGroup: [APIVersion]] = [:]
    for key in offered.allKeys() {
      guard let number = UInt64(addressText: key), case .array(let versions)? = offered.value(key)
      else { throw VectorError("input.hv.\(key): wanted a group's number and a list of versions") }
      table[APIGroup(rawValue: number)] = try versions.map { version in
        guard case .array(let parts) = version, parts.count == 2,
          let major = parts[0].unsignedValue, let minor = parts[1].unsignedValue
        else { throw VectorError("input.hv.\(key): a version is [major, minor]") }
        return APIVersion(major, minor)
      }
    }
    var state = HypervisorState(
      model: .t2, conformance: .specified, offered: OfferedVersions(table))
    let domain = state.addDomain(name: "caller", role: .control)
    do {
      try state.installMemory(
        domain, base: RealAddress(0), size: 1 << 20, physical: PhysicalAddress(0))
    } catch {
      throw VectorError(error.message)
    }
    return Hypervisor(state: state)
  }

  private func make(
    _ trap: UInt64, _ function: UInt64, _ arguments: [UInt64], _ hypervisor: Hypervisor
  ) throws -> HypercallResult {
    let registers = arguments + Array(repeating: 0, count: max(0, 5 - arguments.count))
    let packed = HypercallArguments(
      registers[0], registers[1], registers[2], registers[3], registers[4])
    switch HypercallTrap(rawValue: trap) {
    case .core: return hypervisor.coreTrap(DomainID(0), function, packed)
    case .fast: return hypervisor.fastTrap(DomainID(0), function, packed)
    case nil: throw VectorError("trap \(trap.hexadecimal): wanted 0x80 or 0xff")
    }
  }

  /// A word of the client interface, with the call that it makes.
  private func clientInterface(
    _ input: VectorFields, _ hypervisor: Hypervisor
  ) throws -> JSONValue {
    let name = try input.string("word")
    guard let word = VersionWord(rawValue: name) else {
      throw VectorError("input.word: there is no word \(name)")
    }
    guard let outcome = word.execute(stack: try input.numbers("stack"), by: DomainID(0), hypervisor)
    else { throw VectorError("input.stack: too few values for \(name)") }
    return [
      "hypercall": [
        "trap": .unsigned(HypercallTrap.core.rawValue), "func": .unsigned(outcome.function),
        "args": .array(outcome.arguments.map { .unsigned($0) }),
      ],
      "result_stack": .array(outcome.stack.map { .unsigned($0) }),
    ]
  }
}
