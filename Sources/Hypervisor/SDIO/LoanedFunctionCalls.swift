// Theory of operation
//
// Static direct I/O: the owner of a root complex (the root domain) loans functions to other domains.
// Those may look at configuration space only once the owner has said that the bus is configured, and
// have to wait again after it is reset. The owner alone sees and changes the true configuration of a
// loaned function, and tells borrowers of errors on the bus they share.
//
// Source: FWARC 2009/535 to 2009/537, 2010/137 section 6; sun4v groups 0x108 and 0x109.

import Sun4v

extension HypercallTable {
  /// The calls of static direct I/O.
  static let loanedFunctionCalls: [Hypercall] = [
    Hypercall(
      "pci_iov_root_configured", 0xf8, group: .sdio, arguments: ["handle"],
      summary: "Lets the domains that borrowed functions look at configuration space.",
      source: "FWARC 2009/537; VM specification 23.5.2.1"
    ) { state, domain, arguments in
      switch state.ownedRootComplex(arguments.a0, domain) {
      case .refused(let status): return HypercallResult(status)
      case .value(let place):
        state.rootComplexes[place].bus.isConfigured = true
        return HypercallResult(.ok)
      }
    },
    Hypercall(
      "pci_real_config_get", 0xf9, group: .sdio,
      arguments: ["handle", "device", "offset", "size"], results: ["error_flag", "value"],
      summary: "Reads a register of a function, even of a loaned one, as it really is.",
      source: "FWARC 2009/537; VM specification 23.5.2.2"
    ) { state, domain, arguments in
      state.readConfiguration(domain, arguments, showsReal: true)
    },
    Hypercall(
      "pci_real_config_put", 0xfa, group: .sdio,
      arguments: ["handle", "device", "offset", "size", "data"], results: ["error_flag"],
      summary: "Writes a register of a function, even of a loaned one, as it really is.",
      source: "FWARC 2009/537; VM specification 23.5.2.3"
    ) { state, domain, arguments in
      state.writeConfiguration(domain, arguments, showsReal: true)
    },
    Hypercall(
      "pci_error_send", 0xff, group: .sdioError, arguments: ["handle", "devino", "device"],
      summary: "Tells the domains that borrowed functions that the bus they share had an error.",
      source: "FWARC 2009/537; VM specification 23.5.2.4"
    ) { $0.sendError($1, $2) },
  ]
}

extension HypervisorState {
  /// The root complex that a handle names, if the caller owns it: else ENOACCESS, or EINVAL for an
  /// unknown handle.
  fileprivate func ownedRootComplex(_ handle: UInt64, _ domain: DomainID) -> Checked<Int> {
    guard let place = rootComplexIndex(handle) else { return .refused(.invalid) }
    return rootComplexes[place].owner == domain ? .value(place) : .refused(.noAccess)
  }

  /// The descriptor of the packet: block host bus, flag STOP, nothing else.
  static let sharedErrorDescriptor: UInt64 = 0x1000_0800

  /// pci_error_send: handle, devino, device; device 0 means every borrower, another one those that
  /// borrowed functions of that device.
  fileprivate mutating func sendError(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard arguments.a1 < UInt64(RootComplexView.interruptCount),
      let device = BusDeviceFunction(pciDevice: arguments.a2)
    else { return HypercallResult(.invalid) }
    switch ownedRootComplex(arguments.a0, domain) {
    case .refused(let status): return HypercallResult(status)
    case .value(let place):
      let shared = rootComplexes[place].functions.filter {
        device.rawValue == 0 || $0.address.rawValue >> 3 == device.rawValue >> 3
      }
      let borrowers = Set(shared.compactMap(\.assignee)).subtracting([domain]).sorted()
      guard !borrowers.isEmpty else { return HypercallResult(.ok) }
      lastErrorHandle &+= 1
      for borrower in borrowers {
        let view = rootComplexes[place].bus.view(of: borrower)
        let interrupt = view.interrupts[Int(arguments.a1)]
        guard interrupt.target == nil || interrupt.isValid,
          let target = interrupt.target ?? domains[borrower.rawValue].processors.first?.id
        else { continue }
        let source = sourceWord(place, borrower, Int(arguments.a1))
        let packet = SIMD8(
          source, lastErrorHandle, now.rawValue, Self.sharedErrorDescriptor << 32, 0, 0, 0, 0)
        postDeviceMondo(Mondo(packet), to: borrower, processor: target)
      }
      return HypercallResult(.ok)
    }
  }
}
