import LuaRuntime
import Simulation
import Sun4v

/// What an action gave back, as exploration keeps it along a path.
struct ActionOutcome: Hashable {
  let value: LuaValue
  private let key: AnyHashable

  init(_ value: LuaValue) {
    self.value = value
    switch value {
    case .object(let object as RequestObject): key = AnyHashable(object.reference)
    case .object(let object as GrantObject): key = AnyHashable(object.reference)
    case .object(let object as BufferObject): key = AnyHashable(object.id)
    case .object(let object as MappingObject): key = AnyHashable(object.id)
    case .object(let object as DomainObject): key = AnyHashable(object.id)
    default: key = AnyHashable(value.text ?? "\(value.exactInteger ?? 0)")
    }
  }

  static func == (a: Self, b: Self) -> Bool { a.key == b.key }
  func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

/// The actions of a script, by name in alphabetical order.
struct ActionsArgument: LuaArgument {
  let actions: [(name: String, function: LuaFunction)]

  static var luaType: LuaType { .custom("actions") }

  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> ActionsArgument {
    let fields: [(name: String, value: LuaValue)]
    switch value {
    case .record(let given): fields = given.map { ($0.name, $0.value) }
    case .list(let items) where items.isEmpty: fields = []
    default:
      throw .expected("actions (a table from names to functions)", got: value)
    }
    var found: [(name: String, function: LuaFunction)] = []
    for field in fields {
      guard case .function(let function) = field.value else {
        throw LuaMismatch("actions.\(field.name): wanted a function")
      }
      found.append((field.name, function))
    }
    guard found.count <= 64 else {
      throw LuaMismatch("\(found.count) actions: wanted at most 64")
    }
    return ActionsArgument(actions: found.sorted { $0.name < $1.name })
  }
}

/// Runs a script's actions and checks on a machine, and writes choices down as Lua.
struct ExplorationScript {
  let owner: MachineObject
  let names: [String]
  private let functions: [LuaFunction]
  private let check: LuaFunction?

  /// Calls the script's `setup`, which gives the machine.
  init(setup: LuaFunction, actions: ActionsArgument, check: LuaFunction?) throws {
    guard case .object(let object)? = try setup().first, let made = object as? MachineObject else {
      throw LuaBindingError(
        code: "invalid_argument", message: "setup has to return a machine, booted as a rule")
    }
    owner = made
    names = actions.actions.map(\.name)
    functions = actions.actions.map(\.function)
    self.check = check
  }

  /// The actions for the search; each is called with the machine and a table of what was done.
  var actions: [ExplorationAction<ActionOutcome>] {
    names.indices.map { index in
      ExplorationAction(name: names[index]) { _, done in
        try run(index, done)
      }
    }
  }

  private func run(_ index: Int, _ done: [ActionOutcome?]) throws -> ActionOutcome? {
    let known = zip(names, done).compactMap { name, outcome in
      outcome.map { (name: name, value: $0.value) }
    }
    let results: [LuaValue]
    do {
      results = try functions[index](owner, LuaValue.record(known))
    } catch let failure as LuaScriptError where Self.isRefusal(failure) {
      return nil
    }
    if case .boolean(false)? = results.first { return nil }
    return ActionOutcome(results.first ?? .nil)
  }

  /// A refusal of the machine, such as a domain that is not running, only means: not now.
  private static func isRefusal(_ failure: LuaScriptError) -> Bool {
    guard let code = try? failure.value.rawField("code").text else { return false }
    return ["wrong_state", "stale", "denied", "outside_grant", "timeout"].contains(code)
  }

  /// What is broken in the machine's present state, or `nil`.
  func broken() throws -> String? {
    try owner.events.deliver()
    let found = owner.machine.invariantViolations()
    if !found.isEmpty { return found.joined(separator: "; ") }
    guard let check else { return nil }
    switch try check(owner).first {
    case .boolean(false): return "check returned false"
    case .string(let text): return text
    default: return nil
    }
  }

  /// A choice as a person writes it, and as a line of the script.
  func line(_ choice: ExplorationChoice) -> String {
    func name(_ domain: DomainID) -> String {
      owner.machine.domainNames[domain] ?? "\(domain)"
    }
    switch choice {
    case .action(let index):
      let quoted = LuaText.quoted(names[index])
      return "done[\(quoted)] = actions[\(quoted)](m, done)"
    case .machine(.deliver(let domain)): return "m:deliver(\(LuaText.quoted(name(domain))))"
    case .machine(.expire(let domain)): return "m:expire(\(LuaText.quoted(name(domain))))"
    case .machine(.arrive): return "m:arrive()"
    }
  }

  /// A violation as a chunk of Lua that takes `setup` and `actions` and goes the same way.
  func script(_ violation: ExplorationViolation) -> String {
    var lines = [
      "-- \(violation.message.split(separator: "\n").joined(separator: " "))",
      "local setup, actions = ...", "local m, done = setup(), {}",
    ]
    lines += violation.choices.map(line)
    lines += ["m:check()", "return m"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// A violation as results see it.
  func record(_ violation: ExplorationViolation?) -> LuaValue {
    guard let violation else { return .nil }
    return .record([
      ("message", .string(violation.message)),
      ("choices", .list(violation.choices.map { .string(line($0)) })),
      ("script", .string(script(violation))),
    ])
  }
}

/// Lua text.
enum LuaText {
  /// A string as a literal of Lua.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        result += "\\" + String(UnicodeScalar(byte))
      case 0x20..<0x7f: result.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte)
        result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    }
    return result + "\""
  }
}
