import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

/// A machine as a Lua object; it knows the one wrapper of each thing in it.
final class MachineObject: LuaObject {
  static let luaName = "machine"

  let machine: Machine
  let environment: EngineBindings.Environment
  /// The place among the machines of the Lua state, from 1.
  let number: Int
  let events: EventRelay
  var domains = Wrappers<DomainID, DomainObject>()
  var rootComplexes = Wrappers<RootComplexID, RootComplexObject>()
  var grants = Wrappers<GrantReference, GrantObject>()
  private var recorders: [WeakReference<RecorderObject>] = []
  var buffers = Wrappers<BufferID, BufferObject>()

  init(_ machine: Machine, _ environment: EngineBindings.Environment) {
    self.machine = machine
    self.environment = environment
    number = environment.adopt(machine)
    events = EventRelay(machine, number, environment)
    let configuration = machine.configuration
    environment.machineMade(
      number, "\(configuration.model.rawValue), seed \(configuration.seed)")
  }

  /// Runs an operation and hands its events to whoever listens.
  @inline(__always)
  func perform<Value>(_ body: () throws(MachineError) -> Value) throws -> Value {
    let result: Value
    do throws(MachineError) {
      result = try body()
    } catch {
      try operationEnded()
      throw error.asScriptsSeeIt
    }
    if environment.hasProgress || machine.hasPolicyError || events.areWanted {
      try operationEnded()
    }
    return result
  }

  private func operationEnded() throws {
    environment.operationEnded()
    if let error = machine.takePolicyError() { throw error }
    try events.deliver()
  }

  /// Records how the windows are used, for as long as somebody keeps the recording.
  func record(every interval: UInt64, limit: Int) -> RecorderObject {
    let made = RecorderObject(self, UsageRecorder(machine, interval: interval, limit: limit))
    recorders.removeAll { $0.object == nil }
    recorders.append(WeakReference(made))
    machine.watchClock { [weak self] in
      self?.recorders.compactMap { $0.object?.recorder } ?? []
    }
    return made
  }

  func domain(_ id: DomainID) -> DomainObject {
    domains.find(id) { DomainObject(self, id) }
  }

  func rootComplex(_ id: RootComplexID) -> RootComplexObject {
    rootComplexes.find(id) { RootComplexObject(self, id) }
  }

  func grant(_ reference: GrantReference) -> GrantObject {
    grants.find(reference) { GrantObject(self, reference) }
  }

  func buffer(_ id: BufferID) -> BufferObject {
    buffers.find(id) { BufferObject(self, id) }
  }
}

extension EngineBindings {
  static func declareMachine(in registry: BindingRegistry) {
    registry.type(MachineObject.self, "One simulated computer: hypervisor, domains, devices, clock")
    {
      t in
      t.text { "machine \($0.machine.configuration.model), \($0.machine.domains.count) domains" }
      t.close { $0.machine.close() }
      t.property("number", "Its place among the machines made, from 1, as traces and logs give it")
      {
        Int64($0.number)
      }
      t.property("model", "The machine model") { $0.machine.configuration.model }
      t.property("seed", "The seed of everything left to chance") {
        Int64(bitPattern: $0.machine.configuration.seed)
      }
      t.property("now", "The virtual clock", unit: "nanoseconds") {
        Int64(clamping: $0.machine.now.rawValue)
      }
      t.property("booted", "Whether the machine has booted") { $0.machine.isBooted }
      t.property("domains", "The domains, the control domain first") { m in
        m.machine.domains.map { m.domain($0) }
      }
      t.property("root_complexes", "The root complexes, in the order they were added") { m in
        m.machine.hypervisor.state.rootComplexes.map { m.rootComplex($0.id) }
      }
      t.property("buffers", "The pieces of memory that scripts hold, in the order they were made") {
        m in m.machine.liveBuffers.map { m.buffer($0) }
      }
      t.property("mappings", "The mappings that are live, in the order they were made") { m in
        m.machine.liveMappings.map { id, record in
          MappingObject(owner: m.domain(record.domain), data: .init(id: id, record: record))
        }
      }
      declareProvisioning(t)
      declareRunning(t)
      declareWatching(t)
      declareMachineDrawings(t)
      declareHoldingsMethod(t)
      declareMachineDescriptions(t)
      declareInjection(t)
      declarePolicy(t)
      declareChoosing(t)
      t.method(
        "close", "Ends the machine; it and its objects can then not be used any more",
        documentation: .init(example: "local m = sun4v.machine {}\nm:close()")
      ) { $0.machine.close() }
    }
  }

  private static func declareProvisioning(_ t: TypeBuilder<MachineObject>) {
    t.method(
      "domain", "Finds a domain by its name", Parameter<String>("name", "The domain's name"),
      documentation: .init(
        errors: ["not_found: no domain has that name"],
        example: "local primary = sun4v.machine({}):domain(\"primary\")",
        seeAlso: ["machine:add_domain"])
    ) { m, name -> DomainObject in
      let found = try raising { () throws(MachineError) in
        try m.machine.checkUsable()
        guard let id = m.machine.domain(named: name) else {
          let known = m.machine.hypervisor.state.domains.map(\.name).joined(separator: ", ")
          throw MachineError(.notFound, "no domain is named \(name); there are \(known)")
        }
        return id
      }
      return m.domain(found)
    }

    let name = Parameter<String>("name", "The domain's name")
    let memory = Parameter<ByteSize>(
      "memory", "Its memory", unit: "bytes", default: ByteSize(512 << 20))
    let quota = Parameter<ByteSize?>("quota", "The most DVA it may hold by grants", unit: "bytes")
    let reservation = Parameter<ByteSize?>(
      "reservation", "DVA that is kept for it", unit: "bytes")
    let reserved = Parameter<RangeArgument?>(
      "reserved", "A reserved range other than the root complex's, to see the boot refused")
    t.method(
      "add_domain", "Adds a guest domain",
      .options("options", name, memory, quota, reservation, reserved),
      returns: [ResultDescription("domain", .any, "the domain")],
      documentation: .init(
        details: "Domains are added before the machine boots.",
        errors: [
          "exists: a domain has the name", "invalid_argument: a size cannot be used",
          "no_memory: the machine has no more", "wrong_state: the machine has booted",
        ],
        example: "local m = sun4v.machine {}\nm:add_domain { name = \"ldg1\", memory = \"512M\" }",
        seeAlso: ["machine:boot", "domain:negotiate"])
    ) { m, o -> DomainObject in
      let range = try o[reserved]
      let plan = (
        name: try o[name], memory: try o[memory], quota: try o[quota],
        reservation: try o[reservation]
      )
      let id = try m.perform { () throws(MachineError) in
        try m.machine.addGuest(
          name: plan.name, memory: plan.memory, quota: plan.quota, reservation: plan.reservation,
          reservedRange: range.map {
            BusAddressRange(base: DVMAAddress($0.base ?? 0), size: $0.size?.bytes ?? 0)
          })
      }
      return m.domain(id)
    }

    t.method(
      "boot", "Boots every domain: they reserve their range, find each other, and compare",
      documentation: .init(
        errors: [
          "reserved_range_mismatch: a guest's range differs; nothing has booted",
          "wrong_state: the machine has booted already",
        ],
        example: "local m = sun4v.machine {}\nm:boot()")
    ) { m in try m.perform { () throws(MachineError) in try m.machine.boot() } }
  }

  private static func declareRunning(_ t: TypeBuilder<MachineObject>) {
    t.method(
      "step", "Lets the earliest thing happen that is due, advancing the clock",
      returns: [ResultDescription("happened", .boolean, "false where nothing is due")],
      documentation: .init(example: "local m = sun4v.machine {}\nm:boot()\nm:step()")
    ) { m -> Bool in try m.perform { () throws(MachineError) in try m.machine.step() } }

    let until = Parameter<UInt64?>(
      "to", "Take no step that is due after this moment", unit: "nanoseconds")
    let time = Parameter<UInt64?>(
      "time", "Take no step that is due after so much time from now", unit: "nanoseconds")
    let steps = Parameter<UInt64?>("steps", "Stop after so many steps")
    t.method(
      "run", "Steps until nothing is due", .options("options", until, time, steps),
      returns: [ResultDescription("steps", .integer, "the number of steps taken")],
      documentation: .init(
        details: "Timers of open sessions count as due; give a limit where they go on for ever.",
        example: "local m = sun4v.machine {}\nm:boot()\nm:run { steps = 10 }")
    ) { m, o -> Int64 in
      let moment = VirtualTime(rawValue: try o[until] ?? .max)
      let limit =
        try o[time].map { min(moment, m.machine.now.advanced(byNanoseconds: $0)) } ?? moment
      let count = try o[steps] ?? .max
      return try m.perform { () throws(MachineError) in
        Int64(clamping: try m.machine.run(until: limit, steps: count))
      }
    }

    t.method(
      "snapshot", "Keeps the whole state of the machine",
      returns: [ResultDescription("snapshot", .any, "for machine:restore")],
      documentation: .init(
        example: "local m = sun4v.machine {}\nlocal s = m:snapshot()\nm:restore(s)",
        seeAlso: ["machine:restore"])
    ) { m -> SnapshotObject in
      SnapshotObject(try raising { () throws(MachineError) in try m.machine.snapshot() })
    }

    t.method(
      "restore", "Puts a kept state back, clock included",
      Parameter<SnapshotObject>("snapshot", "From machine:snapshot"),
      documentation: .init(
        errors: ["invalid_argument: the snapshot is another machine's"],
        example: "local m = sun4v.machine {}\nlocal s = m:snapshot()\nm:restore(s)",
        seeAlso: ["machine:snapshot"])
    ) { m, s in
      try m.perform { () throws(MachineError) in try m.machine.restore(s.snapshot) }
    }
  }
}
