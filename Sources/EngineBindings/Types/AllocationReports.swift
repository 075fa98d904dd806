import LuaRuntime
import Negotiation
import Simulation
import Sun4v

extension EngineBindings {
  private static let granted = """
    local m = sun4v.machine {}
    local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
    local ldg1 = m:add_domain { name = "ldg1", quota = "1M" }

    """

  static func declareBusReport(_ t: TypeBuilder<RootComplexObject>) {
    t.method(
      "report", "How the window is used: pages, fragmentation, and each domain's part",
      returns: [
        ResultDescription(
          "report", .any,
          "a table: free, granted, guard, quarantined, carved_out, private, largest_free, free_runs, "
            + "fragmentation and domains, in pages")
      ],
      documentation: .init(
        details:
          "The first six add up to the window. fragmentation is the part of the free pages that "
          + "lies outside the longest free run. domains is a list of tables with name, held, grants, quota "
          + "and reservation.",
        errors: ["wrong_state: the control domain, which keeps the books, is not running"],
        example: granted + "m:boot()\nldg1:negotiate { pages = 4 }\n"
          + "local r = bus:report()\nassert(r.granted == 4 and r.domains[1].held == 4)",
        seeAlso: ["machine:policy", "sun4v.machine"])
    ) { r -> LuaValue in
      let report = try raising { () throws(MachineError) in
        try r.owner.machine.report(of: r.id)
      }
      let names = r.owner.machine.domainNames
      func count(_ pages: Int) -> LuaValue { .integer(Int64(pages)) }
      let pages = report.reserved
      return .record([
        ("free", count(pages.freePages)), ("granted", count(pages.usedPages)),
        ("guard", count(pages.guardPages)), ("quarantined", count(pages.quarantinedPages)),
        ("carved_out", count(pages.reservedPages)),
        ("private", .integer(Int64(clamping: report.privatePages))),
        ("largest_free", count(pages.largestFreeRun)), ("free_runs", count(pages.holes)),
        ("fragmentation", .number(pages.fragmentation)),
        (
          "domains",
          .list(
            report.uses.map { use in
              .record([
                ("name", .string(names[use.domain] ?? "")), ("held", count(use.account.held)),
                ("grants", count(use.account.grants)),
                ("quota", use.account.quota.map(count) ?? .nil),
                ("reservation", count(use.account.reservation)),
              ])
            })
        ),
      ])
    }
  }

  static func declarePolicy(_ t: TypeBuilder<MachineObject>) {
    t.method(
      "policy", "Lets a function choose where grants lie",
      Parameter<LuaFunction>(
        "choose",
        "Called with a request and the free runs; returns the first page, or nil to refuse"),
      documentation: .init(
        details:
          "To be called before the machine boots. The request has domain, pages, align, boundary, "
          + "highest and guard; a run has start and pages. All are pages, counted from the first page of "
          + "the reserved range. A page that does not fit denies the request.",
        errors: ["wrong_state: the machine has booted"],
        example: granted + """
          m:policy(function(request, runs)
            for _, run in ipairs(runs) do
              if run.pages >= request.pages then return run.start + run.pages - request.pages end
            end
          end)
          m:boot()
          assert(ldg1:negotiate { pages = 4 }.dva == 0x100000000 - 4 * 8192)
          """,
        seeAlso: ["root_complex:report", "sun4v.machine"])
    ) { m, choose in
      try m.perform { () throws(MachineError) in
        try m.machine.choosePlaces { [unowned m] question in
          let names = m.machine.domainNames
          let wanted = question.allocation
          let answer = try choose(
            LuaValue.record([
              ("domain", .string(names[question.guest] ?? "")),
              ("pages", .integer(Int64(wanted.pages))),
              ("align", .integer(Int64(wanted.alignment))),
              ("boundary", wanted.boundary.map { .integer(Int64($0)) } ?? .nil),
              ("highest", wanted.highestPage.map { .integer(Int64($0)) } ?? .nil),
              ("guard", .integer(Int64(wanted.guardPages))),
            ]),
            LuaValue.list(
              question.free.map {
                .record([
                  ("start", .integer(Int64($0.start))), ("pages", .integer(Int64($0.pages))),
                ])
              }))
          switch answer.first ?? .nil {
          case .nil: return nil
          case let value:
            guard let page = value.exactInteger else {
              throw LuaBindingError(
                code: "invalid_argument", message: "the policy returned no page number and not nil")
            }
            return Int(page)
          }
        }
      }
    }
  }
}
