// swift-tools-version: 6.1

// The fuzz targets, apart from the main package because they need every layer built with coverage
// for libFuzzer. Build and run them with scripts/fuzz.

import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A layer of the engine; `Engine` is a link to the main package's sources.
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Engine/\(name)", swiftSettings: swiftSettings)
}

let package = Package(
  name: "dvmash-fuzz",
  targets: [
    layer("Sun4v"),
    layer("MachineDescription", ["Sun4v"]),
    .target(name: "CProcessor", path: "Engine/CProcessor"),
    layer("LazyMemory"),
    layer("Hypervisor", ["Sun4v", "MachineDescription", "LazyMemory", "CProcessor"]),
    layer("Channels", ["Sun4v", "Hypervisor"]),
    layer("Negotiation", ["Sun4v", "LazyMemory", "CProcessor", "Hypervisor", "Channels"]),
    layer("DMA", ["Sun4v", "Hypervisor", "Negotiation"]),
    layer(
      "Simulation",
      ["Sun4v", "MachineDescription", "Hypervisor", "Channels", "Negotiation", "DMA"]),
    layer(
      "Conformance", ["Sun4v", "MachineDescription", "Hypervisor", "Channels", "Negotiation"]),
    .target(name: "CFuzzer", path: "CFuzzer"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CFuzzer", "Sun4v", "MachineDescription", "Hypervisor", "Channels", "Negotiation", "DMA",
        "Simulation", "Conformance",
      ],
      path: "Targets", swiftSettings: swiftSettings,
      // The fuzzer's run time comes in by the link; gold fails on its debugging information.
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
  ]
)
