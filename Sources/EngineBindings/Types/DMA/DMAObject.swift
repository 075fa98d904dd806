import DMA
import LuaRuntime
import Simulation
import Sun4v

/// The DMA API of a domain as a Lua object.
final class DMAObject: LuaObject {
  static let luaName = "dma"
  let owner: MachineObject
  /// The owner's; here as well, since what is two steps away is retained for every call.
  let machine: Machine
  let id: DomainID

  init(_ owner: MachineObject, _ id: DomainID) {
    self.owner = owner
    machine = owner.machine
    self.id = id
  }

  @inline(__always)
  func mapping(
    _ body: () throws(MachineError) -> DriverMapping
  ) throws -> DMAMappingObject.Data {
    .init(mapping: try owner.perform(body), buffer: nil)
  }

  @inline(__always)
  func map(
    _ pieces: [BufferPiece], for device: PassedDevice, _ direction: DMADirection
  ) throws -> DMAMappingObject.Data {
    let device = try device.name(in: owner)
    return try mapping { () throws(MachineError) in
      try machine.mapScatter(id, device, pieces, direction)
    }
  }
}

/// A mapping that is passed to the DMA API of a domain.
private struct PassedMapping: LuaProjection {
  let mapping: DriverMapping
  private let machine: ObjectIdentifier

  init(of object: DMAMappingObject) {
    mapping = object.mapping
    machine = ObjectIdentifier(object.machine)
  }

  /// Refuses a mapping of another domain than that of a DMA API.
  ///
  /// In line: for a call the mapping would be copied.
  @inline(__always)
  func check(_ api: DMAObject) throws {
    guard machine == ObjectIdentifier(api.owner), mapping.domain == api.id else {
      throw LuaBindingError(
        code: "invalid_argument",
        message: "the mapping belongs to the DMA API of another domain")
    }
  }
}

extension EngineBindings {
  static func declareDMA(in registry: BindingRegistry) {
    registry.type(DMAObject.self, "The DMA API of a domain: what its drivers call") { t in
      t.text { "DMA API of \($0.owner.domain($0.id).machine.domainNames[$0.id] ?? "a domain")" }
      declareSingleMapping(t)
      declareScatterMapping(t)
      declareScatterTables(t)
      declareWindowMapping(t)
      declareCoherentMemory(t)
      declareSettings(t)
    }
  }

  static let mappingErrors = [
    "invalid_argument: an argument cannot be used; nothing is mapped",
    "denied: the control domain refused space; name says which limit was met",
    "hypercall: the hypervisor refused an entry; name is the status",
    "stale: the buffer is gone",
  ]

  private static func declareSingleMapping(_ t: TypeBuilder<DMAObject>) {
    t.method(
      "map_single", "Maps a piece of a buffer for a device",
      Parameter<PassedDevice>("device", "The function that will use it"),
      Parameter<PassedBuffer>("buffer", "The memory"),
      Parameter<UInt64>.size("offset", "The first byte"),
      Parameter<UInt64>.size("length", "How many bytes"),
      Parameter<DMADirection>("direction", "Which way data may move", default: .bidirectional),
      making: DMAMappingObject.self, "mapping", "with dva and length",
      documentation: .init(
        details: "Space comes out of the grants in hand; where none will do, more is negotiated.",
        errors: mappingErrors,
        example: dmaExample
          + "local h = ldg1.dma:map_single(nic, buffer, 100, 1500, \"to_device\")\n"
          + "ldg1.dma:unmap(h)",
        seeAlso: ["dma:unmap", "dma:map_sg"])
    ) { d, device, buffer, offset, length, direction in
      let device = try device.name(in: d.owner)
      let piece = BufferPiece(try buffer.name(in: d.owner), offset: offset, length: length)
      return try d.mapping { () throws(MachineError) in
        try d.machine.mapSingle(d.id, device, piece, direction)
      }
    }

    t.method(
      "unmap", "Removes a mapping of any kind; memory that came with it is freed",
      Parameter<PassedMapping>("mapping", "What a map function returned"),
      documentation: .init(
        errors: ["stale: it is undone already", "hypercall: the hypervisor refused"],
        example: dmaExample
          + "ldg1.dma:unmap(ldg1.dma:map_single(nic, buffer, 0, 64, \"from_device\"))",
        seeAlso: ["dma:map_single"])
    ) { d, h in
      try h.check(d)
      try d.owner.perform { () throws(MachineError) in try d.machine.unmap(h.mapping) }
    }

    t.method(
      "sync", "Hands a mapping's memory over",
      Parameter<PassedMapping>("mapping", "What a map function returned"),
      Parameter<SyncTarget>("target", "Who is about to look at the memory"),
      documentation: .init(
        errors: ["stale: it is undone"],
        example: dmaExample
          + "local h = ldg1.dma:map_single(nic, buffer, 0, 64, \"from_device\")\n"
          + "ldg1.dma:sync(h, \"for_cpu\")",
        seeAlso: ["dma:map_single"])
    ) { d, h, target in
      try h.check(d)
      try d.owner.perform { () throws(MachineError) in
        try d.machine.sync(h.mapping, for: target)
      }
    }
  }

  private static func declareScatterMapping(_ t: TypeBuilder<DMAObject>) {
    t.method(
      "map_sg", "Maps a scatter list for a device",
      Parameter<PassedDevice>("device", "The function that will use it"),
      Parameter<ScatterList>("list", "Pieces, each { buffer, offset, length }"),
      Parameter<DMADirection>("direction", "Which way data may move", default: .bidirectional),
      making: DMAMappingObject.self, "mapping", "with segments, as few as the device permits",
      documentation: .init(
        details:
          "Pieces whose bus addresses follow each other are merged up to the device's longest "
          + "segment and boundary. A piece of 0 bytes is skipped and ends a segment.",
        errors: mappingErrors + ["too_big: more segments than the device takes"],
        example: dmaExample
          + "local h = ldg1.dma:map_sg(nic, { { buffer, 0, 8192 }, { buffer, 16384, 8192 } })\n"
          + "print(#h.segments)",
        seeAlso: ["dma:sg_table", "dma:limits", "dma:unmap"])
    ) { d, device, list, direction in
      try d.map(try list.pieces(in: d.owner), for: device, direction)
    }
  }

  private static func declareWindowMapping(_ t: TypeBuilder<DMAObject>) {
    t.method(
      "map_windows", "Maps an object that may be larger than the device takes, window by window",
      Parameter<PassedDevice>("device", "The function that will use it"),
      Parameter<PassedBuffer>("buffer", "The memory"),
      Parameter<UInt64>.size("offset", "The first byte"),
      Parameter<UInt64>.size("length", "How many bytes"),
      Parameter<DMADirection>("direction", "Which way data may move", default: .bidirectional),
      Parameter("partial", "Whether more than one window will do", default: false),
      making: DMAMappingObject.self, "mapping", "with windows, window and move",
      documentation: .init(
        errors: mappingErrors + ["too_big: it takes windows, and partial is false"],
        example: dmaExample
          + "ldg1.dma:limits(nic, { max_segment = \"8K\" })\n"
          + "local h = ldg1.dma:map_windows(nic, buffer, 0, 32768, \"to_device\", true)\n"
          + "for window = 1, h.windows do h:move(window) end",
        seeAlso: ["dma_mapping:move", "dma:limits"])
    ) { d, device, buffer, offset, length, direction, partial in
      let device = try device.name(in: d.owner)
      let piece = BufferPiece(try buffer.name(in: d.owner), offset: offset, length: length)
      return try d.mapping { () throws(MachineError) in
        try d.machine.mapWindows(d.id, device, piece, direction, partial: partial)
      }
    }
  }

  private static func declareCoherentMemory(_ t: TypeBuilder<DMAObject>) {
    t.method(
      "alloc_coherent", "Allocates memory that processor and device share",
      Parameter<PassedDevice>("device", "The function that will use it"),
      Parameter<ByteSize>("size", "How much; rounded up to pages", unit: "bytes"),
      making: DMAMappingObject.self, "mapping", "with dva, length and buffer",
      documentation: .init(
        details: "Whole pages, zeroed, contiguous, for reading and writing; unmap frees them.",
        errors: mappingErrors + ["no_memory: the domain has no such free piece"],
        example: dmaExample
          + "local ring = ldg1.dma:alloc_coherent(nic, 4096)\nring.buffer:write(0, \"x\")",
        seeAlso: ["dma:unmap"])
    ) { d, device, size in
      let device = try device.name(in: d.owner)
      let made = try d.owner.perform { () throws(MachineError) in
        try d.machine.allocateCoherent(d.id, device, size.bytes)
      }
      return .init(mapping: made.mapping, buffer: made.buffer)
    }
  }
}
