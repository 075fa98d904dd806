import Hypervisor
import Negotiation
import Sun4v

/// Looking at a machine, and making a domain's raw calls.
extension Machine {
  /// Throws code `closed` once the machine has been closed.
  public func checkUsable() throws(MachineError) { try checkOpen() }

  /// Whether a domain runs.
  public func isRunning(_ domain: DomainID) -> Bool {
    software.software.indices.contains(domain.rawValue)
      && software.software[domain.rawValue].kind != .off
  }

  /// The domains' names by number.
  public var domainNames: [DomainID: String] {
    Dictionary(uniqueKeysWithValues: hypervisor.state.domains.map { ($0.id, $0.name) })
  }

  /// Whether a mapping is still there.
  public func isLive(_ mapping: MappingID) -> Bool { software.mappings[mapping.number] != nil }

  /// Makes a hypercall as a domain; any number and any arguments give a status.
  public func hypercall(
    _ domain: DomainID, _ trap: HypercallTrap, _ number: UInt64, _ arguments: HypercallArguments
  ) throws(MachineError) -> HypercallResult {
    try checkOpen()
    _ = try record(of: domain)
    let result =
      switch trap {
      case .fast: hypervisor.fastTrap(domain, number, arguments)
      case .core: hypervisor.coreTrap(domain, number, arguments)
      }
    noticeInterrupts()
    return result
  }

  /// Takes the error packets that a domain's software has received, after what is due now has happened.
  public func takeErrorPackets(of domain: DomainID) throws(MachineError) -> [ErrorPacket] {
    try checkOpen()
    try run(until: now.advanced(byNanoseconds: configuration.interruptLatency))
    let packets = software.software[domain.rawValue].withBase { $0.takeFaults() } ?? []
    return packets.map { ErrorPacket(words: $0.words) }
  }

  /// Counters of the machine, in a fixed order.
  public func statistics() throws(MachineError) -> [(name: String, value: UInt64)] {
    try checkOpen()
    let state = hypervisor.state
    return [
      ("now", now.rawValue), ("steps", software.steps), ("domains", UInt64(domains.count)),
      ("root_complexes", UInt64(state.rootComplexes.count)),
      ("grants", UInt64(state.rootComplexes.reduce(0) { $0 + $1.grants.count })),
      ("granted_pages", state.rootComplexes.reduce(0) { $0 + $1.grants.pages }),
      ("valid_entries", UInt64(state.rootComplexes.reduce(0) { $0 + $1.table.validCount })),
      ("buffers", UInt64(software.buffers.count)),
      ("mappings", UInt64(software.mappings.count)),
      ("damaged_messages", software.damagedMessages),
      ("resident_bytes", state.memory.residentBytes),
    ]
  }
}
