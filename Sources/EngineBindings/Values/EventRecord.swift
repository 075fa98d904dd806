import Hypervisor
import LuaRuntime
import Sun4v

/// An event as the table that scripts see: kind, time, and what belongs to the kind.
struct EventRecord {
  let kind: String
  let value: LuaValue
  /// The declaration of the call, where the event is a hypercall that there is.
  private(set) var hypercall: Hypercall?

  /// Every kind, in alphabetical order.
  static let kinds = [
    "access", "binding", "connection_closed", "damaged", "denied", "entry", "fault", "grant",
    "granted", "hypercall", "interrupt", "lost", "malformed", "msi", "packet", "reclaim_refused",
    "reclaimed", "refused_by_peer", "release", "release_refused", "requested", "revoke", "revoked",
    "service_refused", "session_down", "session_up", "taken_back", "timed_out", "window_mismatch",
  ]

  /// Refuses a word that is no kind.
  static func check(kind: String) throws {
    guard !kinds.contains(kind) else { return }
    let near = NearestName.find(kind, in: kinds).map { "; did you mean '\($0)'?" } ?? ""
    throw LuaBindingError(
      code: "invalid_argument",
      message: "no event is of kind '\(kind)'\(near); kinds: " + kinds.joined(separator: ", "))
  }

  init(_ timed: TimedEvent, names: [DomainID: String]) {
    func name(_ domain: DomainID) -> LuaValue { .string(names[domain] ?? "\(domain)") }
    var fields: [(name: String, value: LuaValue)]
    switch timed.event {
    case .hypercall(let domain, let trap, let number, let arguments, let result):
      kind = "hypercall"
      let call =
        trap == .core
        ? HypercallTable.standard.core(number) : HypercallTable.standard.call(fastNumber: number)
      let all = [arguments.a0, arguments.a1, arguments.a2, arguments.a3, arguments.a4]
      hypercall = call
      fields = [
        ("domain", name(domain)), ("call", .string(call?.name ?? number.hexadecimal)),
        ("arguments", .list(all.prefix(call?.arguments.count ?? 5).map { .address($0) })),
        ("status", .string(result.status.name)),
        ("results", .list(result.values.map { .address($0) })),
      ]
    case .packet(let from, let channel, let to, _, let bytes, let fate):
      kind = "packet"
      fields = [
        ("from", name(from)), ("to", name(to)),
        ("channel", .integer(Int64(clamping: channel.rawValue))),
        ("fate", .string(fate.rawValue)), ("bytes", .bytes(bytes)),
      ]
    case .mondo(let domain, _, let words, let isWaiting):
      kind = "interrupt"
      fields = [
        ("domain", name(domain)), ("word0", .address(words[0])), ("waiting", .boolean(isWaiting)),
      ]
    case .entryChanged(let domain, _, _, let index, let old, let new):
      kind = "entry"
      fields = [
        ("domain", name(domain)), ("index", .integer(Int64(clamping: index))),
        ("old", .address(old.rawValue)), ("new", .address(new.rawValue)),
      ]
    case .deviceAccess(_, let requester, let address, let access, let bytes):
      kind = "access"
      fields = [
        ("device", .string(requester.description)), ("dva", .address(address.rawValue)),
        ("access", .string(access.rawValue)), ("bytes", .integer(Int64(bytes))),
      ]
    case .fault(let fault):
      kind = "fault"
      fields = [
        ("name", .string(fault.kind.rawValue)), ("device", .string(fault.requester.description)),
        ("dva", .address(fault.address.rawValue)), ("access", .string(fault.access.rawValue)),
        ("desc", .address(UInt64(fault.descriptor))),
        ("domain", fault.receiver.map { name($0) } ?? .nil),
      ]
    case .interruptRecord(let domain, _, let queue, let words):
      kind = "msi"
      fields = [
        ("domain", name(domain)), ("queue", .integer(Int64(clamping: queue))),
        ("word0", .address(words[0])), ("data", .address(words[6])),
      ]
    case .binding(let rootComplex, let binding, let isBound):
      kind = "binding"
      fields = [
        ("root_complex", .integer(Int64(rootComplex.rawValue))),
        ("device", .string(binding.function.description)), ("bound", .boolean(isBound)),
      ]
    case .granted(_, let grant):
      kind = "granted"
      fields = [
        ("domain", name(grant.grantee)), ("index", .integer(Int64(clamping: grant.base))),
        ("pages", .integer(Int64(clamping: grant.pages))),
      ]
    case .revoked(_, let grant):
      kind = "taken_back"
      fields = [
        ("domain", name(grant.grantee)), ("index", .integer(Int64(clamping: grant.base))),
        ("pages", .integer(Int64(clamping: grant.pages))),
      ]
    case .software(let domain, let event):
      kind = event.kind
      fields = [("domain", name(domain))]
      fields += event.fields.map { field in
        (
          field.name,
          field.name == "dva" ? .address(field.value) : .integer(Int64(clamping: field.value))
        )
      }
      if let message = event.message { fields.append(("message", .string(message))) }
    }
    value = .record(
      [("kind", .string(kind)), ("time", .integer(Int64(clamping: timed.time.rawValue)))] + fields)
  }
}
