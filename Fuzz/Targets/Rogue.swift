import Channels
import Hypervisor
import Sun4v

/// The software of a domain gone wild: its end of the channel to the domain under test, with queues of its
/// own, and above them the real link and the real peer of Domain Services, so that stories reach states
/// that only good manners lead to.
struct Rogue {
  let port: DomainPort
  private let channel: UInt64
  private let transmitQueue: RealAddress
  private let receiveQueue: RealAddress
  private static let entries: UInt64 = 64
  private static let queueBytes: UInt64 = 4096

  private(set) var link: LDCLink
  private(set) var peer: DomainServicesPeer
  private var output = LDCLinkOutput()
  /// The handle of the `dvma` service, once it is registered.
  private(set) var handle: ServiceHandle?
  /// The last packet that came, and the last that went.
  private(set) var lastReceived = LDCPacket()
  private(set) var lastSent = LDCPacket()
  /// The last datagrams and messages of the service that came.
  private(set) var datagrams: [[UInt8]] = []
  private(set) var messages: [[UInt8]] = []

  init(_ port: DomainPort, channel: ChannelID, memory: RealAddress, role: DomainServicesRole) {
    self.port = port
    self.channel = channel.rawValue
    transmitQueue = memory
    receiveQueue = RealAddress(memory.rawValue &+ Self.queueBytes)
    var configuration = LDCLinkConfiguration(
      mode: .reliable, role: role == .guest ? .initiator : .responder)
    configuration.window = 32
    link = LDCLink(configuration: configuration)
    peer = DomainServicesPeer(
      role: role,
      services: [
        DomainService(
          id: "dvma", versions: [ProtocolVersion(1, 0)],
          side: role == .guest ? .registersHere : .acceptsPeer)
      ])
    for (group, major) in [(APIGroup.core, UInt64(1)), (.interrupt, 2), (.ldc, 1), (.pci, 1)] {
      port.coreTrap(0, group.rawValue, major, 1)
    }
    // Twice, as a domain does that has booted before: else its peer may take the new queue for the old.
    configureQueues()
    configureQueues()
    link.start(now: port.now, output: &output)
  }

  /// Gives both queues anew, which the other end sees as a reset.
  mutating func configureQueues() {
    port.fastTrap(HypercallNumber.ldcTxQConf, channel, transmitQueue.rawValue, Self.entries)
    port.fastTrap(HypercallNumber.ldcRxQConf, channel, receiveQueue.rawValue, Self.entries)
  }

  /// Takes the receive queue away.
  mutating func dropQueue() { port.fastTrap(HypercallNumber.ldcRxQConf, channel, 0, 0) }

  /// Sends any packet; one that finds no room is lost.
  mutating func send(_ packet: LDCPacket) {
    let state = port.fastTrap(HypercallNumber.ldcTxGetState, channel)
    guard state.status == .ok else { return }
    lastSent = packet
    port.write(RealAddress(transmitQueue.rawValue &+ state.ret2), packet.bytes)
    port.fastTrap(
      HypercallNumber.ldcTxSetQTail, channel, (state.ret2 &+ 64) & (Self.queueBytes &- 1))
  }

  /// Sends any datagram in a session that the real link keeps.
  mutating func send(datagram: [UInt8]) {
    try? link.send(datagram, now: port.now, output: &output)
    settle()
  }

  /// Sends any message to the service.
  mutating func send(message: [UInt8]) {
    guard let handle else { return }
    send(datagram: DomainServicesMessage.data(handle, message[...]).bytes)
  }

  /// Does what software in good order would do now.
  mutating func serve() {
    let state = port.fastTrap(HypercallNumber.ldcRxGetState, channel)
    guard state.status == .ok else { return }
    switch LDCChannelState(rawValue: state.ret3) {
    case .up?: link.channelChanged(to: .up, now: port.now, output: &output)
    case .resetting?:
      link.channelChanged(to: .resetting, now: port.now, output: &output)
      link.channelChanged(to: .up, now: port.now, output: &output)
    default: link.channelChanged(to: .down, now: port.now, output: &output)
    }
    var head = state.ret1
    while head != state.ret2,
      let bytes = port.read(RealAddress(receiveQueue.rawValue &+ head), count: 64),
      let packet = try? LDCPacket(bytes)
    {
      head = (head &+ 64) & (Self.queueBytes &- 1)
      lastReceived = packet
      link.receive(packet, now: port.now, output: &output)
    }
    port.fastTrap(HypercallNumber.ldcRxSetQHead, channel, head)
    link.advance(to: port.now, output: &output)
    settle()
  }

  /// Carries out what link and peer want.
  private mutating func settle() {
    while output.wantsChannelReset || !output.packets.isEmpty || !output.deliveries.isEmpty {
      if output.wantsChannelReset { configureQueues() }
      let (packets, deliveries) = (output.packets, output.deliveries)
      output.clear()
      for packet in packets { send(packet) }
      var effects: [DomainServicesEffect] = []
      for delivery in deliveries {
        switch delivery {
        case .message(let datagram):
          datagrams = datagrams.suffix(7) + [[UInt8](datagram)]
          peer.receive(datagram, into: &effects)
        case .event(.up): peer.linkUp(into: &effects)
        case .event: if peer.phase != .linkDown { peer.linkDown(into: &effects) }
        }
      }
      for effect in effects { carryOut(effect) }
    }
  }

  private mutating func carryOut(_ effect: DomainServicesEffect) {
    switch effect {
    case .send(let datagram): try? link.send(datagram, now: port.now, output: &output)
    case .closeChannel: link.reset(now: port.now, output: &output)
    case .serviceUp(let service): handle = service.handle
    case .serviceDown: handle = nil
    case .data(_, _, let message): messages = messages.suffix(7) + [[UInt8](message)]
    default: break
    }
  }
}
