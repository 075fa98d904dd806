import MachineDescription
import Sun4v
import TestSupport
import Testing

@Suite struct DifferenceTests {
  /// The same graph with nodes, properties of different names, and arcs in another order.
  private func shuffled(
    _ graph: MachineDescription, using generator: inout SeededGenerator
  ) -> MachineDescription {
    let order = [0] + Array(1..<graph.nodes.count).shuffled(using: &generator)
    var places = [Int](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { places[old] = new }
    return MachineDescription(
      nodes: order.map { old in
        var node = graph.nodes[old]
        let names = Set(node.properties.map(\.name)).sorted().shuffled(using: &generator)
        node.properties = names.flatMap { name in
          node.properties.filter { $0.name == name }
        }.map { property in
          guard let target = property.value.target else { return property }
          return .init(property.name, .arc(.init(places[target.position])))
        }
        return node
      })
  }

  @Test func orderHasNoMeaning() throws {
    var generator = SeededGenerator(seed: 9)
    for graph in [
      Fixture.small(), LintGraphTests.guest, LintGraphTests.hypervisor,
    ] {
      for _ in 0..<20 {
        let other = shuffled(graph, using: &generator)
        #expect(graph.differences(to: other).map(\.line) == [])
      }
    }
  }

  @Test(.enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)))
  func realFilesDifferFromOneAnotherOnly() throws {
    var generator = SeededGenerator(seed: 10)
    for file in RealFile.allCases {
      let graph = try file.description()
      #expect(graph.differences(to: shuffled(graph, using: &generator)).map(\.line) == [])
    }
    let lines = try RealFile.oneUp.description().differences(
      to: RealFile.twoStrands.description()
    ).map(\.line)
    #expect(lines == ["+ cpu[id=0x1]"])
  }

  @Test func randomGraphsEqualThemselvesShuffled() {
    var generator = SeededGenerator(seed: 21)
    for _ in 0..<300 {
      let graph = Fixture.random(using: &generator)
      let other = shuffled(graph, using: &generator)
      #expect(graph.differences(to: other).map(\.line) == [], "\(graph.text)\n\(other.text)")
    }
  }

  @Test func changesAreNamed() {
    let old = BindingTests.guest()
    var new = old
    new.memory[1].size = 0x8000_0000
    new.processors.append(.init(id: 2))
    new.platform.hostID = nil
    new.channels.removeLast()
    let lines = old.machineDescription.differences(to: new.machineDescription).map(\.line)
    #expect(
      lines == [
        "- /platform[name=SUNW,dvmash] hostid = 7",
        "~ /platform[name=SUNW,dvmash] max-cpus = 2 -> 3",
        "~ /memory/mblock[base=0x400000000] size = 0x40000000 -> 0x80000000",
        "- /channel-endpoints/channel-endpoint[id=0x2]",
        "+ /cpus/cpu[id=0x2]",
      ])
  }

  @Test func aMovedArcIsNamed() {
    let old = BindingTests.hypervisor()
    var new = old
    new.memory[1].owner = DomainID(0)
    let lines = old.machineDescription.differences(to: new.machineDescription).map(\.line)
    #expect(lines.contains("+ /guests/guest[name=primary] fwd -> /memory/mblock[resource_id=0x1]"))
    #expect(lines.count == 4)
  }
}
