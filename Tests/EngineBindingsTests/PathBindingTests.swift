import EngineBindings
import Foundation
import LuaRuntime
import Simulation
import TestSupport
import Testing

/// The comparison as scripts see it, the script that prints it, and the document that shows its output.
@Suite struct PathBindingTests {
  static let script = Repository.root.appending(path: "scripts/compare_paths.lua").path
  static let document = Repository.root.appending(path: "docs/paths.md")

  /// What the script prints with some arguments.
  private func output(_ arguments: [String]) throws -> String {
    let state = try makeEngineState()
    try state.setArguments(script: Self.script, arguments, before: ["dvmash"])
    _ = try state.run(
      """
      printed = {}
      function print(line) table.insert(printed, (tostring(line or ""):gsub(" +$", ""))) end
      """, name: "=capture")
    _ = try state.runFile(Self.script, arguments: arguments)
    return try state.run("return table.concat(printed, '\\n')", name: "=captured")
      .map { state.guardedText($0) }.joined()
  }

  @Test func resultsAreTables() throws {
    let results = try run(
      """
      local r = sun4v.compare_paths {
        ways = { "direct", "proxied" }, size = "4K", operations = 2, guests = { 2 }, seed = 3,
        costs = { context_switch = 0 },
      }
      return #r, r[1].way, r[1].control.cycles, r[1].guest.calls.pci_iommu_map, r[2].way,
        r[2].bytes_copied, r[2].control.calls.ldc_copy, r[2].packets, r[2].control_share > 0.5
      """)
    #expect(
      results == ["2", "direct", "0.0", "4", "proxied", "16384", "4", "8", "true"])
  }

  @Test(arguments: [
    ("ways = { 'direkt' }", "direct"), ("ways = {}", "ways"), ("guests = { 33 }", "32"),
    ("guests = 4", "guests"), ("size = 0", "size"), ("size = '2M'", "1048576"),
    ("depth = 0", "depth"), ("operations = 1.5", "operations"),
    ("workload = 'net'", "net_receive"), ("costs = { ldc_cpy = 1 }", "ldc_copy"),
    ("costs = { interrupt = -1 }", "interrupt"), ("costs = { interrupt = 'x' }", "number"),
    ("costs = 4", "costs"), ("model = 't2'", "t1"), ("negotiate = 'never'", "once"),
  ])
  func badArgumentsSayWhatIsWanted(options: String, word: String) throws {
    let results = try run(
      "local ok, e = pcall(sun4v.compare_paths, { \(options) }) return tostring(ok), tostring(e)")
    #expect(results[0] == "false")
    #expect(results[1].contains(word), "\(results[1])")
  }

  @Test func theScriptDrawsWithASCIIWhereItMust() throws {
    let text = try output(["operations=2", "guests=1,2", "chars=ascii", "workload=net_receive"])
    #expect(text.contains("net_receive, 1500 bytes each"))
    #expect(text.contains(String(repeating: "#", count: 50)))
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
    #expect(text.contains("direct   2 guests, 4 operations: the control domain made 0 hypercalls"))
  }

  @Test func theScriptReadsCosts() throws {
    let cheap = try output(["operations=1", "guests=1", "context_switch=0", "chars=ascii"])
    let dear = try output(["operations=1", "guests=1", "context_switch=9000", "chars=ascii"])
    #expect(cheap != dear)
  }

  @Test func theDocumentShowsWhatTheScriptPrints() throws {
    let text = try String(contentsOf: Self.document, encoding: .utf8)
    let fresh = try output(["chars=utf8"]).split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "    \($0)" }.joined(separator: "\n")
    #expect(
      text.contains(fresh),
      "docs/paths.md is stale; put in what scripts/compare_paths.lua chars=utf8 prints:\n\(fresh)")
  }

  @Test func theDocumentHasTheTableOfCosts() throws {
    let text = try String(contentsOf: Self.document, encoding: .utf8)
    for cost in PathCost.allCases {
      let cycles = Int(cost.cycles)
      let row = "| `\(cost.rawValue)` | \(cycles) | \(cost.unit) | \(cost.source) |"
      #expect(text.contains(row), "docs/paths.md lacks: \(row)")
    }
  }
}
