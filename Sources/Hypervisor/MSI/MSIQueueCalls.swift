import Sun4v

extension HypercallTable {
  /// The calls on event queues.
  static let msiQueueCalls: [Hypercall] = [
    msi(
      "pci_msiq_conf", 0xc0, ["handle", "msiq", "base", "entries"], [],
      "Configures an event queue of 128 records; it begins empty."
    ) { $0.configureEventQueue($1, $2) },
    msi(
      "pci_msiq_info", 0xc1, ["handle", "msiq"], ["base", "entries"],
      "Tells where an event queue is; 0 entries for one that is not configured."
    ) { $0.eventQueueInfo($1, $2) },
    msi(
      "pci_msiq_getvalid", 0xc2, ["handle", "msiq"], ["valid"],
      "Tells whether an event queue takes records."
    ) { state, domain, arguments in
      // The hardware's state less one; the error state has neither of the two low bits.
      state.readQueue(domain, arguments) { HypercallResult(.ok, $0.state.rawValue & 3 &- 1) }
    },
    msi(
      "pci_msiq_setvalid", 0xc3, ["handle", "msiq", "valid"], [],
      "Has an event queue take records, or not."
    ) { $0.setEventQueueValid($1, $2) },
    msi(
      "pci_msiq_getstate", 0xc4, ["handle", "msiq"], ["state"],
      "Tells whether an event queue overflowed: 1 if so."
    ) { state, domain, arguments in
      state.readQueue(domain, arguments) { HypercallResult(.ok, $0.state == .error ? 1 : 0) }
    },
    msi(
      "pci_msiq_setstate", 0xc5, ["handle", "msiq", "state"], [],
      "Sets the error state of an event queue, or takes it back."
    ) { $0.setEventQueueState($1, $2) },
    msi(
      "pci_msiq_gethead", HypercallNumber.pciMSIQGethead, ["handle", "msiq"], ["head"],
      "Tells the byte offset of the record to be read next."
    ) { state, domain, arguments in
      state.readQueue(domain, arguments, mustBeConfigured: true) {
        HypercallResult(.ok, $0.head &* MSIQueue.recordSize)
      }
    },
    msi(
      "pci_msiq_sethead", HypercallNumber.pciMSIQSethead, ["handle", "msiq", "head"], [],
      "Gives back the records before a byte offset."
    ) { $0.setEventQueueHead($1, $2) },
    msi(
      "pci_msiq_gettail", HypercallNumber.pciMSIQGettail, ["handle", "msiq"], ["tail"],
      "Tells the byte offset of the record to be written next."
    ) { state, domain, arguments in
      state.readQueue(domain, arguments, mustBeConfigured: true) {
        HypercallResult(.ok, $0.tail &* MSIQueue.recordSize)
      }
    },
  ]

  static func msi(
    _ name: String, _ number: UInt64, _ arguments: [String], _ results: [String],
    _ summary: String, handler: @escaping Hypercall.Handler
  ) -> Hypercall {
    Hypercall(
      name, number, group: .pci, arguments: arguments, results: results, summary: summary,
      source: "OpenSPARC hypervisor 1.5.6, vpci_msi.s; FWARC 2010/137", handler: handler)
  }
}
