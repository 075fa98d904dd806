import Hypervisor
import LuaRuntime
import Sun4v

extension EngineBindings {
  /// Declares a page of help for every hypercall, from the dispatch table's own declarations.
  static func declareHypercallTopics(in registry: BindingRegistry) {
    for call in HypercallTable.standard.calls {
      registry.topic(
        TopicDeclaration(
          name: call.name, kind: "hypercall", summary: call.summary, page: page(of: call)))
    }
  }

  private static func page(of call: Hypercall) -> String {
    let trap = call.trap == .core ? "core trap" : "fast trap"
    let arguments = call.arguments.joined(separator: ", ")
    let results = (["status"] + call.results).joined(separator: ", ")
    let group = call.group.map { "API group \($0.rawValue.hexadecimal)" } ?? "always present"
    let names =
      call.aliases.isEmpty ? "" : "Also called \(call.aliases.joined(separator: ", ")).\n    "
    return """
      \(call.name)(\(arguments)) -> \(results)
          \(call.summary)

          \(names)Function \(call.number.hexadecimal) of the \(trap), \(group).
          From a script: domain:hypercall("\(call.name)", ...)
          Source: \(call.source)

      """
  }
}
