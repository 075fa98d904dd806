import Hypervisor
import LuaRuntime
import Negotiation
import Simulation
import Sun4v

extension EngineBindings {
  static func declareNegotiation(_ t: TypeBuilder<DomainObject>) {
    let pages = Parameter<UInt64>.count("pages", "The size of the range", unit: "pages")
    let align = Parameter<ByteSize?>(
      "align", "The range begins at a multiple of this", unit: "bytes")
    let boundary = Parameter<ByteSize?>(
      "boundary", "The range crosses no multiple of this", unit: "bytes")
    let highest = Parameter<UInt64?>(
      "highest", "The last DVA that the range may use", type: .address)
    let guardPages = Parameter<UInt64>.count(
      "guard", "Pages kept empty behind the range", unit: "pages", default: 0)
    let bus = Parameter<RootComplexObject?>(
      "root_complex", "In whose window; the first by default")
    let wanted = { (d: DomainObject, o: LuaOptions) throws -> GrantRequest in
      let chosen = try o[bus]
      try d.owner.check(chosen)
      let (handle, page) = try raising { () throws(MachineError) in
        try d.machine.windowInUse(chosen?.id)
      }
      func inPages(_ size: ByteSize?, _ name: String) throws -> UInt64? {
        guard let size else { return nil }
        guard size.bytes >= page.bytes, size.bytes & (size.bytes - 1) == 0 else {
          throw LuaBindingError(
            code: "invalid_argument",
            message: "\(name) of \(size): wanted a power of two of at least one page, \(page)")
        }
        return size.bytes >> page.shift
      }
      let guardCount = try o[guardPages]
      return GrantRequest(
        handle: handle, pages: try o[pages],
        alignment: try inPages(try o[align], "align") ?? 1,
        boundary: try inPages(try o[boundary], "boundary") ?? 0,
        highestAddress: DVMAAddress(try o[highest] ?? .max),
        guardPages: UInt32(clamping: guardCount))
    }
    t.method(
      "negotiate", "Asks the control domain for a range of DVA",
      .options("options", pages, align, boundary, highest, guardPages, bus),
      returns: [ResultDescription("grant", .any, "the grant")],
      documentation: .init(
        details: "The clock runs until the answer is there.",
        errors: [
          "denied: name says which limit was met", "timeout: no answer came",
          "wrong_state: the domain is not running, or is the control domain",
        ],
        example: """
          local m = sun4v.machine {}
          m:domain("primary"):add_root_complex { name = "pci@400" }
          local ldg1 = m:add_domain { name = "ldg1" }
          m:boot()
          local grant = ldg1:negotiate { pages = 4, align = "64K" }
          """,
        seeAlso: ["grant:release", "domain:map"])
    ) { d, o -> GrantObject in
      let request = try wanted(d, o)
      let granted = try d.owner.perform { () throws(MachineError) in
        try d.machine.negotiate(d.id, request)
      }
      guard let first = granted.first else {
        throw LuaBindingError(code: "denied", message: "the answer held no grant")
      }
      return d.owner.grant(first)
    }
    t.method(
      "request", "Asks the control domain for a range of DVA without waiting for the answer",
      .options("options", pages, align, boundary, highest, guardPages, bus),
      returns: [ResultDescription("request", .any, "what became of it later")],
      documentation: .init(
        errors: ["wrong_state: the domain is not running, or is the control domain"],
        example: """
          local m = sun4v.machine {}
          m:domain("primary"):add_root_complex { name = "pci@400" }
          local ldg1 = m:add_domain { name = "ldg1" }
          m:boot()
          local request = ldg1:request { pages = 4 }
          m:run()
          assert(request.state == "granted" and request.grant.pages == 4)
          """,
        seeAlso: ["domain:negotiate", "grant:release_async"])
    ) { d, o -> RequestObject in
      let request = try wanted(d, o)
      let made = try d.owner.perform { () throws(MachineError) in
        try d.machine.request(d.id, request)
      }
      return RequestObject(d.owner, made)
    }
  }
}
