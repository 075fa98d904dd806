import Channels
import Hypervisor
import Negotiation
import Sun4v

/// One end of the I/O channel between a guest and the control domain, beside the channel of the `dvma`
/// service: an unreliable link, as VIO uses, and a message in each packet.
struct PathEndpoint: Hashable {
  /// Packets in each queue.
  static let entries: UInt64 = 256
  /// Cookies begin here, above those of the domain's own software.
  static let cookieBase: UInt64 = 0x10_0000

  /// The first word of the interrupts that are this end's.
  let cookie: UInt64
  private var driver: LDCEndpointDriver

  /// Makes a closed end, with queues at `queues`: two, one after the other.
  init(channel: ChannelID, queues: RealAddress, role: LDCLinkConfiguration.Role) {
    let attachment = ChannelAttachment(channel: channel)
    cookie = Self.cookieBase &+ channel.rawValue
    var configuration = LDCEndpointConfiguration(
      channel: channel, transmitQueue: queues,
      receiveQueue: RealAddress(queues.rawValue &+ Self.queueBytes), entries: Self.entries,
      interrupt: LDCReceiveInterrupt(
        device: attachment.device, number: attachment.receiveInterrupt, cookie: cookie))
    configuration.packetsPerService = Int(Self.entries)
    driver = LDCEndpointDriver(
      configuration: configuration, link: LDCLinkConfiguration(mode: .unreliable, role: role))
  }

  /// Bytes of one queue.
  static var queueBytes: UInt64 { entries * UInt64(LDCPacket.byteCount) }

  var isUp: Bool { driver.link.phase == .up }
  var deadline: VirtualTime? { driver.deadline }

  mutating func open(_ port: DomainPort) throws(MachineError) {
    var deliveries: [LDCLinkDelivery] = []
    do {
      try driver.open(port, into: &deliveries)
    } catch {
      throw MachineError(.hypercall, "the I/O channel: \(error.description)", name: error.code)
    }
  }

  mutating func send(_ message: PathMessage, _ port: DomainPort) throws(MachineError) {
    var deliveries: [LDCLinkDelivery] = []
    do {
      try driver.send(message.bytes, port, into: &deliveries)
    } catch {
      throw MachineError(
        .wrongState, "the I/O channel takes no message: the link is not up or full")
    }
  }

  /// Does what can be done now, and returns the messages that came.
  mutating func service(_ port: DomainPort) throws(MachineError) -> [PathMessage] {
    var deliveries: [LDCLinkDelivery] = []
    driver.service(port, into: &deliveries)
    var messages: [PathMessage] = []
    for case .message(let bytes) in deliveries {
      guard let message = PathMessage([UInt8](bytes)) else {
        throw MachineError(.invariant, "\(bytes.count) bytes on the I/O channel are no message")
      }
      messages.append(message)
    }
    return messages
  }
}
