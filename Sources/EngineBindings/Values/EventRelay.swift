import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

/// Hands a machine's events to Lua listeners and to the environment's observer, and keeps the newest for `machine:events`.
final class EventRelay {
  /// The most events that are kept.
  static let capacity = 10_000

  private let machine: Machine
  private let number: Int
  private let environment: EngineBindings.Environment
  private var listeners: [(kind: String, function: LuaFunction)] = []
  private var kept: [KeptEvent] = []
  private var names: [DomainID: String] = [:]
  private var isDelivering = false

  /// An event, and what the domains were called then; most kept ones are never looked at.
  private struct KeptEvent {
    let event: TimedEvent
    let names: [DomainID: String]

    var record: EventRecord { EventRecord(event, names: names) }
  }

  /// Whether events are kept.
  var isRecording = false { didSet { updateListening() } }

  init(_ machine: Machine, _ number: Int, _ environment: EngineBindings.Environment) {
    self.machine = machine
    self.number = number
    self.environment = environment
    environment.connect(self)
    updateListening()
  }

  func listen(_ kind: String, _ function: LuaFunction) throws {
    if kind != "*" { try EventRecord.check(kind: kind) }
    listeners.append((kind, function))
    updateListening()
  }

  /// Whether anybody wants to know what happens.
  @exclusivity(unchecked) private(set) var areWanted = false

  /// Whether every event is to be told, not only the newest.
  private var areToldAll: Bool { !listeners.isEmpty || environment.isObserving }

  func updateListening() {
    areWanted = isRecording || areToldAll
    machine.hypervisor.events.isListening = areWanted
    machine.hypervisor.events.limit = areToldAll ? .max : Self.capacity
  }

  /// Delivers what has happened; an event that a listener causes comes after those before it.
  func deliver() throws {
    guard areWanted, !isDelivering else { return }
    isDelivering = true
    defer { isDelivering = false }
    while true {
      let batch = machine.hypervisor.events.drain()
      total &+= machine.hypervisor.events.takeDropped()
      if batch.isEmpty { return }
      let current = machine.domainNames
      if current != names { names = current }
      guard areToldAll else {
        keep(batch)
        continue
      }
      for event in batch {
        if isRecording { keep([event]) }
        let record = EventRecord(event, names: names)
        if environment.isObserving { environment.observer(MachineEvent(machine: number, record)) }
        for listener in listeners where listener.kind == "*" || listener.kind == record.kind {
          _ = try listener.function(record.value)
        }
      }
    }
  }

  /// How many events have been kept, those dropped since included.
  private(set) var total: UInt64 = 0

  private func keep(_ batch: [TimedEvent]) {
    total &+= UInt64(batch.count)
    for event in batch.suffix(Self.capacity) { kept.append(KeptEvent(event: event, names: names)) }
    if kept.count >= 2 * Self.capacity { kept.removeFirst(kept.count - Self.capacity) }
  }

  /// The newest kept events of a kind, or of any, at most `last`.
  ///
  /// Throws `invalid_argument` where there is no such kind.
  func newest(_ last: UInt64, kind: String?) throws -> [LuaValue] {
    if let kind { try EventRecord.check(kind: kind) }
    var found: [LuaValue] = []
    for event in kept.suffix(Self.capacity).reversed() {
      guard found.count < last else { break }
      let record = event.record
      if kind == nil || record.kind == kind { found.append(record.value) }
    }
    return found.reversed()
  }
}
