import Sun4v

extension HypercallTable {
  /// The calls on MSIs and PCIe messages.
  static let msiCalls: [Hypercall] = [
    msi(
      "pci_msi_getvalid", HypercallNumber.pciMSIGetvalid, ["handle", "msi"], ["valid"],
      "Tells whether an MSI is enabled."
    ) { state, domain, arguments in
      state.readEntry(domain, arguments, .msi) { HypercallResult(.ok, $0.isValid ? 1 : 0) }
    },
    msi(
      "pci_msi_setvalid", 0xca, ["handle", "msi", "valid"], [], "Enables or disables an MSI."
    ) { state, domain, arguments in
      guard arguments.a2 <= 1 else { return HypercallResult(.invalid) }
      return state.modifyEntry(domain, arguments, .msi) { $0.isValid = arguments.a2 == 1 }
    },
    msi(
      "pci_msi_getmsiq", HypercallNumber.pciMSIGetmsiq, ["handle", "msi"], ["msiq"],
      "Tells the event queue of an MSI."
    ) { state, domain, arguments in
      // As specified an MSI that was never given a queue has none to tell.
      let mustBeBound = state.followsSpecification
      return state.readEntry(domain, arguments, .msi) {
        $0.isBound || !mustBeBound
          ? HypercallResult(.ok, $0.queue) : HypercallResult(.invalid)
      }
    },
    msi(
      "pci_msi_setmsiq", 0xcc, ["handle", "msi", "msiq", "type"], [],
      "Gives an MSI its event queue; type 0 is MSI32, 1 MSI64."
    ) { state, domain, arguments in
      guard arguments.a3 <= 1 else { return HypercallResult(.invalid) }
      return state.bind(domain, arguments, .msi)
    },
    msi(
      "pci_msi_getstate", 0xcd, ["handle", "msi"], ["state"],
      "Tells whether an MSI is in its queue: 1 if so; always 0 for one that is not enabled."
    ) { state, domain, arguments in
      state.readEntry(domain, arguments, .msi) {
        HypercallResult(.ok, $0.isValid && $0.isPending ? 1 : 0)
      }
    },
    msi(
      "pci_msi_setstate", HypercallNumber.pciMSISetstate, ["handle", "msi", "state"], [],
      "Sets an MSI idle, so that it can come again."
    ) { state, domain, arguments in
      guard arguments.a2 == 0 || arguments.a2 == 1 && state.followsSpecification else {
        return HypercallResult(.invalid)
      }
      return state.modifyEntry(domain, arguments, .msi) { $0.isPending = arguments.a2 == 1 }
    },
    msi(
      "pci_msg_getmsiq", 0xd0, ["handle", "type"], ["msiq"],
      "Tells the event queue of a kind of PCIe message."
    ) { state, domain, arguments in
      state.readEntry(domain, arguments, .message) { HypercallResult(.ok, $0.queue) }
    },
    msi(
      "pci_msg_setmsiq", 0xd1, ["handle", "type", "msiq"], [],
      "Gives a kind of PCIe message its event queue."
    ) { $0.bind($1, $2, .message) },
    msi(
      "pci_msg_getvalid", 0xd2, ["handle", "type"], ["valid"],
      "Tells whether a kind of PCIe message is enabled."
    ) { state, domain, arguments in
      state.readEntry(domain, arguments, .message) { HypercallResult(.ok, $0.isValid ? 1 : 0) }
    },
    msi(
      "pci_msg_setvalid", 0xd3, ["handle", "type", "valid"], [],
      "Enables or disables a kind of PCIe message."
    ) { state, domain, arguments in
      guard arguments.a2 <= 1 else { return HypercallResult(.invalid) }
      return state.modifyEntry(domain, arguments, .message) { $0.isValid = arguments.a2 == 1 }
    },
  ]
}

/// Which of the two tables a call is about.
private enum EntryKind {
  case msi
  case message

  /// The place that an argument names, or `nil` where there is none.
  func index(_ argument: UInt64) -> Int? {
    switch self {
    case .msi: argument < UInt64(MSIState.msiCount) ? Int(argument) : nil
    case .message: PCIeMessage(rawValue: argument)?.index
    }
  }
}

extension HypervisorState {
  fileprivate func readEntry(
    _ domain: DomainID, _ arguments: HypercallArguments, _ kind: EntryKind,
    _ answer: (MSIEntry) -> HypercallResult
  ) -> HypercallResult {
    guard let place = visibleRootComplex(arguments.a0, to: domain),
      let index = kind.index(arguments.a1)
    else { return HypercallResult(.invalid) }
    let msi = rootComplexes[place].bus.view(of: domain).msi
    return answer(kind == .msi ? msi.entries[index] : msi.messages[index])
  }

  fileprivate mutating func modifyEntry(
    _ domain: DomainID, _ arguments: HypercallArguments, _ kind: EntryKind,
    _ change: (inout MSIEntry) -> Void
  ) -> HypercallResult {
    guard let place = visibleRootComplex(arguments.a0, to: domain),
      let index = kind.index(arguments.a1)
    else { return HypercallResult(.invalid) }
    let view = rootComplexes[place].bus.viewIndex(of: domain)
    switch kind {
    case .msi: change(&rootComplexes[place].bus.views[view].msi.entries[index])
    case .message: change(&rootComplexes[place].bus.views[view].msi.messages[index])
    }
    return HypercallResult(.ok)
  }

  fileprivate mutating func bind(
    _ domain: DomainID, _ arguments: HypercallArguments, _ kind: EntryKind
  ) -> HypercallResult {
    guard arguments.a2 < UInt64(MSIState.queueCount) else { return HypercallResult(.invalid) }
    return modifyEntry(domain, arguments, kind) {
      $0.queue = arguments.a2
      $0.isBound = true
    }
  }
}
