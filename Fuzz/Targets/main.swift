// Runs one fuzz target under libFuzzer: fuzz TARGET [libFuzzer's options] [folders of inputs]
//
// A target takes any bytes and must come back; a trap is a finding, and so is a broken promise, such
// as a description that reads differently after it was written.

import CFuzzer
import Conformance
import MachineDescription

#if canImport(Glibc)
  import Glibc
#endif

/// Writes a line to standard error.
func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(2, bytes, bytes.count)
}

/// Ends the process where a promise is broken, so that libFuzzer keeps the input.
func require(_ truth: Bool, _ promise: String) {
  guard !truth else { return }
  say("broken: \(promise)")
  abort()
}

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

/// The bytes that libFuzzer hands to a target.
func input(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
  Array(UnsafeBufferPointer(start: bytes, count: size))
}

let usage = "usage: fuzz md-reader|text-compiler|conformance [options and folders of libFuzzer]"
var count = CommandLine.argc - 1
guard count > 0, let name = CommandLine.arguments.dropFirst().first else {
  say(usage)
  exit(64)
}
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
switch name {
case "md-reader":
  exit(
    LLVMFuzzerRunDriver(&count, &arguments) {
      readDescription(input($0, $1)); return 0
    })
case "text-compiler":
  exit(
    LLVMFuzzerRunDriver(&count, &arguments) {
      compileText(input($0, $1)); return 0
    })
case "conformance":
  exit(
    LLVMFuzzerRunDriver(&count, &arguments) {
      runVectors(input($0, $1)); return 0
    })
default:
  say(usage)
  exit(64)
}
