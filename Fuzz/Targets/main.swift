// Runs one fuzz target under libFuzzer: fuzz TARGET [libFuzzer's options] [folders of inputs]
//
// A target takes any bytes and must come back; a trap is a finding, and so is a broken promise, such
// as a description that reads differently after it was written, or a machine with an invariant broken.

import CFuzzer

#if canImport(Glibc)
  import Glibc
#endif

/// The bytes that libFuzzer hands to a target.
func input(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
  Array(UnsafeBufferPointer(start: bytes, count: size))
}

let usage =
  "usage: fuzz md-reader|text-compiler|conformance|ldc-packets|domain-services|dvma-messages "
  + "[options and folders of libFuzzer]"
var count = CommandLine.argc - 1
guard count > 0, let name = CommandLine.arguments.dropFirst().first else {
  say(usage)
  exit(64)
}
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
let target: (@convention(c) (UnsafePointer<UInt8>?, Int) -> Int32)? =
  switch name {
  case "md-reader":
    {
      readDescription(input($0, $1)); return 0
    }
  case "text-compiler":
    {
      compileText(input($0, $1)); return 0
    }
  case "conformance":
    {
      runVectors(input($0, $1)); return 0
    }
  case "ldc-packets":
    {
      PacketStory.tell(input($0, $1)); return 0
    }
  case "domain-services":
    {
      DatagramStory.tell(input($0, $1)); return 0
    }
  case "dvma-messages":
    {
      ServiceStory.tell(input($0, $1)); return 0
    }
  default: nil
  }
guard let target else {
  say(usage)
  exit(64)
}
exit(LLVMFuzzerRunDriver(&count, &arguments, target))
