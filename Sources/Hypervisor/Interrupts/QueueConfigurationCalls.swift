import Sun4v

extension HypercallTable {
  /// The calls that configure the queues of the calling CPU.
  ///
  /// Source: UltraSPARC Virtual Machine Specification, chapter 13; OpenSPARC hypervisor,
  /// hcall_core.s.
  static let queueConfigurationCalls: [Hypercall] = [
    Hypercall(
      "cpu_qconf", HypercallNumber.cpuQConf, group: .core,
      arguments: ["queue", "base", "entries"],
      summary: "Configures a queue of the calling CPU; 0 entries removes it.",
      source: "VM specification 13.2.6"
    ) { state, domain, arguments in state.configureQueue(domain, arguments) },
    Hypercall(
      "cpu_qinfo", HypercallNumber.cpuQInfo, group: .core,
      arguments: ["queue"], results: ["base", "entries"],
      summary: "Tells where a queue of the calling CPU is and how long.",
      source: "VM specification 13.2.7"
    ) { state, domain, arguments in
      guard let kind = MondoQueueKind(rawValue: arguments.a0) else {
        return HypercallResult(.invalid)
      }
      let record = state.domains[domain.rawValue]
      let queue = record.processors[record.runningProcessor][kind]
      return HypercallResult(.ok, queue.base.rawValue, queue.entries)
    },
  ]
}

extension HypervisorState {
  /// The order of checks is that of the real code: the queue's number comes last.
  fileprivate mutating func configureQueue(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    var queue = MondoQueue()
    let entries = arguments.a2
    if entries != 0 {
      guard (2...MondoQueue.maximumEntries).contains(entries), entries & (entries &- 1) == 0 else {
        return HypercallResult(.invalid)
      }
      let size = entries &* MondoQueue.entrySize
      let base = RealAddress(arguments.a1)
      guard base.isAligned(to: size) else { return HypercallResult(.badAlignment) }
      guard
        let physical = domains[domain.rawValue].memoryMap.physical(base, guestSize: size)
      else { return HypercallResult(.noRealAddress) }
      queue.base = base
      queue.size = size
      queue.physical = physical
    }
    guard let kind = MondoQueueKind(rawValue: arguments.a0) else {
      return HypercallResult(.invalid)
    }
    let processor = domains[domain.rawValue].runningProcessor
    queue.waiting = domains[domain.rawValue].processors[processor][kind].waiting
    domains[domain.rawValue].processors[processor][kind] = queue
    if kind == .device { admitWaitingMondos(domain.rawValue, processor) }
    return HypercallResult(.ok)
  }
}
