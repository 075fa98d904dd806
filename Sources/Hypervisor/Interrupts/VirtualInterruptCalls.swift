// Theory of operation
//
// The interrupts of channels, and as specified those of root complexes, are named by a device handle
// and a number, and told apart by a cookie that the domain chooses: word 0 of the mondo. An event
// raises an interrupt that is valid, idle and has a target; it is then delivered until the domain
// sets it idle, and an event in between is not lost, because setting it valid or idle looks whether
// its cause is still there.
//
// Source: FWARC 2006/074; OpenSPARC hypervisor, ldc.s (ldc_vintr_*) and hcall_intr.s.

import Sun4v

extension HypercallTable {
  private typealias Number = HypercallNumber

  /// The calls on interrupts with cookies.
  static let virtualInterruptCalls: [Hypercall] = [
    get("vintr_getcookie", Number.vintrGetCookie, "cookie", "cookie") { $0.cookie },
    set("vintr_setcookie", Number.vintrSetCookie, "cookie", "cookie") { state, domain, arguments in
      state.setInterruptCookie(domain, arguments)
    },
    get("vintr_getvalid", Number.vintrGetValid, "valid", "valid flag", ["vintr_getenabled"]) {
      $0.isValid ? 1 : 0
    },
    set("vintr_setvalid", Number.vintrSetValid, "valid", "valid flag", ["vintr_setenabled"]) {
      state, domain, arguments in state.setInterruptValid(domain, arguments)
    },
    get("vintr_getstate", Number.vintrGetState, "state", "state") { $0.state.rawValue },
    set("vintr_setstate", Number.vintrSetState, "state", "state") { state, domain, arguments in
      state.setInterruptState(domain, arguments)
    },
    get("vintr_gettarget", Number.vintrGetTarget, "cpu", "target CPU") { $0.target ?? 0 },
    set("vintr_settarget", Number.vintrSetTarget, "cpu", "target CPU") { state, domain, arguments in
      state.setInterruptTarget(domain, arguments)
    },
  ]

  private static func get(
    _ name: String, _ number: UInt64, _ result: String, _ what: String, _ aliases: [String] = [],
    value: @escaping @Sendable (VirtualInterrupt) -> UInt64
  ) -> Hypercall {
    Hypercall(
      name, number, aliases: aliases, group: .interrupt,
      specifiedVersions: .from(APIVersion(2, 0), APIVersion(3, 0)),
      arguments: ["handle", "devino"],
      results: [result], summary: "Tells the \(what) of an interrupt.",
      source: "FWARC 2006/074; VM specification, chapter 16"
    ) { state, domain, arguments in
      guard
        let place = state.interruptPlace(
          domain.rawValue, handle: arguments.a0, number: arguments.a1)
      else { return HypercallResult(.invalid) }
      return HypercallResult(.ok, value(state.interrupt(domain.rawValue, place)))
    }
  }

  private static func set(
    _ name: String, _ number: UInt64, _ argument: String, _ what: String, _ aliases: [String] = [],
    handler:
      @escaping @Sendable (inout HypervisorState, Int, HypercallArguments) -> HypervisorStatus
  ) -> Hypercall {
    Hypercall(
      name, number, aliases: aliases, group: .interrupt,
      specifiedVersions: .from(APIVersion(2, 0), APIVersion(3, 0)),
      arguments: ["handle", "devino", argument],
      summary: "Sets the \(what) of an interrupt.",
      source: "FWARC 2006/074; VM specification, chapter 16"
    ) { state, domain, arguments in
      HypercallResult(handler(&state, domain.rawValue, arguments))
    }
  }
}

extension HypervisorState {
  fileprivate mutating func setInterruptCookie(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypervisorStatus {
    guard let place = interruptPlace(domain, handle: arguments.a0, number: arguments.a1) else {
      return .invalid
    }
    // As specified a cookie may not look like a system interrupt number, and none at all disables the
    // source.
    guard !followsSpecification || !(1..<2048).contains(arguments.a2) else { return .invalid }
    let disables = followsSpecification && arguments.a2 == 0
    modifyInterrupt(domain, place) {
      $0.cookie = arguments.a2
      if disables { $0.isValid = false }
    }
    return .ok
  }

  fileprivate mutating func setInterruptValid(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypervisorStatus {
    guard arguments.a2 <= 1,
      let place = interruptPlace(domain, handle: arguments.a0, number: arguments.a1)
    else { return .invalid }
    modifyInterrupt(domain, place) { $0.isValid = arguments.a2 == 1 }
    if arguments.a2 == 1 { reconsider(domain, place) }
    return .ok
  }

  fileprivate mutating func setInterruptState(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypervisorStatus {
    guard let state = InterruptState(rawValue: arguments.a2),
      let place = interruptPlace(domain, handle: arguments.a0, number: arguments.a1)
    else { return .invalid }
    let isValid = modifyInterrupt(domain, place) { interrupt in
      interrupt.state = state
      return interrupt.isValid
    }
    guard state == .idle, isValid else { return .ok }
    // The real code marks the interrupt delivered even where there is no CPU to take it.
    if reconsider(domain, place), !followsSpecification {
      modifyInterrupt(domain, place) { $0.state = .delivered }
    }
    return .ok
  }

  fileprivate mutating func setInterruptTarget(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypervisorStatus {
    let isDevice =
      followsSpecification && visibleRootComplex(arguments.a0, to: DomainID(domain)) != nil
    guard isDevice || Self.isChannelDevice(arguments.a0),
      arguments.a1 < UInt64(2 * channelLimit)
    else { return .invalid }
    guard let processor = domains[domain].processorIndex(arguments.a2) else { return .noCPU }
    guard let place = interruptPlace(domain, handle: arguments.a0, number: arguments.a1) else {
      return .invalid
    }
    if isDevice, domains[domain].processors[processor].isInError { return .cpuError }
    modifyInterrupt(domain, place) { $0.target = arguments.a2 }
    if isDevice { reconsider(domain, place) }
    return .ok
  }
}
