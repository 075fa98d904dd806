import DMA
import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  static func declareMemory(_ t: TypeBuilder<DomainObject>) {
    t.method(
      "allocate", "Allocates memory of the domain, filled with zeros",
      Parameter<ByteSize>("size", "How much", unit: "bytes"),
      Parameter<ByteSize>(
        "align", "It begins at a multiple of this", unit: "bytes", default: ByteSize(8192)),
      returns: [ResultDescription("buffer", .any, "the memory")],
      documentation: .init(
        errors: ["no_memory: the domain has no such free piece"],
        example: "local m = sun4v.machine {}\nm:boot()\n"
          + "local buffer = m:domain(\"primary\"):allocate(\"32K\")",
        seeAlso: ["buffer:write", "domain:map"])
    ) { d, size, align -> BufferObject in
      let id = try d.owner.perform { () throws(MachineError) in
        try d.machine.allocate(d.id, size.bytes, alignment: align.bytes)
      }
      return d.owner.buffer(id)
    }

    t.method(
      "map", "Maps memory of the domain for devices",
      Parameter<MappingOptions>.fields("options"),
      making: MappingObject.self, "mapping", "the mapping",
      documentation: .init(
        details:
          "The domain makes the hypercalls itself; the hypervisor checks them. Without grant "
          + "and dva the control domain maps in its private part.",
        errors: [
          "outside_grant: the pages do not fit the grant",
          "hypercall: the hypervisor refused; name is the status",
          "stale: the grant or buffer is gone",
        ],
        example: """
          local m = sun4v.machine {}
          m:domain("primary"):add_root_complex { name = "pci@400" }
          local ldg1 = m:add_domain { name = "ldg1" }
          m:boot()
          local map = ldg1:map {
            buffer = ldg1:allocate("8K"), grant = ldg1:negotiate { pages = 1 },
          }
          """,
        seeAlso: ["mapping:unmap", "function:read"])
    ) { d, o in
      let wanted = try o.request(by: d)
      let (id, record) = try d.owner.perform { () throws(MachineError) in
        _ = try d.machine.buffer(wanted.buffer)
        return try d.machine.map(d.id, wanted)
      }
      return .init(id: id, record: record)
    }
  }
}

/// What `domain:map` takes.
struct MappingOptions: LuaFields {
  let buffer: PassedBuffer
  let grant: PassedGrant?
  let dva: UInt64?
  let page: UInt64?
  let offset: UInt64
  let length: ByteSize?
  let direction: DMADirection
  let device: PassedDevice?

  static var luaFields: [any OptionField] {
    [
      Parameter<PassedBuffer>("buffer", "The memory to map"),
      Parameter<PassedGrant?>("grant", "Where to map: a free run of this grant"),
      Parameter<UInt64?>("dva", "Where to map: this DVA, whoever holds it", type: .address),
      Parameter<UInt64?>("page", "Where in the grant; the first free run by default"),
      Parameter<UInt64>.size("offset", "The first byte of the buffer", default: 0),
      Parameter<ByteSize?>("length", "How much; the rest by default", unit: "bytes"),
      Parameter<DMADirection>("direction", "Which way data may move", default: .bidirectional),
      Parameter<PassedDevice?>("device", "The only function that may use it"),
    ]
  }

  init(parts: inout LuaParts) throws(LuaMismatch) {
    buffer = try parts.next(PassedBuffer.self)
    grant = try parts.next(PassedGrant?.self)
    dva = try parts.next(UInt64?.self)
    page = try parts.next(UInt64?.self)
    offset = try parts.next(UInt64.self)
    length = try parts.next(ByteSize?.self)
    direction = try parts.next(DMADirection.self)
    device = try parts.next(PassedDevice?.self)
  }

  /// The request as the engine takes it; throws where it does not say where to map, or names things of
  /// another machine.
  func request(by domain: DomainObject) throws -> MappingRequest {
    let buffer = try buffer.name(in: domain.owner)
    let grant = try grant?.name(in: domain.owner)
    let device = try device?.name(in: domain.owner)
    let place: MappingRequest.Place
    switch (grant, dva, page) {
    case (let grant?, nil, nil): place = .grant(grant)
    case (let grant?, nil, let page?): place = .grantPage(grant, page)
    case (nil, let dva?, nil): place = .address(DVMAAddress(dva))
    case (nil, nil, nil) where domain.id == Machine.control:
      place = .privatePart(device?.rootComplex ?? RootComplexID(0))
    default:
      throw LuaBindingError(
        code: "invalid_argument", message: "say where to map by either grant (and page) or dva")
    }
    return MappingRequest(
      buffer: buffer, offset: offset, length: length?.bytes, place: place, direction: direction,
      requester: device?.function)
  }
}
