// Theory of operation
//
// The interrupts of channels are named by a device handle and a number, and told apart by a cookie
// that the domain chooses: word 0 of the mondo. An event raises an interrupt that is valid, idle and
// has a target; it is then delivered until the domain sets it idle, and an event in between is not
// lost, because setting it valid or idle looks whether packets wait.
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
      results: [result], summary: "Tells the \(what) of a channel interrupt.",
      source: "FWARC 2006/074; VM specification, chapter 16"
    ) { state, domain, arguments in
      let channels = state.domains[domain.rawValue].channels
      guard HypervisorState.isChannelDevice(arguments.a0),
        let owner = channels.owner(ofInterrupt: arguments.a1)
      else { return HypercallResult(.invalid) }
      return HypercallResult(.ok, value(channels[owner.channel, owner.isTransmit]))
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
      summary: "Sets the \(what) of a channel interrupt.",
      source: "FWARC 2006/074; VM specification, chapter 16"
    ) { state, domain, arguments in
      HypercallResult(handler(&state, domain.rawValue, arguments))
    }
  }
}

extension HypervisorState {
  /// Whether a handle leads to the channel device, which has eight places in the device table.
  static func isChannelDevice(_ handle: UInt64) -> Bool {
    guard let index = DeviceHandle(rawValue: handle).deviceIndex else { return false }
    return (8..<16).contains(index)
  }

  fileprivate mutating func setInterruptCookie(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypervisorStatus {
    guard Self.isChannelDevice(arguments.a0),
      let owner = domains[domain].channels.owner(ofInterrupt: arguments.a1)
    else { return .invalid }
    if followsSpecification {
      // A cookie may not look like a system interrupt number; none at all disables the source.
      guard !(1..<2048).contains(arguments.a2) else { return .invalid }
      if arguments.a2 == 0 {
        domains[domain].channels[owner.channel, owner.isTransmit].isValid = false
      }
    }
    domains[domain].channels[owner.channel, owner.isTransmit].cookie = arguments.a2
    return .ok
  }

  fileprivate mutating func setInterruptValid(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypervisorStatus {
    guard arguments.a2 <= 1, Self.isChannelDevice(arguments.a0),
      let owner = domains[domain].channels.owner(ofInterrupt: arguments.a1)
    else { return .invalid }
    domains[domain].channels[owner.channel, owner.isTransmit].isValid = arguments.a2 == 1
    if arguments.a2 == 1, !owner.isTransmit, hasWaitingPackets(domain, owner.channel) {
      notify(domain, owner.channel)
    }
    return .ok
  }

  fileprivate mutating func setInterruptState(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypervisorStatus {
    guard Self.isChannelDevice(arguments.a0), let state = InterruptState(rawValue: arguments.a2),
      let owner = domains[domain].channels.owner(ofInterrupt: arguments.a1)
    else { return .invalid }
    domains[domain].channels[owner.channel, owner.isTransmit].state = state
    let interrupt = domains[domain].channels[owner.channel, owner.isTransmit]
    if state == .idle, !owner.isTransmit, interrupt.isValid,
      hasWaitingPackets(domain, owner.channel)
    {
      notify(domain, owner.channel)
      // The real code marks the interrupt delivered even where there is no CPU to take it.
      domains[domain].channels.endpoints[owner.channel].receiveInterrupt.state = .delivered
    }
    return .ok
  }

  fileprivate mutating func setInterruptTarget(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypervisorStatus {
    guard Self.isChannelDevice(arguments.a0),
      arguments.a1 < UInt64(ChannelTable.interruptCapacity)
    else { return .invalid }
    guard domains[domain].processorIndex(arguments.a2) != nil else { return .noCPU }
    guard let owner = domains[domain].channels.owner(ofInterrupt: arguments.a1) else {
      return .invalid
    }
    domains[domain].channels[owner.channel, owner.isTransmit].target = arguments.a2
    return .ok
  }
}
