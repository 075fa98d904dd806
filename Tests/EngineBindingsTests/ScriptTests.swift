import EngineBindings
import Foundation
import LuaRuntime
import TestSupport
import Testing

@Suite struct ScriptTests {
  @Test func quickstartRuns() throws {
    let state = try makeEngineState()
    let path = Repository.root.appending(path: "scripts/quickstart.lua").path
    try state.setArguments(script: path, [], before: ["dvmash"])
    _ = try state.runFile(path, arguments: [])
  }

  /// Replays of real machines and drawings; the second argument of each is what its command line
  /// gets.
  @Test(
    arguments: [("replay_t5120", []), ("linux_import", ["64M"]), ("drawings", [])]
      as [(String, [String])])
  func replayRuns(name: String, arguments: [String]) throws {
    let state = try makeEngineState()
    let path = Repository.root.appending(path: "scripts/\(name).lua").path
    try state.setArguments(script: path, arguments, before: ["dvmash"])
    _ = try state.runFile(path, arguments: arguments)
  }

  @Test(.enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)))
  func provisionRunsOnARealMachineDescription() throws {
    let state = try makeEngineState()
    let path = Repository.root.appending(path: "scripts/provision.lua").path
    let file = Repository.shared.appending(path: "data/md/pciex-md.bin").path
    try state.setArguments(script: path, [file], before: ["dvmash"])
    _ = try state.runFile(path, arguments: [file])
  }

  @Test func everyHypercallHasAPageOfHelpWithItsSource() throws {
    let registry = BindingRegistry()
    EngineBindings.register(in: registry, EngineBindings.Environment())
    let topic = try #require(registry.topics.first { $0.name == "pci_iommu_map" })
    #expect(topic.page.hasPrefix("pci_iommu_map(handle, tsbid, count, attributes, list) -> status"))
    #expect(topic.page.contains("0xb0"))
    #expect(registry.topics.allSatisfy { $0.page.contains("Source: ") })
  }

  @Test func everyDeclaredExampleRuns() throws {
    let registry = BindingRegistry()
    EngineBindings.register(in: registry, EngineBindings.Environment(seed: 7))
    var examples: [(String, String)] = []
    for function in registry.allFunctions where !function.documentation.example.isEmpty {
      examples.append((function.qualifiedName, function.documentation.example))
    }
    #expect(examples.count > 30)
    for (name, example) in examples {
      let state = try LuaState(registry: registry)
      do {
        _ = try state.run("local print = function() end\n" + example, name: "=\(name)")
      } catch let failure as LuaFailure {
        Issue.record("the example of \(name) fails: \(failure.message)")
      }
    }
  }
}
