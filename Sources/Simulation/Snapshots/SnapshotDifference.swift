// Theory of operation
//
// Two snapshots are equal or not; where they are not, this says in what, in words that a person can use:
// by subject, in a fixed order, each line with what it was and what it is. Lists that could be long
// (entries, runs of memory) are cut, and the cut is said. What differs and has no line of its own (a
// link's counters, an agent's timers) is one line that names the domain, so that no difference is silent.

import Hypervisor
import Negotiation
import Sun4v

/// One thing in which two snapshots differ.
public struct SnapshotDifference: Hashable, Sendable {
  /// What kind of thing: `clock`, `domain`, `grant`, `entry`, `memory`, and so on.
  public let subject: String
  /// Which one.
  public let name: String
  /// What it was in the first snapshot.
  public let before: String
  /// What it is in the second.
  public let after: String

  /// One line.
  public var description: String { "\(subject) \(name): \(before) -> \(after)" }
}

extension MachineSnapshot {
  /// The most lines of one subject.
  static let differenceLimit = 64

  /// In what another snapshot differs from this one; empty exactly where they are equal.
  public func differences(to other: MachineSnapshot) -> [SnapshotDifference] {
    if self == other { return [] }
    var found: [SnapshotDifference] = []
    func note(_ subject: String, _ name: String, _ before: String, _ after: String) {
      if before != after {
        found.append(
          SnapshotDifference(subject: subject, name: name, before: before, after: after))
      }
    }
    note("machine", "configuration", configuration.summary, other.configuration.summary)
    note("clock", "now", "\(time)", "\(other.time)")
    note("machine", "steps", "\(software.steps)", "\(other.software.steps)")
    note(
      "machine", "damaged messages", "\(software.damagedMessages)",
      "\(other.software.damagedMessages)")
    note("machine", "booted", "\(software.isBooted)", "\(other.software.isBooted)")
    note("machine", "faults to inject", faultSummary, other.faultSummary)
    note("machine", "buffers", "\(software.buffers.count)", "\(other.software.buffers.count)")
    note("machine", "mappings", "\(software.mappings.count)", "\(other.software.mappings.count)")
    compareDomains(other, note)
    compareRootComplexes(other, note)
    compareMemory(other, note)
    if found.isEmpty { note("machine", "state", "differs in details without a name", "") }
    return found
  }

  typealias Note = (_ subject: String, _ name: String, _ before: String, _ after: String) -> Void

  private var faultSummary: String {
    var parts: [String] = []
    if hypervisor.channelFaults != nil { parts.append("packets") }
    let calls = hypervisor.callFaults?.faults.count ?? 0
    if calls > 0 { parts.append("\(calls) hypercalls") }
    if !software.crashes.isEmpty { parts.append("\(software.crashes.count) crashes") }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }

  private func compareDomains(_ other: MachineSnapshot, _ note: Note) {
    for index in 0..<max(hypervisor.domains.count, other.hypervisor.domains.count) {
      let (a, b) = (describe(index), other.describe(index))
      let name =
        hypervisor.domain(DomainID(index))?.name
        ?? other.hypervisor.domain(DomainID(index))?.name ?? "\(index)"
      note("domain", name, a, b)
      guard a == b, software.software.indices.contains(index),
        other.software.software.indices.contains(index)
      else { continue }
      if software.software[index] != other.software.software[index] {
        note("software", name, "as before", "differs in the state of its agent or links")
      }
      if hypervisor.domains[index] != other.hypervisor.domains[index] {
        note("hypervisor", name, "as before", "differs in queues, interrupts or versions")
      }
    }
  }

  private func describe(_ index: Int) -> String {
    guard software.software.indices.contains(index) else { return "missing" }
    if let control = software.software[index].control {
      return "running, \(control.agent.grantList.count) grants given"
    }
    guard let guest = software.software[index].guest else { return "off" }
    let grants = guest.agent.grantList.map { "\($0.id) \($0.state.name)" }
    return "\(guest.agent.phase.rawValue), \(guest.agent.openRequests) requests open, grants "
      + (grants.isEmpty ? "none" : grants.joined(separator: ", "))
  }

  private func compareRootComplexes(_ other: MachineSnapshot, _ note: Note) {
    for (a, b) in zip(hypervisor.rootComplexes, other.hypervisor.rootComplexes) where a != b {
      let (before, after) = (grantTexts(a), grantTexts(b))
      for base in Set(before.keys).union(after.keys).sorted() {
        note(
          "grant", "\(a.name) \(a.window.address(of: base))", before[base] ?? "none",
          after[base] ?? "none")
      }
      compareEntries(a, b, note)
      if a.iotlb != b.iotlb {
        note(
          "iotlb", a.name, "\(a.iotlb.lines.count) lines", "\(b.iotlb.lines.count) lines, others")
      }
    }
  }

  private func grantTexts(_ bus: RootComplex) -> [UInt64: String] {
    var found: [UInt64: String] = [:]
    for grant in bus.grants.all {
      let name = hypervisor.domain(grant.grantee)?.name ?? "\(grant.grantee)"
      found[grant.base] = "\(grant.pages) pages of \(name)"
    }
    return found
  }

  private func compareEntries(_ a: RootComplex, _ b: RootComplex, _ note: Note) {
    var entries: [UInt64: (UInt64, UInt64)] = [:]
    a.table.forEachValid { index, entry in entries[index, default: (0, 0)].0 = entry.rawValue }
    b.table.forEachValid { index, entry in entries[index, default: (0, 0)].1 = entry.rawValue }
    let changed = entries.filter { $0.value.0 != $0.value.1 }.keys.sorted()
    for index in changed.prefix(Self.differenceLimit) {
      func text(_ entry: UInt64) -> String { entry == 0 ? "not valid" : entry.hexadecimal }
      let (old, new) = entries[index] ?? (0, 0)
      note("entry", "\(a.name) \(a.window.address(of: index))", text(old), text(new))
    }
    if changed.count > Self.differenceLimit {
      note("entry", a.name, "", "\(changed.count - Self.differenceLimit) more entries")
    }
  }

  private func compareMemory(_ other: MachineSnapshot, _ note: Note) {
    let runs = hypervisor.memory.differences(
      from: other.hypervisor.memory, limit: Self.differenceLimit + 1)
    for run in runs.prefix(Self.differenceLimit) {
      note("memory", place(of: run.address), "\(run.count) bytes", "other bytes")
    }
    if runs.count > Self.differenceLimit { note("memory", "", "", "more runs") }
  }

  /// A physical address as the real address of the domain that it belongs to.
  private func place(of address: PhysicalAddress) -> String {
    for domain in hypervisor.domains {
      for segment in domain.memoryMap.segments where segment.kind == .memory {
        let real = address.rawValue &- segment.offset
        if real >= segment.base.rawValue, real < segment.limit.rawValue {
          return "\(domain.name) RA \(RealAddress(real))"
        }
      }
    }
    return "PA \(address)"
  }
}

extension MachineConfiguration {
  fileprivate var summary: String {
    "\(model), seed \(seed), policy \(policy.rawValue), \(channelEntries) packets"
  }
}
