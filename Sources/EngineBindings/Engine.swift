import LuaRuntime

/// The engine as scripts see it: the one place that declares every binding.
///
/// Each type and module is declared in a file of its own; what is declared there feeds the calls, help,
/// completion, the editor definitions and the reference pages.
public enum EngineBindings {
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
    declareScatterTable(in: registry)
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
