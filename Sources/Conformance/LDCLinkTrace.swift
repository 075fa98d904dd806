import Channels
import Sun4v

/// The cases that follow a link through a session.
enum LDCLinkTrace {
  static func run(_ input: VectorFields) throws -> JSONValue {
    let local = try input.object("local")
    guard let role = LDCLinkConfiguration.Role(rawValue: try input.string("role")) else {
      throw VectorError("input.role must be initiator or responder")
    }
    let configuration = LDCLinkConfiguration(
      mode: try LDCMode(field: "mode", of: local), role: role,
      versions: try local.versions("versions"), initialSequence: try local.narrow("init_seqid"))
    var subject = LinkUnderTest(configuration)
    subject.observe(.up)
    if role == .responder { subject.start() }
    if let state = try input.optionalString("state") {
      guard state == "UP" else { throw VectorError("input.state: trace knows UP only") }
      try bringUp(&subject)
    }
    for _ in 0..<(try input.has("queued") ? input.narrow("queued") as UInt8 : 0) {
      guard subject.send([0]) else { throw VectorError("input.queued: the link does not send") }
    }
    subject.output.clear()
    for event in try input.objects("events") { try apply(event, to: &subject) }
    var probe = subject
    return [
      "tx": .array(subject.output.packets.map { .string($0.hexadecimalDigits) }),
      "state": .string(subject.link.phase.rawValue),
      "queued": .integer(Int64(subject.link.queuedPackets)),
      "data_allowed": .bool(probe.send([0])),
      "next_required": nextRequired(of: subject),
      "next_tx_seqid": .unsigned(UInt64(subject.link.nextTransmit)),
      "next_rx_seqid": .unsigned(UInt64(subject.link.nextReceive)),
    ]
  }

  private static func apply(_ event: VectorFields, to subject: inout LinkUnderTest) throws {
    if try event.optionalBool("connect") == true {
      subject.start()
    } else if event.has("rx") {
      subject.receive(try LDCPacket(field: "rx", of: event))
    } else {
      switch try event.string("channel") {
      case "UP": subject.observe(.up)
      case "DOWN": subject.observe(.down)
      case "RESET": subject.observe(.resetting)
      case let name: throw VectorError("\(event.path).channel: unknown state \(name)")
      }
    }
  }

  /// Carries a handshake out against a peer, so that the subject is up as links come up.
  private static func bringUp(_ subject: inout LinkUnderTest) throws {
    var configuration = subject.link.configuration
    configuration.role = configuration.role == .initiator ? .responder : .initiator
    var peer = LinkUnderTest(configuration)
    peer.rise()
    subject.start()
    while !subject.output.packets.isEmpty || !peer.output.packets.isEmpty {
      let toPeer = subject.output.packets
      subject.output.clear()
      toPeer.forEach { peer.receive($0) }
      let toSubject = peer.output.packets
      peer.output.clear()
      toSubject.forEach { subject.receive($0) }
    }
    guard subject.link.phase == .up else { throw VectorError("no way to UP") }
    subject.output.clear()
  }

  /// What the link must send first before data can flow, seen when the channel is up again.
  private static func nextRequired(of subject: LinkUnderTest) -> JSONValue {
    guard subject.link.phase != .up else { return .null }
    var later = subject
    later.output.clear()
    later.observe(.up)
    guard let first = later.output.packets.first,
      case .version(.info, _)? = try? LDCFrame(first, mode: later.link.configuration.mode)
    else { return .null }
    return "VERS"
  }
}

/// A link with its output and a clock.
struct LinkUnderTest {
  var link: LDCLink
  var output = LDCLinkOutput()
  var now = VirtualTime.zero

  init(_ configuration: LDCLinkConfiguration) {
    link = LDCLink(configuration: configuration)
  }

  init(
    established configuration: LDCLinkConfiguration, nextTransmit: UInt32 = 1,
    nextReceive: UInt32 = 1
  ) {
    link = .established(
      configuration: configuration, nextTransmit: nextTransmit, nextReceive: nextReceive)
  }

  mutating func observe(_ state: LDCChannelState) {
    link.channelChanged(to: state, now: now, output: &output)
  }

  mutating func start() { link.start(now: now, output: &output) }

  mutating func rise() {
    observe(.up)
    start()
  }

  mutating func receive(_ packet: LDCPacket) {
    link.receive(packet, now: now, output: &output)
  }

  /// Whether the link took the message.
  mutating func send(_ message: [UInt8]) -> Bool {
    (try? link.send(message, now: now, output: &output)) != nil
  }

  /// Lets time pass to the link's next deadline.
  mutating func passDeadline() {
    guard let deadline = link.deadline else { return }
    now = max(now, deadline)
    link.advance(to: now, output: &output)
  }

  var messages: [[UInt8]] {
    output.deliveries.compactMap {
      if case .message(let bytes) = $0 { [UInt8](bytes) } else { nil }
    }
  }

  /// The id in the last acknowledgement sent.
  var lastAcknowledged: UInt32? {
    output.packets.last { $0.typeCode == 2 && $0.subtype.contains(.ack) }?.acknowledged
  }
}
