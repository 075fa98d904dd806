import Sun4v

/// The page of all calls.
enum HypercallReference {
  static var text: String {
    let rows = HypercallTable.standard.calls.map { call -> [String] in
      let number = String(call.number, radix: 16)
      return [
        (call.trap == .core ? "core 0x" : "0x") + number,
        ([call.name] + call.aliases).map(Markdown.code).joined(separator: ", "),
        call.group?.name ?? "always",
        versions(of: call, .t1, .deployed), versions(of: call, .t2, .deployed),
        versions(of: call, .atu, .deployed), versions(of: call, .t2, .specified),
        call.arguments.map(Markdown.code).joined(separator: ", "),
        call.results.map(Markdown.code).joined(separator: ", "), call.summary, call.source,
      ]
    }
    return """
      # Hypercalls

      \(rows.count) calls. A fast trap has its number in %o5, arguments from %o0 on, the status in %o0 and results \
      from %o1 on. A call whose group a domain has not chosen, or of which its version lacks the call, answers EBADTRAP; \
      so does any other number. Scripts make any of them: `domain:hypercall(name, arguments…)`, and `sun4v.hypercalls` is \
      this table.

      The columns t1, t2 and atu have the first version of each major that offers the call, as deployed; "specified" is \
      what t2 offers with `conforms = "specified"`.

      \(Markdown.table(
        [
          "Number", "Name", "Group", "t1", "t2", "atu", "specified", "Arguments", "Results", "What it does", "Source",
        ], rows))
      """
  }

  /// The first version of each offered major that has a call.
  private static func versions(
    of call: Hypercall, _ model: MachineModel, _ conformance: ConformanceMode
  ) -> String {
    guard let group = call.group else { return "yes" }
    let offered = OfferedVersions.standard(model, conformance).versions(of: group) ?? []
    let isSpecified = conformance == .specified || model == .atu
    let range = isSpecified ? call.specifiedVersions : call.versions
    let first = offered.compactMap { highest in
      (0...highest.minor).map { APIVersion(highest.major, $0) }.first { range.contains($0) }
    }
    return first.isEmpty ? "no" : first.map(\.description).joined(separator: ", ")
  }
}
