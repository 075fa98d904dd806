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

    let buffer = Parameter<BufferObject>("buffer", "The memory to map")
    let grant = Parameter<GrantObject?>("grant", "Where to map: a free run of this grant")
    let dva = Parameter<UInt64?>(
      "dva", "Where to map: this DVA, whoever holds it", type: .address)
    let page = Parameter<UInt64?>("page", "Where in the grant; the first free run by default")
    let offset = Parameter<UInt64>.size("offset", "The first byte of the buffer", default: 0)
    let length = Parameter<ByteSize?>("length", "How much; the rest by default", unit: "bytes")
    let direction = Parameter<DMADirection>(
      "direction", "Which way data may move", default: .bidirectional)
    let device = Parameter<FunctionObject?>("device", "The only function that may use it")
    t.method(
      "map", "Maps memory of the domain for devices",
      .options("options", buffer, grant, dva, page, offset, length, direction, device),
      returns: [ResultDescription("mapping", .any, "the mapping")],
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
    ) { d, o -> MappingObject in
      let memory = try o[buffer]
      let given = (grant: try o[grant], dva: try o[dva], page: try o[page])
      let start = try o[offset]
      let size = try raising { () throws(MachineError) in try d.machine.buffer(memory.id).size }
      let bytes = try o[length]?.bytes ?? (size > start ? size - start : 0)
      let requester = try o[device]
      let place: MappingRequest.Place
      switch given {
      case (let grant?, nil, nil): place = .grant(grant.reference)
      case (let grant?, nil, let page?): place = .grantPage(grant.reference, page)
      case (nil, let dva?, nil): place = .address(DVMAAddress(dva))
      case (nil, nil, nil) where d.id == Machine.control:
        place = .privatePart(requester?.bus.id ?? RootComplexID(0))
      default:
        throw LuaBindingError(
          code: "invalid_argument",
          message: "say where to map by either grant (and page) or dva")
      }
      let request = MappingRequest(
        buffer: memory.id, offset: start, length: bytes, place: place,
        direction: try o[direction], requester: requester?.address)
      let id = try d.owner.perform { () throws(MachineError) in
        try d.machine.map(d.id, request)
      }
      return MappingObject(
        d.owner, id,
        try raising { () throws(MachineError) in try d.machine.mapping(id) }, grant: given.grant)
    }
  }
}
