import Sun4v

extension HypercallTable {
  private typealias Number = HypercallNumber

  /// The calls on interrupts by system interrupt number.
  ///
  /// As specified, a domain that chose INTR 2.0 gets ENOTSUPPORTED from all of them; as deployed they
  /// are then no calls at all (EBADTRAP).
  static let systemInterruptCalls: [Hypercall] = [
    declare(
      "intr_devino_to_sysino", Number.intrDevinoToSysino, ["handle", "devino"], ["sysino"],
      "Gives the system interrupt number of a device's interrupt."
    ) { $0.systemInterruptNumber($1, $2) },
    declare(
      "intr_getenabled", Number.intrGetEnabled, ["sysino"], ["enabled"],
      "Tells whether an interrupt is enabled."
    ) { state, domain, arguments in
      state.readInterrupt(domain, arguments.a0) { $0.isValid ? 1 : 0 }
    },
    declare(
      "intr_setenabled", Number.intrSetEnabled, ["sysino", "enabled"], [],
      "Enables or disables an interrupt."
    ) { $0.setInterruptEnabled($1, $2) },
    declare(
      "intr_getstate", Number.intrGetState, ["sysino"], ["state"],
      "Tells the state of an interrupt: 0 idle, 1 received, 2 delivered."
    ) { state, domain, arguments in state.readInterrupt(domain, arguments.a0) { $0.state.rawValue }
    },
    declare(
      "intr_setstate", Number.intrSetState, ["sysino", "state"], [],
      "Sets the state of an interrupt; idle lets it come again."
    ) { $0.setSystemInterruptState($1, $2) },
    declare(
      "intr_gettarget", Number.intrGetTarget, ["sysino"], ["cpu"],
      "Tells the CPU that takes an interrupt."
    ) { state, domain, arguments in state.readInterrupt(domain, arguments.a0) { $0.target ?? 0 } },
    declare(
      "intr_settarget", Number.intrSetTarget, ["sysino", "cpu"], [],
      "Sets the CPU that takes an interrupt."
    ) { $0.setSystemInterruptTarget($1, $2) },
  ]

  private static func declare(
    _ name: String, _ number: UInt64, _ arguments: [String], _ results: [String],
    _ summary: String, handler: @escaping Hypercall.Handler
  ) -> Hypercall {
    Hypercall(
      name, number, group: .interrupt, versions: .from(APIVersion(1, 0)),
      specifiedVersions: .all, arguments: arguments, results: results, summary: summary,
      source: "FWARC 2006/074; VM specification, chapter 16"
    ) { state, domain, values in
      state.usesCookies(domain)
        ? HypercallResult(.notSupported) : handler(&state, domain, values)
    }
  }
}

extension HypervisorState {
  /// The device interrupt of a system interrupt number, in the domain's view.
  private func place(ofSystemInterrupt number: UInt64, _ domain: DomainID) -> InterruptPlace? {
    guard number < 2048 else { return nil }
    let index = number & 0x7c0
    guard
      let rootComplex = rootComplexes.indices.first(where: {
        rootComplexes[$0].handle.rawValue & 0x7c0 == index && isVisible($0, to: domain)
      })
    else { return nil }
    return .device(rootComplex: rootComplex, number: Int(number & 0x3f))
  }

  /// intr_devino_to_sysino: handle, devino.
  ///
  /// The T2 code compares the low 32 bits of the handle, and lets the number 64 pass.
  fileprivate func systemInterruptNumber(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let rootComplex = visibleRootComplex(arguments.a0, to: domain) else {
      return HypercallResult(.invalid)
    }
    let handle = rootComplexes[rootComplex].handle.rawValue
    let isSame =
      model != .t2 || followsSpecification
      || UInt32(truncatingIfNeeded: handle) == UInt32(truncatingIfNeeded: arguments.a0)
    let limit: UInt64 = followsSpecification ? 63 : 64
    guard isSame, arguments.a1 <= limit else { return HypercallResult(.invalid) }
    return HypercallResult(.ok, handle & 0x7c0 | arguments.a1)
  }

  fileprivate func readInterrupt(
    _ domain: DomainID, _ number: UInt64, _ value: (VirtualInterrupt) -> UInt64
  ) -> HypercallResult {
    guard let place = place(ofSystemInterrupt: number, domain) else {
      return HypercallResult(.invalid)
    }
    return HypercallResult(.ok, value(interrupt(domain.rawValue, place)))
  }

  fileprivate mutating func setInterruptEnabled(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard arguments.a1 <= 1, let place = place(ofSystemInterrupt: arguments.a0, domain) else {
      return HypercallResult(.invalid)
    }
    modifyInterrupt(domain.rawValue, place) { $0.isValid = arguments.a1 == 1 }
    if arguments.a1 == 1 { reconsider(domain.rawValue, place) }
    return HypercallResult(.ok)
  }

  /// intr_setstate: 1 and 2 are one state of the deployed hardware and read back as 2.
  fileprivate mutating func setSystemInterruptState(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let place = place(ofSystemInterrupt: arguments.a0, domain),
      let asked = InterruptState(rawValue: arguments.a1)
    else { return HypercallResult(.invalid) }
    let state = !followsSpecification && asked == .received ? .delivered : asked
    modifyInterrupt(domain.rawValue, place) { $0.state = state }
    if state == .idle { reconsider(domain.rawValue, place) }
    return HypercallResult(.ok)
  }

  fileprivate mutating func setSystemInterruptTarget(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let place = place(ofSystemInterrupt: arguments.a0, domain) else {
      return HypercallResult(.invalid)
    }
    guard let index = domains[domain.rawValue].processorIndex(arguments.a1) else {
      return HypercallResult(.noCPU)
    }
    guard !domains[domain.rawValue].processors[index].isInError else {
      return HypercallResult(.cpuError)
    }
    modifyInterrupt(domain.rawValue, place) { $0.target = arguments.a1 }
    reconsider(domain.rawValue, place)
    return HypercallResult(.ok)
  }
}
