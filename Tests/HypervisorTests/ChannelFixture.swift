import Sun4v

@testable import Hypervisor

/// Two domains with memory, all calls enabled, and a channel between them.
struct ChannelFixture {
  let hypervisor: Hypervisor
  let left: DomainPort
  let right: DomainPort
  let leftChannel: ChannelID
  let rightChannel: ChannelID

  static let queueBase: UInt64 = 0x8010_0000
  static let transmitBase: UInt64 = 0x8020_0000
  static let mondoBase: UInt64 = 0x8030_0000

  init(model: MachineModel = .t2, conformance: ConformanceMode = .deployed) throws {
    var state = HypervisorState(model: model, conformance: conformance)
    let a = state.addDomain(name: "primary", role: .control)
    let b = state.addDomain(name: "ldg1", role: .guest)
    for (domain, physical) in [(a, 0x4_8000_0000 as UInt64), (b, 0x5_0000_0000)] {
      _ = state.domains[domain.rawValue].memoryMap.install(
        .memory, base: RealAddress(0x8000_0000), size: 0x1000_0000,
        physical: PhysicalAddress(physical))
      for index in HypercallTable.standard.calls.indices {
        state.domains[domain.rawValue].versions.set(index, enabled: true)
      }
    }
    (leftChannel, rightChannel) = try state.connectChannel(a, b)
    hypervisor = Hypervisor(state: state)
    left = DomainPort(hypervisor, a)
    right = DomainPort(hypervisor, b)
  }

  func call(_ port: DomainPort, _ name: String, _ arguments: UInt64...) -> HypercallResult {
    guard let call = HypercallTable.standard.call(named: name) else {
      return HypercallResult(.badTrap)
    }
    let registers = arguments + Array(repeating: 0, count: 5 - arguments.count)
    return port.fastTrap(
      call.number, registers[0], registers[1], registers[2], registers[3], registers[4])
  }

  /// Configures both queues of both ends, with so many entries.
  func configureQueues(entries: UInt64 = 64) {
    for (port, channel) in [(left, leftChannel), (right, rightChannel)] {
      _ = call(port, "ldc_tx_qconf", channel.rawValue, Self.transmitBase, entries)
      _ = call(port, "ldc_rx_qconf", channel.rawValue, Self.queueBase, entries)
    }
  }

  /// Prepares the receive interrupt of the right end and a device mondo queue to take it.
  func armRight(cookie: UInt64 = 0xabcd00, entries: UInt64 = 8) {
    let interrupt = 2 * rightChannel.rawValue + 1
    _ = call(right, "cpu_qconf", 0x3d, Self.mondoBase, entries)
    _ = call(right, "vintr_setcookie", 0x200, interrupt, cookie)
    _ = call(right, "vintr_settarget", 0x200, interrupt, 0)
    _ = call(right, "vintr_setstate", 0x200, interrupt, 0)
    _ = call(right, "vintr_setvalid", 0x200, interrupt, 1)
  }

  /// Sends a packet whose first word is given from left to right; the status of the send.
  func send(_ word: UInt64) -> HypervisorStatus {
    let state = call(left, "ldc_tx_get_state", leftChannel.rawValue)
    let size = call(left, "ldc_tx_qinfo", leftChannel.rawValue).ret2 * 64
    left.storeWord(word, at: RealAddress(Self.transmitBase + state.ret2))
    return call(left, "ldc_tx_set_qtail", leftChannel.rawValue, (state.ret2 + 64) % size).status
  }

  /// Takes in everything that waits at the right end; the first words of the packets.
  func receiveAll() -> [UInt64] {
    var words: [UInt64] = []
    let size = call(right, "ldc_rx_qinfo", rightChannel.rawValue).ret2 * 64
    while true {
      let state = call(right, "ldc_rx_get_state", rightChannel.rawValue)
      guard state.status == .ok, state.ret1 != state.ret2 else { return words }
      var head = state.ret1
      while head != state.ret2 {
        words.append(right.loadWord(RealAddress(Self.queueBase + head)) ?? .max)
        head = (head + 64) % size
      }
      _ = call(right, "ldc_rx_set_qhead", rightChannel.rawValue, head)
    }
  }
}
