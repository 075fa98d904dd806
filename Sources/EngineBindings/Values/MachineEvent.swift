import Hypervisor
import LuaRuntime
import Sun4v

/// An event of a machine, for traces and logs.
public struct MachineEvent {
  /// How much an event matters to whoever reads a log.
  public enum Weight: Sendable {
    /// Something was refused, lost, late, or at fault.
    case notable
    /// A session or a grant came or went.
    case ordinary
    /// What led to that.
    case minor
    /// Every call, packet, entry and access.
    case detail
  }

  /// The number of the machine, from 1.
  public let machine: Int
  /// The kind, as `machine:on` takes it.
  public let kind: String
  /// How much it matters.
  public var weight: Weight { Self.weight(of: kind) }

  private let record: EventRecord

  init(machine: Int, _ record: EventRecord) {
    self.machine = machine
    self.record = record
    kind = record.kind
  }

  private static func weight(of kind: String) -> Weight {
    switch kind {
    case "connection_closed", "denied", "fault", "lost", "malformed", "reclaim_refused",
      "refused_by_peer", "release_refused", "service_refused", "session_down", "timed_out",
      "window_mismatch":
      .notable
    case "grant", "reclaimed", "release", "revoke", "revoked", "session_up": .ordinary
    case "binding", "granted", "requested", "taken_back": .minor
    default: .detail
    }
  }

  /// A hypercall as one line, all values in hexadecimal; `nil` for other events.
  ///
  /// With names, each argument and result has the name that the call's declaration gives it.
  public func hypercall(withNames: Bool) -> String? {
    guard kind == "hypercall" else { return nil }
    func values(_ field: String, _ names: [String]) -> String {
      (record.value[field].items ?? []).enumerated().map { index, value in
        let text = Self.address(value)
        return withNames && names.indices.contains(index) ? "\(names[index])=\(text)" : text
      }.joined(separator: ", ")
    }
    let results = values("results", record.hypercall?.results ?? [])
    return "\(field("domain")) \(field("call"))"
      + "(\(values("arguments", record.hypercall?.arguments ?? []))) = \(field("status"))"
      + (results.isEmpty ? "" : ", \(results)")
  }

  /// One line: the kind, the virtual time in nanoseconds, and what belongs to the kind.
  public var text: String {
    if let call = hypercall(withNames: true) { return "hypercall at \(field("time")): \(call)" }
    guard case .record(let fields) = record.value else { return kind }
    let parts = fields.dropFirst(2).compactMap { name, value -> String? in
      switch value {
      case .nil: nil
      case .bytes(let bytes): "\(name)=\(bytes.count) bytes"
      case .integer where Self.addresses.contains(name): "\(name)=\(Self.address(value))"
      default: "\(name)=\(Self.text(of: value))"
      }
    }
    return "\(kind) at \(field("time")): " + parts.joined(separator: " ")
  }

  /// The fields whose values are 64 bits, not counts.
  private static let addresses: Set = ["dva", "old", "new", "word0", "data", "desc"]

  private static func address(_ value: LuaValue) -> String {
    UInt64(bitPattern: value.exactInteger ?? 0).paddedHexadecimal
  }

  private func field(_ name: String) -> String { Self.text(of: record.value[name]) }

  private static func text(of value: LuaValue) -> String {
    switch value {
    case .string(let text): text
    case .boolean(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    default: "?"
    }
  }
}
