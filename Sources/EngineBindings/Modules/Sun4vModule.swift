import Hypervisor
import LuaRuntime
import Negotiation
import Simulation
import Sun4v

extension EngineBindings {
  static func declareModule(in registry: BindingRegistry, _ environment: Environment) {
    registry.module("sun4v", "The executable model of sun4v DMA") { m in
      declareMachineMaker(m, environment)
      declareExploration(m, environment)
      m.function(
        "size", "The number of bytes that text such as \"512M\" means",
        Parameter<ByteSize>("size", "Text with a suffix K, M, G, T, P or E, or a number"),
        returns: [ResultDescription("bytes", .integer, unit: "bytes")],
        documentation: .init(example: "assert(sun4v.size(\"8K\") == 8192)")
      ) { size -> Int64 in Int64(bitPattern: size.bytes) }
      m.constant("hypercalls", "Every hypercall: name, number, arguments, results", hypercalls)
      declarePaths(m, environment)
      m.module("status", "Status numbers by name") { status in
        for entry in HypervisorStatus.all {
          status.constant(
            entry.name, entry.meaning, .integer(Int64(bitPattern: entry.status.rawValue)))
        }
        status.function(
          "name", "The name of a status number", Parameter<UInt64>.count("number", "The number"),
          documentation: .init(example: "assert(sun4v.status.name(6) == \"EINVAL\")")
        ) { number -> String in HypervisorStatus(rawValue: number).name }
        status.function(
          "meaning", "What a status number means",
          Parameter<UInt64>.count("number", "The number"),
          documentation: .init(example: "print(sun4v.status.meaning(10))")
        ) { number -> String in HypervisorStatus(rawValue: number).meaning }
      }
      m.module("u64", "Arithmetic on integers read as unsigned 64-bit numbers") { u in
        declareUnsigned(u)
      }
      declareExpectations(m)
      m.module("md", "Machine descriptions") { md in declareDescriptions(md, environment) }
    }
  }

  private static func declareMachineMaker(_ m: ModuleBuilder, _ environment: Environment) {
    let model = Parameter<MachineModel>(
      "model", "\"t1\" (Fire), \"t2\" (PIU) or \"atu\" (64-bit IOTSBs)", default: .t2)
    let seed = Parameter<Int64?>("seed", "The seed of everything left to chance")
    let description = Parameter<String?>(
      "md", "A machine description file that says what the control domain has")
    let conforms = Parameter<ConformanceMode>(
      "conforms", "\"deployed\" or \"specified\", where they differ", default: .deployed)
    let memory = Parameter<ByteSize>(
      "memory", "The control domain's memory, without md", unit: "bytes",
      default: MachineConfiguration.defaultControlMemory)
    let iotlb = Parameter<Bool>(
      "iotlb", "Whether root complexes remember translations, which can become stale",
      default: true)
    let hypervisorDescription = Parameter<String?>(
      "hypervisor_md", "The hypervisor's machine description file, with guest_mds instead of md")
    let guestDescriptions = Parameter<GuestDescriptionFiles?>(
      "guest_mds", "The domains' own: a directory with NAME-md.bin, or files by domain name")
    let tuning = MachineTuning()
    m.function(
      "machine", "Makes a machine with its control domain \"primary\"",
      .options(
        "options", model, seed, description, conforms, memory, iotlb, hypervisorDescription,
        guestDescriptions, tuning.queue, tuning.retransmit, tuning.acknowledge, tuning.policy,
        tuning.quarantine, tuning.guardPages, tuning.strict, tuning.numbering, tuning.channels,
        tuning.planted),
      returns: [ResultDescription("machine", .any, "the machine, not booted")],
      documentation: .init(
        details: "With hypervisor_md the machine has everything that m:save_descriptions wrote; "
          + "model, seed, conforms and iotlb may be given to have others.",
        errors: [
          "machine_description: a file is no machine description, or describes nothing usable",
          "file: a file cannot be read",
        ],
        example: "local m = sun4v.machine { model = \"t2\", seed = 42 }",
        seeAlso: [
          "machine:add_domain", "domain:add_root_complex", "machine:boot",
          "machine:save_descriptions",
        ])
    ) { o -> MachineObject in
      var configuration = MachineConfiguration(
        model: try o[model], conformance: try o[conforms],
        seed: try o[seed].map { UInt64(bitPattern: $0) } ?? environment.seed,
        controlMemory: try o[memory], hasIOTLB: try o[iotlb])
      try tuning.apply(o, to: &configuration)
      let machine: Machine
      if try o[hypervisorDescription] == nil, o.given.contains("guest_mds") {
        throw LuaBindingError(
          code: "invalid_argument", message: "guest_mds needs hypervisor_md, which names the guests"
        )
      }
      if let path = try o[hypervisorDescription] {
        guard try o[description] == nil else {
          throw LuaBindingError(
            code: "invalid_argument", message: "give either md or hypervisor_md, not both")
        }
        let saved = try savedMachine(path, try o[guestDescriptions], environment)
        let told = try raising { () throws(MachineError) in try saved.configuration() }
        if !o.given.contains("model") { configuration.model = told.model }
        if !o.given.contains("conforms") { configuration.conformance = told.conformance }
        if !o.given.contains("seed") { configuration.seed = told.seed }
        if !o.given.contains("iotlb") { configuration.hasIOTLB = told.hasIOTLB }
        configuration.controlMemory = told.controlMemory
        configuration.interruptLatency = told.interruptLatency
        if !o.given.contains("channel_endpoints") { configuration.channelLimit = told.channelLimit }
        let chosen = configuration
        machine = try raising { () throws(MachineError) in
          try Machine(saved, configuration: chosen)
        }
      } else if let path = try o[description] {
        let bytes = try environment.readFile(path)
        let chosen = configuration
        machine = try raising { () throws(MachineError) in
          try Machine(description: bytes, source: path, chosen)
        }
      } else {
        let chosen = configuration
        machine = try raising { () throws(MachineError) in try Machine(chosen) }
      }
      return MachineObject(machine, environment)
    }
  }

  private static var hypercalls: LuaValue {
    .list(
      HypercallTable.standard.calls.map { call in
        .record([
          ("name", .string(call.name)), ("number", .integer(Int64(bitPattern: call.number))),
          ("trap", .string(call.trap == .core ? "core" : "fast")),
          ("group", call.group.map { .integer(Int64(bitPattern: $0.rawValue)) } ?? .nil),
          ("arguments", .list(call.arguments.map { .string($0) })),
          ("results", .list(call.results.map { .string($0) })),
          ("summary", .string(call.summary)), ("source", .string(call.source)),
        ])
      })
  }
}
