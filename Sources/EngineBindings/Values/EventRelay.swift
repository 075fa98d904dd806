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
  private var records: [EventRecord] = []
  private var isDelivering = false

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
    guard kind == "*" || EventRecord.kinds.contains(kind) else {
      let near =
        NearestName.find(kind, in: EventRecord.kinds).map { "; did you mean '\($0)'?" } ?? ""
      throw LuaBindingError(
        code: "invalid_argument",
        message: "no event is of kind '\(kind)'\(near); kinds: "
          + EventRecord.kinds.joined(separator: ", "))
    }
    listeners.append((kind, function))
    updateListening()
  }

  /// Whether anybody wants to know what happens.
  @exclusivity(unchecked) private(set) var areWanted = false

  func updateListening() {
    areWanted = isRecording || !listeners.isEmpty || environment.isObserving
    machine.hypervisor.events.isListening = areWanted
  }

  /// Delivers what has happened; an event that a listener causes comes after those before it.
  func deliver() throws {
    guard areWanted, !isDelivering else { return }
    isDelivering = true
    defer { isDelivering = false }
    while true {
      let batch = machine.hypervisor.events.drain()
      if batch.isEmpty { return }
      for event in batch {
        let record = EventRecord(event, names: machine.domainNames)
        if isRecording { keep(record) }
        if environment.isObserving { environment.observer(MachineEvent(machine: number, record)) }
        for listener in listeners where listener.kind == "*" || listener.kind == record.kind {
          _ = try listener.function(record.value)
        }
      }
    }
  }

  /// How many events have been kept, those dropped since included.
  private(set) var total: UInt64 = 0

  private func keep(_ record: EventRecord) {
    total &+= 1
    records.append(record)
    if records.count >= 2 * Self.capacity { records.removeFirst(records.count - Self.capacity) }
  }

  func kept(kind: String?, last: UInt64) -> [LuaValue] {
    records.suffix(Self.capacity).filter { kind == nil || $0.kind == kind }
      .suffix(Int(clamping: last)).map(\.value)
  }
}
