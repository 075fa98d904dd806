import Hypervisor
import Sun4v

/// The cases of PCI, MSI and version calls, each made on a machine of one domain with one bus.
struct PCIVectors: VectorRunner {
  func accepts(_ vector: VectorCase) -> Bool {
    guard let operation = vector.operation else { return false }
    return operation.hasPrefix("pci_") || operation.hasPrefix("api_")
  }

  func run(_ vector: VectorCase) throws -> JSONValue {
    let api = try vector.fields.string("api")
    var state = try PCIVectorState(
      vector.fields.object("given"), negotiatesPCI: api.hasPrefix("pci_"))
    guard let call = HypercallTable.standard.call(named: api) else {
      throw VectorError("api: there is no call \(api)")
    }
    let given = try vector.fields.object("args")
    let arguments = try call.arguments.map { try given.number($0) }
    let result = state.call(call, arguments)
    var returns: [String: JSONValue] = [:]
    for (name, value) in zip(call.results, result.values) { returns[name] = .unsigned(value) }
    return [
      "status": .string(result.status.name), "returns": .object(returns),
      "after": ["tte": .array(Self.entries(of: state, wantedBy: vector))],
    ]
  }

  /// The entries that the case asks about, as they are now.
  private static func entries(of state: PCIVectorState, wantedBy vector: VectorCase) -> [JSONValue]
  {
    guard case .object(let expect)? = vector.expected.first,
      case .object(let after)? = expect["after"], case .array(let wanted)? = after["tte"]
    else { return [] }
    return wanted.map { entry in
      guard case .object(let fields) = entry, let index = fields["index"]?.unsignedValue else {
        return .null
      }
      return ["index": .unsigned(index), "value": .unsigned(state.rawEntry(index))]
    }
  }
}
