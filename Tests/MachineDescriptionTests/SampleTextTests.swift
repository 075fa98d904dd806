import Foundation
import MachineDescription
import Sun4v
import TestSupport
import Testing

/// The sample text of the binding of PCIe root complexes.
@Suite(.enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)))
struct SampleTextTests {
  private func sample() throws -> MachineDescription {
    let file = Repository.shared.appending(path: "data/fwarc/2007-070-io.cfg")
    return try MachineDescription(text: [UInt8](Data(contentsOf: file)), file: "io.cfg")
  }

  @Test func compilesToARootComplexWithItsTree() throws {
    let graph = try sample()
    let bus = try #require(graph.root?.children.first?.children.first)
    let complex = try RootComplexDescription(bus)
    #expect(complex.handle.rawValue == 0x780)
    #expect(complex.window.base.rawValue == 0x8000_0000 && complex.window.size == 0x8000_0000)
    #expect(complex.messageInterrupts?.queueCount == 36)
    #expect(complex.buses == 2...255)
    #expect(bus.children.first?.children.count == 3)
    #expect(try MachineDescription(bytes: graph.encoded()) == graph)
  }

  @Test func itsOdditiesAreFound() throws {
    let findings = MachineDescription.lint(bytes: try sample().encoded())
    let devices = findings.filter {
      $0.rule.severity == .error && $0.node?.hasPrefix("iodevice") == true
    }
    // The windows of the sample lie on one another: both start at 0.
    #expect(Set(devices.map(\.rule.id)) == ["address-ranges-overlap"])
  }
}
