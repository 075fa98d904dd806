import Sun4v

extension HypercallTable {
  /// The calls on configuration space and device registers.
  static let configurationCalls: [Hypercall] = [
    Hypercall(
      "pci_config_get", HypercallNumber.pciConfigGet, group: .pci,
      arguments: ["handle", "device", "offset", "size"], results: ["error_flag", "value"],
      summary: "Reads a register of a function's configuration space.",
      source: "OpenSPARC hypervisor 1.5.6, hcall_vpci.s; VM specification 23.4.5"
    ) { state, domain, arguments in
      state.readConfiguration(domain, arguments, showsReal: false)
    },
    Hypercall(
      "pci_config_put", HypercallNumber.pciConfigPut, group: .pci,
      arguments: ["handle", "device", "offset", "size", "data"], results: ["error_flag"],
      summary: "Writes a register of a function's configuration space.",
      source: "OpenSPARC hypervisor 1.5.6, hcall_vpci.s; VM specification 23.4.6"
    ) { state, domain, arguments in
      state.writeConfiguration(domain, arguments, showsReal: false)
    },
    Hypercall(
      "pci_peek", HypercallNumber.pciPeek, group: .pci,
      arguments: ["handle", "ra", "size"], results: ["error_flag", "data"],
      summary: "Reads a device register; an access that fails is an answer, not an error report.",
      source: "OpenSPARC hypervisor 1.5.6, hcall_vpci.s; VM specification 23.4.7"
    ) { $0.peek($1, $2) },
    Hypercall(
      "pci_poke", HypercallNumber.pciPoke, group: .pci,
      arguments: ["handle", "ra", "size", "data", "device"], results: ["error_flag"],
      summary: "Writes a device register; an access that fails is an answer, not an error report.",
      source: "OpenSPARC hypervisor 1.5.6, hcall_vpci.s; VM specification 23.4.8"
    ) { $0.poke($1, $2) },
  ]
}

extension HypervisorState {
  /// What a call on configuration space names, once its arguments are good.
  private struct ConfigurationAccess {
    let rootComplex: Int
    let view: FunctionView
    let register: Int
    let size: Int
  }

  /// The error flag of a failed access: as specified 2, a failure other than a request to retry.
  private var failedFlag: UInt64 { followsSpecification ? 2 : 1 }

  private func access(
    _ domain: DomainID, _ arguments: HypercallArguments, showsReal: Bool
  ) -> Checked<ConfigurationAccess> {
    let (offset, size) = (arguments.a2, arguments.a3)
    guard let address = BusDeviceFunction(pciDevice: arguments.a1), offset <= 0xfff,
      [1, 2, 4].contains(size)
    else { return .refused(.invalid) }
    guard offset & (size &- 1) == 0 else { return .refused(.badAlignment) }
    guard let place = visibleRootComplex(arguments.a0, to: domain) else {
      return .refused(.invalid)
    }
    let isOwner = rootComplexes[place].owner == domain
    guard isOwner || !showsReal else { return .refused(.noAccess) }
    guard isOwner || !followsSpecification || rootComplexes[place].bus.isConfigured else {
      return .refused(.wouldBlock)
    }
    let view = rootComplexes[place].view(
      of: address, for: domain, showsLoans: followsSpecification && !showsReal)
    return .value(
      ConfigurationAccess(
        rootComplex: place, view: view, register: Int(offset), size: Int(size)))
  }

  /// Whether an access to a device cannot get through: the injected fault, or on t1 a link that is
  /// down.
  private func fails(_ place: Int) -> Bool {
    rootComplexes[place].bus.failsAccesses
      || !rootComplexes[place].bus.isLinkUp && (model == .t1 || followsSpecification)
  }

  /// pci_config_get, and pci_real_config_get with `showsReal`.
  ///
  /// On a bus that was given up the flag is set and the value register keeps what was in it, the
  /// offset.
  func readConfiguration(
    _ domain: DomainID, _ arguments: HypercallArguments, showsReal: Bool
  ) -> HypercallResult {
    switch access(domain, arguments, showsReal: showsReal) {
    case .refused(let status): return HypercallResult(status)
    case .value(let access):
      let place = access.rootComplex
      if rootComplexes[place].bus.isBlacklisted {
        return HypercallResult(.ok, failedFlag, arguments.a2)
      }
      guard !fails(place),
        let value = rootComplexes[place].readConfiguration(
          access.view, access.register, size: access.size)
      else { return HypercallResult(.ok, failedFlag, .max) }
      return HypercallResult(.ok, 0, value)
    }
  }

  /// pci_config_put, and pci_real_config_put with `showsReal`.
  mutating func writeConfiguration(
    _ domain: DomainID, _ arguments: HypercallArguments, showsReal: Bool
  ) -> HypercallResult {
    switch access(domain, arguments, showsReal: showsReal) {
    case .refused(let status): return HypercallResult(status)
    case .value(let access):
      let place = access.rootComplex
      guard !rootComplexes[place].bus.isBlacklisted, !fails(place),
        rootComplexes[place].writeConfiguration(
          access.view, access.register, size: access.size, arguments.a4)
      else { return HypercallResult(.ok, failedFlag) }
      return HypercallResult(.ok, 0)
    }
  }

  /// The checks that peek and poke share; gives the root complex's place.
  private func registerAccess(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> Checked<Int> {
    let (address, size) = (RealAddress(arguments.a1), arguments.a2)
    guard [1, 2, 4, 8].contains(size) else { return .refused(.invalid) }
    guard address.isAligned(to: size) else { return .refused(.badAlignment) }
    guard let place = visibleRootComplex(arguments.a0, to: domain) else {
      return .refused(.invalid)
    }
    guard
      domains[domain.rawValue].memoryMap.physical(address, guestSize: size, kind: .device) != nil
    else { return .refused(.noRealAddress) }
    return .value(place)
  }

  /// pci_peek: handle, address, size; the data register keeps the size where the access fails.
  func peek(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    switch registerAccess(domain, arguments) {
    case .refused(let status): return HypercallResult(status)
    case .value(let place):
      guard !fails(place) else { return HypercallResult(.ok, 1, arguments.a2) }
      var bytes = [UInt8](repeating: 0, count: Int(arguments.a2))
      _ = bytes.withUnsafeMutableBytes {
        rootComplexes[place].bus.registers.read(PhysicalAddress(arguments.a1), into: $0)
      }
      return HypercallResult(.ok, 0, bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
  }

  /// pci_poke: handle, address, size, data, device.
  mutating func poke(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard BusDeviceFunction(pciDevice: arguments.a4) != nil else {
      return HypercallResult(.invalid)
    }
    switch registerAccess(domain, arguments) {
    case .refused(let status): return HypercallResult(status)
    case .value(let place):
      guard !fails(place) else { return HypercallResult(.ok, 1) }
      let bytes = (0..<arguments.a2).map { UInt8(truncatingIfNeeded: arguments.a3 >> (8 * $0)) }
      _ = bytes.withUnsafeBytes {
        rootComplexes[place].bus.registers.write(PhysicalAddress(arguments.a1), from: $0)
      }
      return HypercallResult(.ok, 0)
    }
  }

  /// Gives a function the configuration space of a device or bridge; false for an unknown function.
  @discardableResult
  public mutating func setConfiguration(
    _ configuration: ConfigurationSpace, of function: BusDeviceFunction,
    on rootComplex: RootComplexID
  ) -> Bool {
    let place = rootComplex.rawValue
    guard rootComplexes.indices.contains(place),
      let index = rootComplexes[place].functions.firstIndex(where: { $0.address == function })
    else { return false }
    rootComplexes[place].functions[index].configuration = configuration
    return true
  }
}
