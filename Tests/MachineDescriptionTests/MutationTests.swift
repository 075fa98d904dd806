import MachineDescription
import Sun4v
import TestSupport
import Testing

/// Descriptions that were damaged but can still be read, given to everything that works on graphs.
@Suite struct MutationTests {
  @Test func damagedDescriptionsAreUnderstoodOrRefused() throws {
    var generator = SeededGenerator(seed: 77)
    let originals = [
      LintGraphTests.guest, LintGraphTests.hypervisor, Fixture.small(),
    ]
    let encoded = try originals.map { try $0.encoded() }
    var (understood, refused) = (0, 0)
    for round in 0..<3000 {
      let bytes = encoded[round % 3].mutated(using: &generator)
      guard let graph = try? MachineDescription(bytes: bytes) else { continue }
      let guest = Result { () throws(BindingError) in try GuestDescription(graph) }
      let hypervisor = Result { () throws(BindingError) in try HypervisorDescription(graph) }
      switch guest {
      case .success(let guest):
        understood += 1
        let again = try GuestDescription(guest.machineDescription)
        #expect(again == guest)
      case .failure(let error):
        refused += 1
        #expect(!error.message.isEmpty)
      }
      switch hypervisor {
      case .success(let hypervisor):
        understood += 1
        let again = try HypervisorDescription(hypervisor.machineDescription)
        #expect(again == hypervisor)
      case .failure(let error):
        refused += 1
        #expect(!error.message.isEmpty)
      }
      if round % 5 == 0 {
        let differences = originals[round % 3].differences(to: graph)
        #expect(differences.allSatisfy { !$0.line.isEmpty })
        #expect(graph.differences(to: graph).isEmpty)
      }
    }
    #expect(understood > 100 && refused > 100)
  }
}
