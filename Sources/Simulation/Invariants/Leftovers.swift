import Hypervisor
import Negotiation
import Sun4v

/// A translation that a root complex remembers although its table says otherwise.
public struct StaleTranslation: Hashable, Sendable {
  /// The root complex.
  public let rootComplex: RootComplexID
  /// The DVA of the page.
  public let address: DVMAAddress
  /// The entry as it is remembered.
  public let remembered: UInt64
  /// The entry as the table has it.
  public let current: UInt64
}

/// What stays behind: in the memory of root complexes, and of domains that are gone.
extension Machine {
  /// The translations that devices may still use although their entries were changed without a demap.
  public func staleTranslations() throws(MachineError) -> [StaleTranslation] {
    try checkOpen()
    return hypervisor.state.rootComplexes.flatMap { bus in
      hypervisor.state.staleTranslations(of: bus.id).map { line in
        StaleTranslation(
          rootComplex: bus.id, address: bus.window.address(of: line.index),
          remembered: line.entry, current: bus.table.rawEntry(line.index))
      }
    }
  }

  /// A remembered translation leads to memory of the domain that its page belongs to now.
  func checkStale() -> [String] {
    hypervisor.state.rootComplexes.flatMap { bus in
      hypervisor.state.foreignTranslations(of: bus.id).map { line in
        "\(bus.name): the translation remembered for \(bus.window.address(of: line.index)) leads to "
          + "memory of a domain that the page does not belong to"
      }
    }
  }

  /// Of a domain that is not running nothing is left that a device, a peer or a script could meet.
  func checkGone(_ domain: DomainID) -> [String] {
    guard isBooted, let record = hypervisor.state.domain(domain) else { return [] }
    var left: [String] = []
    for bus in hypervisor.state.rootComplexes {
      if bus.validEntries(of: domain) > 0 {
        left.append("\(bus.validEntries(of: domain)) valid entries on \(bus.name)")
      }
      if bus.bus.views.contains(where: { $0.domain == domain }) {
        left.append("a view of \(bus.name)")
      }
      if bus.suppliedTables.contains(where: { $0?.domain == domain }) {
        left.append("tables of its own on \(bus.name)")
      }
    }
    if record.channels.endpoints.contains(where: {
      $0.isUsable && ($0.transmit.isConfigured || $0.receive.isConfigured || !$0.held.isEmpty)
    }) {
      left.append("queues of channels")
    }
    if record.processors.contains(where: { $0.deviceQueue.size != 0 }) {
      left.append("queues of interrupts")
    }
    if software.buffers.contains(where: { $0.domain == domain }) { left.append("buffers") }
    if software.mappings.contains(where: { $0.domain == domain }) { left.append("mappings") }
    if software.grantUse.keys.contains(where: { $0.domain == domain }) {
      left.append("records of grants in use")
    }
    if software.agenda.delivery(to: domain) != nil { left.append("an interrupt to deliver") }
    left += leftGrants(of: domain)
    return left.isEmpty
      ? [] : ["\(record.name) is gone, and left behind " + left.joined(separator: ", ")]
  }

  private func leftGrants(of domain: DomainID) -> [String] {
    guard let control = software.software[Self.control.rawValue].control else { return [] }
    return control.agent.grantList.compactMap { grant in
      if case .reclaiming = grant.state { return nil }
      return grant.guest == domain ? "grant \(grant.id)" : nil
    }
  }
}
