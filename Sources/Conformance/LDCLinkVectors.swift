import Channels
import Sun4v

/// The cases of the LDC link protocol, each run on a real `LDCLink`.
///
/// A link is brought into the state of a case by the packets that lead there, or by
/// `LDCLink.established` where the case names ids in the middle of a session.
struct LDCLinkVectors: VectorRunner {
  private static let operations: Set<String> = [
    "version_reply", "version_next", "fragment", "reassemble", "sender", "stream",
  ]

  func accepts(_ vector: VectorCase) -> Bool {
    switch vector.operation {
    case "encode": vector.inputHas("packet")
    case "decode": vector.inputHas("hex") && vector.inputHas("mode")
    case "trace": vector.inputHas("local") && vector.inputHas("events")
    case let operation?: Self.operations.contains(operation)
    case nil: false
    }
  }

  func run(_ vector: VectorCase) throws -> JSONValue {
    let input = try vector.fields.object("input")
    switch try input.string("op") {
    case "encode": return try encode(input.object("packet"))
    case "decode": return try decode(input)
    case "version_reply": return try versionReply(input)
    case "version_next": return try versionNext(input)
    case "fragment": return try fragment(input)
    case "stream": return try stream(input)
    case "reassemble": return try reassemble(input)
    case "sender": return try sender(input)
    default: return try LDCLinkTrace.run(input)
    }
  }

  private func encode(_ packet: VectorFields) throws -> JSONValue {
    let type = try packet.string("type")
    let subtype = try LDCSubtype(names: [packet.string("stype")])
    func sequence() throws -> UInt32 { try packet.narrow("seqid") }
    let mode = try packet.has("mode") ? LDCMode(field: "mode", of: packet) : .reliable
    let frame: LDCFrame
    switch (type, try packet.optionalString("ctrl")) {
    case ("CTRL", "VERS"):
      frame = .version(
        subtype, try ProtocolVersion(packet.narrow("major"), packet.narrow("minor")))
    case ("CTRL", "RTS"):
      frame = .requestToSend(mode: mode.rawValue, sequence: try sequence())
    case ("CTRL", "RTR"):
      frame = .readyToReceive(mode: mode.rawValue, sequence: try sequence())
    case ("CTRL", "RDX"):
      frame = .readyDataExchange(sequence: try sequence())
    case ("DATA", nil):
      frame = .data(
        LDCDataHeader(
          subtype: subtype, sequence: try sequence(), acknowledged: try packet.narrow("ackid")))
    default: throw VectorError("input.packet: no such packet as \(type)")
    }
    return ["hex": .string(frame.packet(mode: mode).hexadecimalDigits)]
  }

  private func decode(_ input: VectorFields) throws -> JSONValue {
    let mode = try LDCMode(field: "mode", of: input)
    let packet = try LDCPacket(field: "hex", of: input)
    switch try input.string("state") {
    case "VERSED":
      var peer = LinkUnderTest(.init(mode: mode, role: .responder))
      peer.rise()
      peer.receive(LDCFrame.version(.info, ProtocolVersion(1, 0)).packet(mode: mode))
      guard peer.link.phase == .versed else { throw VectorError("no way to VERSED") }
      peer.output.clear()
      peer.receive(packet)
      return ["accept": .bool(!peer.output.packets.isEmpty)]
    case "UP":
      guard case .data(let header) = try? LDCFrame(packet, mode: mode) else {
        return ["accept": false]
      }
      var fields: [String: JSONValue] = [
        "type": "DATA", "stype": header.subtype.vectorNames, "start": .bool(header.isStart),
        "stop": .bool(header.isStop), "size": .integer(Int64(header.count)),
        "seqid": .unsigned(UInt64(header.sequence)),
        "ackid": .unsigned(UInt64(header.acknowledged)),
      ]
      let payload = packet.bytes.dropFirst(mode.payloadOffset).prefix(header.count)
      fields["payload"] = .string([UInt8](payload).hexadecimalDigits)
      return ["packet": .object(fields)]
    case let state: throw VectorError("input.state: decode knows VERSED and UP, not \(state)")
    }
  }

  private func versionReply(_ input: VectorFields) throws -> JSONValue {
    let supported = SupportedVersions(try input.versions("supported"))
    let request = try input.version("request")
    let (subtype, version): (LDCSubtype, ProtocolVersion) =
      switch LDCVersionNegotiation.reply(to: request, supported: supported) {
      case .accept(let version): (.ack, version)
      case .refuse(let version): (.nack, version)
      }
    return [
      "stype": subtype == .ack ? "ACK" : "NACK", "version": version.vectorValue,
      "hex": .string(
        LDCFrame.version(subtype, version).packet(mode: .reliable).hexadecimalDigits),
    ]
  }

  private func versionNext(_ input: VectorFields) throws -> JSONValue {
    let next = LDCVersionNegotiation.next(
      afterRefusal: try input.version("nack"), sent: try input.version("sent"),
      supported: SupportedVersions(try input.versions("supported")))
    guard let next else { return ["fail": true, "send": .null] }
    return [
      "fail": false, "send": next.vectorValue,
      "hex": .string(LDCFrame.version(.info, next).packet(mode: .reliable).hexadecimalDigits),
    ]
  }

  private func fragment(_ input: VectorFields) throws -> JSONValue {
    let mode = try LDCMode(field: "mode", of: input)
    let first: UInt32 = try input.has("first_seqid") ? input.narrow("first_seqid") : 0
    var sender = LinkUnderTest(established: .init(mode: mode), nextTransmit: first)
    let sent = sender.send(try input.bytes("payload"))
    return [
      "error": .bool(!sent),
      "packets": .array(sender.output.packets.map { .string($0.hexadecimalDigits) }),
    ]
  }

  private func stream(_ input: VectorFields) throws -> JSONValue {
    let mode = try LDCMode(field: "mode", of: input)
    let first: UInt32 = try input.narrow("first_seqid")
    let blockSize: UInt32 = try input.narrow("mtu")
    let length: UInt16 = try input.narrow("length")
    let configuration = LDCLinkConfiguration(mode: mode, blockSize: Int(blockSize))
    var sender = LinkUnderTest(established: configuration, nextTransmit: first)
    var receiver = LinkUnderTest(established: configuration, nextReceive: first)
    _ = sender.send([UInt8](repeating: 0x5a, count: Int(length)))
    var blocks: [JSONValue] = []
    var packetsPerBlock: [JSONValue] = []
    var packets = 0
    var bytes = 0
    for packet in sender.output.packets {
      guard case .data(let header) = try? LDCFrame(packet, mode: mode) else { continue }
      packets += 1
      bytes += header.count
      if header.isStop {
        blocks.append(.integer(Int64(bytes)))
        packetsPerBlock.append(.integer(Int64(packets)))
        (packets, bytes) = (0, 0)
      }
      receiver.receive(packet)
    }
    return [
      "blocks": .array(blocks), "packets_per_block": .array(packetsPerBlock),
      "last_seqid": .unsigned(UInt64(sender.link.nextTransmit &- 1)),
      "delivered_lengths": .array(receiver.messages.map { .integer(Int64($0.count)) }),
    ]
  }

  private func reassemble(_ input: VectorFields) throws -> JSONValue {
    let mode = try LDCMode(field: "mode", of: input)
    let next: UInt32 = try input.narrow("next_rx_seqid")
    var receiver = LinkUnderTest(established: .init(mode: mode), nextReceive: next)
    var acknowledgedAfterGap: UInt32?
    for packet in try input.packets("rx") {
      let gaps = receiver.output.counters.outOfOrder
      receiver.receive(packet)
      receiver.passDeadline()
      if receiver.output.counters.outOfOrder > gaps {
        acknowledgedAfterGap = acknowledgedAfterGap ?? receiver.lastAcknowledged
      }
    }
    return [
      "delivered": .array(receiver.messages.map { .string($0.hexadecimalDigits) }),
      "dropped": .unsigned(receiver.output.counters.dropped),
      "ackid_after_gap": acknowledgedAfterGap.map { .unsigned(UInt64($0)) } ?? .null,
      "ack_sent": .bool(receiver.output.counters.acknowledgementsSent > 0),
      "final_ackid": receiver.lastAcknowledged.map { .unsigned(UInt64($0)) } ?? .null,
    ]
  }

  private func sender(_ input: VectorFields) throws -> JSONValue {
    let mode = try LDCMode(field: "mode", of: input)
    let outstanding = try input.numbers("outstanding")
    guard let first = outstanding.first.flatMap(UInt32.init(exactly:)) else {
      throw VectorError("input.outstanding must begin with a 32-bit id")
    }
    var sender = LinkUnderTest(established: .init(mode: mode), nextTransmit: first)
    for _ in outstanding { _ = sender.send([0]) }
    guard sender.link.outstandingSequences.map(UInt64.init) == outstanding else {
      throw VectorError("input.outstanding must be consecutive ids")
    }
    for packet in try input.packets("rx") { sender.receive(packet) }
    sender.output.clear()
    if try input.optionalBool("timer_expires") == true { sender.passDeadline() }
    return [
      "outstanding": .array(sender.link.outstandingSequences.map { .unsigned(UInt64($0)) }),
      "session": .string(sender.link.phase.rawValue),
      "retransmit_seqids": .array(
        sender.output.packets.map { .unsigned(UInt64($0.sequence)) }),
    ]
  }
}
