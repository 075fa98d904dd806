import DMA
import LuaRuntime
import Simulation
import Sun4v

/// A network controller as a Lua object.
final class NetworkObject: LuaObject {
  static let luaName = "nic"
  let function: FunctionObject
  let number: Int

  init(_ function: FunctionObject, _ number: Int) {
    self.function = function
    self.number = number
  }

  var owner: MachineObject { function.bus.owner }
}

extension DMAMappingObject {
  /// The one range that a descriptor can name.
  func single(_ length: UInt64?) throws -> DMASegment {
    let all = try raising { () throws(MachineError) in try machine.machine.segments(of: mapping) }
    guard all.count == 1, var segment = all.first else {
      throw LuaBindingError(
        code: "invalid_argument",
        message: "a descriptor names one range; the mapping has \(all.count) segments")
    }
    if let length {
      guard length <= segment.length else {
        throw LuaBindingError(
          code: "invalid_argument",
          message: "\(length) bytes: the mapping has \(segment.length)")
      }
      segment.length = length
    }
    return segment
  }
}

extension EngineBindings {
  static let nicExample = """
    local m = sun4v.machine {}
    local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
    local nic = bus:add_device { type = "nic", bdf = "01:00.0", name = "net0" }
    local ldg1 = m:add_domain { name = "ldg1" }
    m:boot()
    nic:attach(ldg1, { entries = 64 })
    local buffer = ldg1:allocate("8K")

    """

  static func declareNetwork(in registry: BindingRegistry) {
    registry.type(NetworkObject.self, "A network controller with rings in a domain's memory") { t in
      t.text { "nic at \($0.function.address)" }
      t.property("device", "The function that it is, for the DMA API") { $0.function }
      declareNetworkDriver(t)
      declareNetworkWire(t)
    }
  }

  private static func declareNetworkDriver(_ t: TypeBuilder<NetworkObject>) {
    let entries = Parameter<UInt64>.count("entries", "Descriptors of each ring", default: 256)
    let msi = Parameter<UInt64?>("msi", "The MSI that tells of done descriptors; none by default")
    let coalesce = Parameter<UInt64>.count(
      "coalesce", "Descriptors that are done before the MSI comes", default: 1)
    t.method(
      "attach", "A domain's driver takes the controller and allocates its rings",
      Parameter<DomainObject>("domain", "The domain"), .options("options", entries, msi, coalesce),
      documentation: .init(
        errors: ["wrong_state: it has a driver", "invalid_argument: no such ring or MSI"],
        example: nicExample, seeAlso: ["nic:detach"])
    ) { n, domain, o in
      try n.owner.check(domain)
      let chosen = (
        entries: try o[entries], msi: try interrupt(try o[msi]), coalesce: try o[coalesce]
      )
      try n.owner.perform { () throws(MachineError) in
        try n.owner.machine.attachNetwork(
          n.number, to: domain.id, entries: chosen.entries, interrupt: chosen.msi,
          coalescing: chosen.coalesce)
      }
    }
    t.method(
      "detach", "The driver lets the controller go and frees its rings",
      documentation: .init(
        errors: ["wrong_state: it has no driver"], example: nicExample + "nic:detach()")
    ) { n in
      try n.owner.perform { () throws(MachineError) in
        try n.owner.machine.detachNetwork(n.number)
      }
    }
    t.method(
      "post_receive", "The driver hands over a buffer for a frame",
      Parameter<DMAMappingObject>("mapping", "Memory that the device may write"),
      returns: [ResultDescription("number", .integer, "the descriptor's number")],
      documentation: .init(
        errors: ["wrong_state: the ring is full", "invalid_argument: more than one segment"],
        example: nicExample
          + "nic:post_receive(ldg1.dma:map_single(nic.device, buffer, 0, 2048, \"from_device\"))",
        seeAlso: ["nic:deliver", "nic:poll"])
    ) { n, h -> Int64 in
      try h.check(isOf: n.owner)
      let segment = try h.single(nil)
      return Int64(
        clamping: try n.owner.perform { () throws(MachineError) in
          try n.owner.machine.postReceive(n.number, segment)
        })
    }
    t.method(
      "transmit", "The driver hands over a frame, and the device sends it",
      Parameter<DMAMappingObject>("mapping", "Memory that the device may read"),
      Parameter<UInt64?>("length", "Of the mapping; all by default", type: .size, unit: "bytes"),
      returns: [
        ResultDescription("number", .integer, "the descriptor's number"),
        ResultDescription("outcome", .string, "delivered, dropped, too_long or fault"),
      ],
      documentation: .init(
        errors: ["wrong_state: the ring is full", "invalid_argument: more than one segment"],
        example: nicExample
          + "buffer:write(0, \"hello\")\n"
          + "nic:transmit(ldg1.dma:map_single(nic.device, buffer, 0, 5, \"to_device\"))\n"
          + "assert(nic:frames()[1] == \"hello\")",
        seeAlso: ["nic:frames", "nic:poll"])
    ) { n, h, length -> LuaResults in
      try h.check(isOf: n.owner)
      let segment = try h.single(length)
      let done = try n.owner.perform { () throws(MachineError) in
        try n.owner.machine.transmit(n.number, segment)
      }
      return LuaResults(Int64(clamping: done.number), done.outcome.rawValue)
    }
    t.method(
      "poll", "The driver looks which descriptors are done",
      returns: [ResultDescription("done", .any, "each with ring, number, length and ok")],
      documentation: .init(
        example: nicExample + "for _, done in ipairs(nic:poll()) do print(done.number) end",
        seeAlso: ["nic:post_receive", "nic:transmit"])
    ) { n -> LuaValue in
      let done = try n.owner.perform { () throws(MachineError) in
        try n.owner.machine.poll(n.number)
      }
      return .list(
        done.map {
          .record([
            ("ring", .string($0.isTransmit ? "transmit" : "receive")),
            ("number", .integer(Int64(clamping: $0.number))),
            ("length", .integer(Int64(clamping: $0.length))), ("ok", .boolean($0.isGood)),
          ])
        })
    }
  }

  private static func declareNetworkWire(_ t: TypeBuilder<NetworkObject>) {
    t.method(
      "deliver", "A frame arrives from the wire", Parameter<LuaBytes>("frame", "Its bytes"),
      returns: [ResultDescription("outcome", .string, "delivered, dropped, too_long or fault")],
      documentation: .init(
        details:
          "Dropped where no buffer was posted; a fault is one that the IOMMU refused, of which "
          + "the domain gets an error packet.",
        errors: ["wrong_state: it has no driver"],
        example: nicExample + "assert(nic:deliver(\"hello\") == \"dropped\")",
        seeAlso: ["nic:post_receive"])
    ) { n, frame -> String in
      try n.owner.perform { () throws(MachineError) in
        try n.owner.machine.deliver(n.number, frame.buffer)
      }.rawValue
    }
    t.method(
      "frames", "Takes the frames that were sent, oldest first",
      returns: [ResultDescription("frames", .any, "the frames' bytes")],
      documentation: .init(
        details: "The wire keeps the first 4096 frames that nobody took.",
        example: nicExample + "assert(#nic:frames() == 0)", seeAlso: ["nic:transmit"])
    ) { n -> LuaValue in
      .list(
        try raising { () throws(MachineError) in try n.owner.machine.takeFrames(n.number) }
          .map { .bytes($0) })
    }
    let frames = Parameter<UInt64>.count("frames", "How many")
    let size = Parameter<UInt64>.size("size", "Bytes of each", default: 1500)
    let memory = Parameter<PassedBuffer>("buffer", "The driver's memory for frames")
    let direction = Parameter<DMADirection>(
      "direction", "\"from_device\" to receive, \"to_device\" to send", default: .fromDevice)
    t.method(
      "traffic", "Receives or sends many frames, each mapped and unmapped on its own",
      .options("options", frames, size, memory, direction),
      returns: [
        ResultDescription("frames", .integer, "how many went through"),
        ResultDescription(
          "report", .any, "bytes, checksum (of what arrived), interrupts (records taken)"),
      ],
      documentation: .init(
        details:
          "In batches of at most 64 frames: the driver maps each frame, fills descriptors, the "
          + "device moves the frames by bus address, one MSI at the latest tells of the batch, the "
          + "driver reaps, compares all bytes with those sent, and unmaps.",
        errors: [
          "invariant: a frame did not arrive as it was sent", "invalid_argument: a size",
          "wrong_state: descriptors are in the rings already",
        ],
        example: nicExample
          + "assert(nic:traffic { frames = 100, buffer = buffer, size = 1500 } == 100)",
        seeAlso: ["nic:stats"])
    ) { n, o -> LuaResults in
      let chosen = (
        frames: try o[frames], size: try o[size], buffer: try o[memory].name(in: n.owner),
        direction: try o[direction]
      )
      let report = try n.owner.perform { () throws(MachineError) in
        try n.owner.machine.networkTraffic(
          n.number, frames: chosen.frames, size: chosen.size, buffer: chosen.buffer,
          direction: chosen.direction)
      }
      return LuaResults(
        Int64(clamping: report.frames),
        LuaValue.record([
          ("bytes", .integer(Int64(clamping: report.bytes))),
          ("checksum", .integer(Int64(bitPattern: report.checksum))),
          ("interrupts", .integer(Int64(clamping: report.interrupts))),
        ]))
    }
    t.method(
      "stats", "Counters of the controller",
      returns: [
        ResultDescription(
          "stats", .any, "received, sent, dropped, faults, interrupts, what waits and was posted")
      ],
      documentation: .init(example: nicExample + "assert(nic:stats().received == 0)")
    ) { n -> LuaValue in
      statistics(
        try raising { () throws(MachineError) in
          try n.owner.machine.networkStatistics(n.number)
        })
    }
  }

  static func statistics(_ list: [(name: String, value: UInt64)]) -> LuaValue {
    .record(list.map { ($0.name, .integer(Int64(clamping: $0.value))) })
  }

  /// An MSI; refuses one that no root complex has.
  static func interrupt(_ number: UInt64?) throws -> UInt32? {
    guard let number else { return nil }
    guard number <= 255 else {
      throw LuaBindingError(code: "invalid_argument", message: "MSI \(number): wanted 0 to 255")
    }
    return UInt32(number)
  }
}
