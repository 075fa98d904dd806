import DMA
import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  static func declareSettings(_ t: TypeBuilder<DMAObject>) {
    declareLimits(t)
    declareCache(t)
    t.method(
      "stats", "What the DMA API holds and has done",
      returns: [
        ResultDescription(
          "stats", .any,
          "maps, unmaps, live, misses, hit_rate, added, returned, lost, held_pages, used_pages, "
            + "idle_pages")
      ],
      documentation: .init(
        example: dmaExample + "print(ldg1.dma:stats().hit_rate)", seeAlso: ["dma:cache"])
    ) { d -> LuaValue in
      let s = try raising { () throws(MachineError) in
        try d.machine.driverStatistics(of: d.id)
      }
      func count(_ value: UInt64) -> LuaValue { .integer(Int64(clamping: value)) }
      return .record([
        ("maps", count(s.maps)), ("unmaps", count(s.unmaps)), ("live", count(s.live)),
        ("misses", count(s.misses)), ("hit_rate", .number(Double(s.hitsPerThousand) / 1000)),
        ("added", count(s.added)), ("returned", count(s.returned)), ("lost", count(s.lost)),
        ("held_pages", count(s.heldPages)), ("used_pages", count(s.usedPages)),
        ("idle_pages", count(s.idlePages)),
      ])
    }
  }

  private static func declareLimits(_ t: TypeBuilder<DMAObject>) {
    let mask = Parameter<UInt64?>("mask", "The last DVA that it drives", type: .address)
    let segment = Parameter<ByteSize?>("max_segment", "Its longest segment", unit: "bytes")
    let boundary = Parameter<ByteSize?>(
      "boundary", "No range crosses a multiple of this; 0 for no limit", unit: "bytes")
    let align = Parameter<ByteSize?>("align", "Ranges begin at a multiple of this", unit: "bytes")
    let segments = Parameter<UInt64?>("max_segments", "The most segments of a list")
    t.method(
      "limits", "Sets what a device can do, for the mappings that follow",
      Parameter<PassedDevice>("device", "The function"),
      .options("options", mask, segment, boundary, align, segments),
      returns: [
        ResultDescription(
          "limits", .any,
          "mask, max_segment, boundary, align, max_segments, table (whether a table of 64-bit addresses "
            + "is used) and reason (why not, where it was tried)")
      ],
      documentation: .init(
        details:
          "What is not named stays. A device begins with Linux's defaults: 32 bits, 64K, 4G, 1. "
          + "On model atu a mask wider than 32 bits moves the device to a table of 64-bit addresses, if "
          + "the domain may supply one.",
        errors: [
          "invalid_argument: a mask below the window, a boundary below a page or no power of two, an "
            + "alignment that does not divide the boundary"
        ],
        example: dmaExample
          + "ldg1.dma:limits(nic, { max_segment = \"16K\", boundary = \"64K\" })",
        seeAlso: ["dma:map_sg", "dma:map_windows"])
    ) { d, device, o -> LuaValue in
      let given = (
        mask: try o[mask], segment: try o[segment], boundary: try o[boundary],
        align: try o[align], segments: try o[segments]
      )
      let machine = d.machine
      let device = try device.name(in: d.owner)
      let (now, reason) = try d.owner.perform {
        () throws(MachineError) -> ((limits: DeviceLimits, usesTable: Bool), String?) in
        var limits = try machine.limits(d.id, device).limits
        if let mask = given.mask { limits.highestAddress = DVMAAddress(mask) }
        if let segment = given.segment { limits.maximumSegment = segment.bytes }
        if let boundary = given.boundary { limits.boundary = boundary.bytes }
        if let align = given.align { limits.alignment = align.bytes }
        if let segments = given.segments { limits.maximumSegments = Int(clamping: segments) }
        let reason = try machine.setLimits(limits, d.id, device)
        return (try machine.limits(d.id, device), reason)
      }
      let limits = now.limits
      return .record([
        ("mask", .address(limits.highestAddress.rawValue)),
        ("max_segment", .integer(Int64(clamping: limits.maximumSegment))),
        ("boundary", .integer(Int64(clamping: limits.boundary))),
        ("align", .integer(Int64(clamping: limits.alignment))),
        ("max_segments", .integer(Int64(clamping: limits.maximumSegments))),
        ("table", .boolean(now.usesTable)),
        ("reason", reason.map { .string($0) } ?? .nil),
      ])
    }
  }

  private static func declareCache(_ t: TypeBuilder<DMAObject>) {
    let enabled = Parameter<Bool?>("enabled", "Whether space is kept in hand at all")
    let batch = Parameter<UInt64?>("batch", "How much is asked for at a time", unit: "pages")
    let idle = Parameter<UInt64?>(
      "idle", "How much may lie in grants without a mapping", unit: "pages")
    t.method(
      "cache", "Chooses how space is kept in hand",
      .options("options", enabled, batch, idle),
      returns: [ResultDescription("cache", .any, "enabled, batch and idle")],
      documentation: .init(
        details:
          "What is not named stays. With enabled = false each mapping is negotiated and given "
          + "back on its own.",
        errors: ["invalid_argument: a batch of 0 pages"],
        example: dmaExample + "ldg1.dma:cache { batch = 64, idle = 0 }",
        seeAlso: ["dma:stats", "dma:trim"])
    ) { d, o -> LuaValue in
      let given = (enabled: try o[enabled], batch: try o[batch], idle: try o[idle])
      let machine = d.machine
      let now = try d.owner.perform { () throws(MachineError) -> CacheConfiguration in
        var cache = try machine.cacheConfiguration(of: d.id)
        if let enabled = given.enabled { cache.isEnabled = enabled }
        if let batch = given.batch { cache.batchPages = batch }
        if let idle = given.idle { cache.idlePages = idle }
        try machine.configureCache(cache, of: d.id)
        return cache
      }
      return .record([
        ("enabled", .boolean(now.isEnabled)),
        ("batch", .integer(Int64(clamping: now.batchPages))),
        ("idle", .integer(Int64(clamping: now.idlePages))),
      ])
    }

    t.method(
      "trim", "Gives back everything in hand that has no mapping",
      documentation: .init(
        details: "The control domain has it when the clock has gone on.",
        example: dmaExample + "ldg1.dma:trim()", seeAlso: ["dma:cache"])
    ) { d in
      try d.owner.perform { () throws(MachineError) in try d.machine.trimCache(of: d.id) }
    }
  }
}

extension SyncTarget: LuaChoice {
  /// Shown as `sync_target`.
  public static var luaName: String { "sync_target" }
}
