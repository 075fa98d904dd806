import Conformance
import MachineDescription

/// Any bytes are a description or an error; what was read is written, linted, shown and read again.
func readDescription(_ bytes: [UInt8]) {
  _ = MachineDescription.lint(bytes: bytes)
  guard let graph = try? MachineDescription(bytes: bytes) else { return }
  _ = try? GuestDescription(graph)
  _ = try? HypervisorDescription(graph)
  let text = graph.text
  guard let written = try? graph.encoded() else { return }
  guard let again = try? MachineDescription(bytes: written) else {
    return require(false, "what was written can be read")
  }
  require((try? again.encoded()) == written, "writing and reading come to rest")
  if let compiled = try? MachineDescription(text: Array(text.utf8), file: "dump") {
    require((try? compiled.encoded()) == written, "a dump compiles to the same bytes")
  }
}

/// Any bytes are a text or an error; what was compiled can be written and read.
func compileText(_ bytes: [UInt8]) {
  guard let graph = try? MachineDescription(text: bytes, file: "fuzz") else { return }
  guard let written = try? graph.encoded() else { return }
  require((try? MachineDescription(bytes: written)) != nil, "what was compiled can be read")
}

/// Any bytes are vectors or an error.
func runVectors(_ bytes: [UInt8]) { _ = try? Conformance.run(file: bytes) }
