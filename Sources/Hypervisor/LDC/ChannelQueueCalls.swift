import Sun4v

extension HypercallTable {
  private typealias Number = HypercallNumber

  /// The calls on the queues of a channel.
  ///
  /// Source: UltraSPARC Virtual Machine Specification, section 22.4; OpenSPARC hypervisor, ldc.s.
  static let channelQueueCalls: [Hypercall] = [
    Hypercall(
      "ldc_tx_qconf", Number.ldcTxQConf, group: .ldc, arguments: ["channel", "base", "entries"],
      summary: "Configures the transmit queue of a channel; 0 entries removes it.",
      source: "VM specification 22.4.1"
    ) { state, domain, arguments in
      state.configureTransmitQueue(domain.rawValue, arguments)
    },
    Hypercall(
      "ldc_tx_qinfo", Number.ldcTxQInfo, group: .ldc, arguments: ["channel"],
      results: ["base", "entries"],
      summary: "Tells where the transmit queue of a channel is and how long.",
      source: "VM specification 22.4.2"
    ) { state, domain, arguments in
      let channels = state.domains[domain.rawValue].channels
      guard let channel = channels.usable(arguments.a0) else { return HypercallResult(.badChannel) }
      let queue = channels.endpoints[channel].transmit
      return HypercallResult(.ok, queue.base.rawValue, queue.entries)
    },
    Hypercall(
      "ldc_tx_get_state", Number.ldcTxGetState, group: .ldc, arguments: ["channel"],
      results: ["head", "tail", "state"],
      summary: "Tells the transmit queue's offsets and whether the channel is up.",
      source: "VM specification 22.4.3"
    ) { state, domain, arguments in
      state.transmitState(domain.rawValue, arguments)
    },
    Hypercall(
      "ldc_tx_set_qtail", Number.ldcTxSetQTail, group: .ldc, arguments: ["channel", "tail"],
      summary: "Sends the packets up to a new tail of the transmit queue.",
      source: "VM specification 22.4.4"
    ) { state, domain, arguments in
      state.setTransmitTail(domain.rawValue, arguments)
    },
    Hypercall(
      "ldc_rx_qconf", Number.ldcRxQConf, group: .ldc, arguments: ["channel", "base", "entries"],
      summary: "Configures the receive queue of a channel; 0 entries removes it.",
      source: "VM specification 22.4.5"
    ) { state, domain, arguments in
      state.configureReceiveQueue(domain.rawValue, arguments)
    },
    Hypercall(
      "ldc_rx_qinfo", Number.ldcRxQInfo, group: .ldc, arguments: ["channel"],
      results: ["base", "entries"],
      summary: "Tells where the receive queue of a channel is and how long.",
      source: "VM specification 22.4.6"
    ) { state, domain, arguments in
      let channels = state.domains[domain.rawValue].channels
      guard let channel = channels.usable(arguments.a0) else { return HypercallResult(.badChannel) }
      let queue = channels.endpoints[channel].receive
      return HypercallResult(.ok, queue.base.rawValue, queue.entries)
    },
    Hypercall(
      "ldc_rx_get_state", Number.ldcRxGetState, group: .ldc, arguments: ["channel"],
      results: ["head", "tail", "state"],
      summary: "Takes in packets that wait, then tells the receive queue's offsets and the state.",
      source: "VM specification 22.4.7"
    ) { state, domain, arguments in
      state.receiveState(domain.rawValue, arguments)
    },
    Hypercall(
      "ldc_rx_set_qhead", Number.ldcRxSetQHead, group: .ldc, arguments: ["channel", "head"],
      summary: "Gives back the packets before a new head of the receive queue.",
      source: "VM specification 22.4.8"
    ) { state, domain, arguments in
      state.setReceiveHead(domain.rawValue, arguments)
    },
  ]
}
