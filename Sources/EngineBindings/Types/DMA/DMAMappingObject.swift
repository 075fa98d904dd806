import DMA
import LuaRuntime
import Simulation
import Sun4v

/// A mapping made by a domain's DMA API as a Lua object; what it was stays readable after it is undone.
struct DMAMappingObject: LuaPlainObject {
  /// The mapping, and the memory that came with it.
  struct Data: BitwiseCopyable {
    let mapping: DriverMapping
    let buffer: BufferID?
  }

  static let luaName = "dma_mapping"
  let owner: DMAObject
  let data: Data

  var mapping: DriverMapping { data.mapping }
  var machine: MachineObject { owner.owner }

  /// Refuses a mapping of another machine.
  func check(isOf machine: MachineObject) throws {
    try machine.check(ObjectIdentifier(self.machine), "mapping")
  }

  /// The first segment that the device is given now; what it was at first, once the mapping is undone.
  var first: DMASegment {
    if let now = try? machine.machine.firstSegment(of: mapping) { return now }
    return DMASegment(address: mapping.address, length: mapping.length)
  }
}

extension EngineBindings {
  static func declareDMAMapping(in registry: BindingRegistry) {
    registry.type(DMAMappingObject.self, "Memory mapped for a device by a domain's DMA API") { t in
      t.text { h in
        "mapping of \(h.mapping.length) bytes at DVA \(h.mapping.address)"
          + (h.machine.machine.isLive(h.mapping) ? "" : ", undone")
      }
      t.property("dva", "The DVA that the device is given first", type: .address) {
        $0.first.address.rawValue
      }
      t.property("length", "The size; of an object in windows, the active window's", unit: "bytes")
      { h in
        guard let all = try? h.machine.machine.segments(of: h.mapping) else {
          return Int64(clamping: h.mapping.length)
        }
        return Int64(clamping: all.reduce(0) { $0 &+ $1.length })
      }
      t.property("segments", "What the device is given, each with dva and length") {
        h -> LuaValue in
        let all = try raising { () throws(MachineError) in
          try h.machine.machine.segments(of: h.mapping)
        }
        return .list(
          all.map {
            .record([
              ("dva", .address($0.address.rawValue)),
              ("length", .integer(Int64(clamping: $0.length))),
            ])
          })
      }
      t.property("windows", "The number of windows of the object") { h in
        Int64(
          clamping: try raising { () throws(MachineError) in
            try h.machine.machine.windows(of: h.mapping).count
          })
      }
      t.property("window", "The window that is mapped, counted from 1") { h in
        Int64(
          clamping: try raising { () throws(MachineError) in
            try h.machine.machine.windows(of: h.mapping).active + 1
          })
      }
      t.property("buffer", "The memory, if it came with the mapping") { h in
        h.data.buffer.map { h.machine.buffer($0) }
      }
      t.property("domain", "The domain that mapped it") { $0.machine.domain($0.mapping.domain) }
      t.property("live", "Whether it is still mapped") { $0.machine.machine.isLive($0.mapping) }
      t.method(
        "move", "Maps another window of the object instead",
        Parameter<UInt64>.count("window", "The window, counted from 1"),
        documentation: .init(
          errors: ["invalid_argument: there is no such window", "stale: it is undone"],
          example: dmaExample + """
            ldg1.dma:limits(nic, { max_segment = "8K" })
            local h = ldg1.dma:map_windows(nic, buffer, 0, 32768, "to_device", true)
            h:move(h.windows)
            """,
          seeAlso: ["dma:map_windows"])
      ) { h, window in
        guard window > 0 else {
          throw LuaBindingError(code: "invalid_argument", message: "windows are counted from 1")
        }
        try h.machine.perform { () throws(MachineError) in
          try h.machine.machine.moveWindow(h.mapping, to: window - 1)
        }
      }
    }
  }

  /// The beginning of examples that need a device and a guest's memory.
  static let dmaExample = """
    local m = sun4v.machine {}
    local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
    local nic = bus:add_function { bdf = "01:00.0", name = "net0" }
    local ldg1 = m:add_domain { name = "ldg1" }
    m:boot()
    local buffer = ldg1:allocate("32K")

    """
}
