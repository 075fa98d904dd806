import Charts
import LuaRuntime
import Simulation

extension EngineBindings {
  /// What the bindings need from whoever runs scripts, and what they tell it.
  ///
  /// It belongs to the thread of its Lua state.
  public final class Environment {
    /// Asked between the steps of long operations; true stops them.
    public var isInterrupted: () -> Bool = { false }
    /// What drawings are shown on.
    public var canvas: () -> TextCanvas = { TextCanvas() }
    /// Whether calls of the engine may open the files that scripts name.
    public var allowsFiles = true
    /// The seed of machines that are given none.
    public var seed: UInt64
    /// Told how far a long operation has come, now and then; the text is made only where it is wanted.
    public var progress: (_ text: () -> String) -> Void = { _ in }
    /// Told that the operation that reported progress is over.
    public var progressEnded: () -> Void = {}
    /// Told of every new machine: its number, from 1, and one line about it.
    public var machineMade: (_ number: Int, _ text: String) -> Void = { _, _ in }
    /// Told every event of every machine while `isObserving`, between the engine's steps.
    public var observer: (MachineEvent) -> Void = { _ in }
    /// Whether `observer` wants events; costs time while it does.
    public var isObserving = false {
      didSet { for relay in relays { relay.object?.updateListening() } }
    }

    private var relays: [WeakReference<EventRelay>] = []
    private var machineCount = 0
    private var searches = 0
    /// Whether progress was reported whose end is still to be told.
    @exclusivity(unchecked) private(set) var hasProgress = false

    /// Makes an environment that is never interrupted and observes nothing.
    public init(seed: UInt64 = 0) { self.seed = seed }

    /// Connects a new machine; its number.
    func adopt(_ machine: Machine) -> Int {
      machine.isInterrupted = { [unowned self] in isInterrupted() }
      machine.reportProgress = { [unowned self] in report($0) }
      machineCount += 1
      return machineCount
    }

    /// Lets `isObserving` reach a relay.
    func connect(_ relay: EventRelay) {
      relays.removeAll { $0.object == nil }
      relays.append(WeakReference(relay))
    }

    func report(_ progress: Progress) {
      hasProgress = true
      self.progress { progress.text }
    }

    /// Runs a search, whose steps are no events of the machine: they are taken back again.
    func searching<Value>(_ body: () throws -> Value) rethrows -> Value {
      let before = isObserving
      isObserving = false
      searches += 1
      defer {
        isObserving = before
        searches -= 1
        operationEnded()
      }
      return try body()
    }

    /// Ends what is said of progress, unless the operation was one of many in a search.
    func operationEnded() {
      guard searches == 0 else { return }
      hasProgress = false
      progressEnded()
    }
  }

  /// The number of a machine among those of its Lua state; `nil` for any other object.
  public static func machineNumber(of object: any LuaBound) -> Int? {
    (object as? MachineObject)?.number
  }
}
