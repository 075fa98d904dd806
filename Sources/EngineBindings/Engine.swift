import Charts
import LuaRuntime

/// The engine as scripts see it: the one place that declares every binding.
///
/// Each type and module is declared in a file of its own; what is declared there feeds the calls, help,
/// completion, the editor definitions and the reference pages.
public enum EngineBindings {
  /// What the bindings need from whoever runs scripts.
  public final class Environment {
    /// Asked between the steps of long operations; true stops them.
    public var isInterrupted: () -> Bool = { false }
    /// What drawings are shown on.
    public var canvas: () -> TextCanvas = { TextCanvas() }
    /// Whether calls of the engine may open the files that scripts name.
    public var allowsFiles = true
    /// The seed of machines that are given none.
    public var seed: UInt64

    /// Makes an environment that is never interrupted.
    public init(seed: UInt64 = 0) { self.seed = seed }
  }

  /// Declares the module `sun4v` and the types of its objects.
  public static func register(in registry: BindingRegistry, _ environment: Environment) {
    declareMachine(in: registry)
    declareDomain(in: registry)
    declareRootComplex(in: registry)
    declareFunction(in: registry)
    declareGrant(in: registry)
    declareRequest(in: registry)
    declareBuffer(in: registry)
    declareMapping(in: registry)
    declareDMA(in: registry)
    declareDMAMapping(in: registry)
    declareNetwork(in: registry)
    declareDisk(in: registry)
    declareCopyEngine(in: registry)
    declareIOTSB(in: registry)
    declareSnapshot(in: registry)
    declareDrawing(in: registry)
    declareRecorder(in: registry)
    declareHoldings(in: registry)
    declareModule(in: registry, environment)
    declareHypercallTopics(in: registry)
  }
}
