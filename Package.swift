// swift-tools-version: 6.1

import PackageDescription

/// Settings that every Swift target shares, so that a rule holds everywhere or nowhere.
let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library layer; `dependencies` may name only layers below it (docs/architecture.md).
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// The tests of one layer, in `Tests/<name>Tests`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
    swiftSettings: swiftSettings)
}

let package = Package(
  name: "dvmash",
  products: [
    .executable(name: "dvmash", targets: ["dvmash"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // Whole files as bytes, for everything that reads or writes them.
    layer("Files", [.product(name: "SystemPackage", package: "swift-system")]),

    // Drawings of numbers, in SVG and in characters.
    layer("Markup"),
    layer("Charts", ["Markup"]),

    // Tables that are as long as they can ever become.
    layer("LazyMemory"),

    // The engine, bottom to top.
    layer("Sun4v"),
    layer("MachineDescription", ["Sun4v"]),
    // What the processor can do and Swift has no word for.
    .target(name: "CProcessor"),
    layer("Hypervisor", ["Sun4v", "MachineDescription", "LazyMemory", "CProcessor"]),
    layer("Channels", ["Sun4v", "Hypervisor"]),
    layer("Negotiation", ["Sun4v", "LazyMemory", "CProcessor", "Hypervisor", "Channels"]),
    layer("DMA", ["Sun4v", "Hypervisor", "Negotiation"]),
    layer(
      "Simulation",
      ["Sun4v", "MachineDescription", "Hypervisor", "Channels", "Negotiation", "DMA"]),
    layer(
      "Conformance",
      ["Sun4v", "MachineDescription", "Hypervisor", "Channels", "Negotiation"]),
    layer("Benchmarks", ["Sun4v", "Hypervisor", "Negotiation", "DMA", "Simulation"]),

    // Lua. CLua is the only code that calls the Lua API, but for the yardstick.
    .systemLibrary(
      name: "CLuaSystem", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
    .target(name: "CLua", dependencies: ["CLuaSystem"]),
    // What binding a program in C to Lua costs, for comparison.
    .target(name: "CLuaYardstick", dependencies: ["CLuaSystem"]),
    layer("LuaRuntime", ["CLua"]),
    layer(
      "EngineBindings",
      [
        "Charts", "Files", "Sun4v", "MachineDescription", "Hypervisor", "Negotiation", "DMA",
        "Simulation", "LuaRuntime",
      ]),

    // The terminal. CReadline is the only code that touches readline and SIGINT.
    .target(name: "CReadline", linkerSettings: [.linkedLibrary("readline")]),
    layer("LineEditor", ["CReadline"]),
    layer(
      "Shell",
      [
        "Charts", "Markup", "LineEditor", "LuaRuntime", "EngineBindings", "Sun4v",
        .product(name: "Logging", package: "swift-log"),
      ]),

    .executableTarget(
      name: "dvmash",
      dependencies: [
        "Shell", "Charts", "Conformance", "Files", "Hypervisor", "MachineDescription",
        "Benchmarks", "CLuaYardstick", "Negotiation", "LuaRuntime", "EngineBindings", "Simulation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),

    // Tests.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
    // Counts what threads allocate, for the tests of paths that must not.
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .testTarget(
      name: "HotPathTests",
      dependencies: [
        "AllocationCounter", "Sun4v", "Hypervisor", "Negotiation", "DMA", "Simulation",
      ],
      swiftSettings: swiftSettings),
    // A prompt without a shell behind it, for the tests on a pseudo-terminal (Tests/pty).
    .executableTarget(
      name: "LineEditorProbe", dependencies: ["LineEditor"], path: "Tests/LineEditorProbe",
      swiftSettings: swiftSettings),
    tests("Files"),
    tests("LazyMemory"),
    tests("Charts"),
    tests("Sun4v"),
    tests("MachineDescription", ["Sun4v"]),
    tests("Hypervisor", ["Sun4v", "MachineDescription"]),
    tests("Channels", ["Sun4v", "Hypervisor"]),
    tests("Negotiation", ["Sun4v", "Hypervisor", "Channels"]),
    tests("DMA", ["Sun4v", "Hypervisor", "Negotiation"]),
    tests("Simulation", ["Sun4v", "MachineDescription", "Hypervisor", "Negotiation", "DMA"]),
    tests("Benchmarks", ["Negotiation"]),
    tests("Conformance", ["Sun4v"]),
    tests("LuaRuntime", ["CLua"]),
    tests("EngineBindings", ["Sun4v", "Simulation", "LuaRuntime"]),
    tests("LineEditor"),
    tests("Shell", ["LuaRuntime", "Sun4v"]),
  ],
  cLanguageStandard: .c11
)
