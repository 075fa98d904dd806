import Channels
import Sun4v

/// The cases of Domain Services, run on a real `DomainServicesPeer`.
///
/// A peer is brought into the state of a case by the messages that lead there.
struct DomainServicesVectors: VectorRunner {
  private static let operations: Set<String> = [
    "respond", "negotiated", "deliver", "channel", "service", "service_encode",
  ]

  func accepts(_ vector: VectorCase) -> Bool {
    switch vector.operation {
    case "encode": vector.inputHas("msg")
    case "trace": vector.inputHas("rx")
    case let operation?: Self.operations.contains(operation)
    case nil: false
    }
  }

  func run(_ vector: VectorCase) throws -> JSONValue {
    let input = try vector.fields.object("input")
    switch try input.string("op") {
    case "encode": return try encode(input)
    case "respond", "trace", "deliver", "channel": return try converse(input, vector)
    case "negotiated": return try negotiated(input)
    case "service": return try service(input)
    default: return try serviceEncode(input)
    }
  }

  private func encode(_ input: VectorFields) throws -> JSONValue {
    func handle() throws -> ServiceHandle { ServiceHandle(try input.number("svc_handle")) }
    let message: DomainServicesMessage
    switch try input.string("msg") {
    case "DS_INIT_REQ":
      message = .initRequest(ProtocolVersion(try input.narrow("major"), try input.narrow("minor")))
    case "DS_INIT_ACK": message = .initAck(minor: try input.narrow("minor"))
    case "DS_INIT_NACK": message = .initNack(major: try input.narrow("major"))
    case "DS_REG_REQ":
      message = .registerRequest(
        try handle(), ProtocolVersion(try input.narrow("major"), try input.narrow("minor")),
        service: try input.string("svc_id"))
    case "DS_UNREG": message = .unregister(try handle())
    case "DS_DATA": message = .data(try handle(), try input.bytes("payload")[...])
    case let name: throw VectorError("input.msg: the runner does not know \(name)")
    }
    guard try DomainServicesMessage(message.bytes) == message else {
      throw VectorError("what was encoded does not read back")
    }
    return [
      "hex": .string(message.bytes.hexadecimalDigits),
      "payload_len": .integer(
        Int64(message.bytes.count - DomainServicesMessage.headerLength)),
    ]
  }

  private func negotiated(_ input: VectorFields) throws -> JSONValue {
    let sent = try input.version("sent")
    var guest = PeerUnderTest(role: .guest, versions: [sent])
    guest.linkUp()
    guest.receive(.initAck(minor: try input.narrow("ack_minor")))
    return ["version": guest.peer.version?.vectorValue ?? .null]
  }

  private func converse(_ input: VectorFields, _ vector: VectorCase) throws -> JSONValue {
    var subject = try PeerUnderTest(in: input)
    for state in try input.has("events") ? input.strings("events") : [] {
      switch state {
      case "DOWN": subject.linkDown()
      case "UP": subject.linkUp()
      default: throw VectorError("input.events: unknown event \(state)")
      }
    }
    if case .string? = input.value("rx") {
      subject.receive(try input.bytes("rx"))
    } else if input.has("rx") {
      for text in try input.strings("rx") {
        guard let bytes = [UInt8](hexadecimalDigits: text) else {
          throw VectorError("input.rx: not hexadecimal digits")
        }
        subject.receive(bytes)
      }
    }
    return try subject.outcome(ignoring: ignoredFields(vector))
  }

  /// The fields of messages that a case does not compare.
  private func ignoredFields(_ vector: VectorCase) throws -> [String] {
    guard case .object(let expect)? = vector.expected.first,
      case .array(let names)? = expect["ignore_fields"]
    else { return [] }
    return try names.map { value in
      guard case .string("major_vers") = value else {
        throw VectorError("expect.ignore_fields: the runner does not know \(value.text)")
      }
      return "major_vers"
    }
  }

  private func service(_ input: VectorFields) throws -> JSONValue {
    let payload = try input.bytes("payload")
    let reply: [UInt8]?
    switch try input.string("service") {
    case DomainSuspendRequest.serviceID:
      reply = DomainSuspendRequest(payload: payload)?.refusal?.payload
    case "agent-dio":
      let isControl = try input.optionalBool("from_control_domain") ?? false
      reply = AgentMessage.reply(to: payload, fromControlDomain: isControl)?.payload
    case let name: throw VectorError("input.service: the runner does not know \(name)")
    }
    return ["reply": reply.map { .string($0.hexadecimalDigits) } ?? .null]
  }

  private func serviceEncode(_ input: VectorFields) throws -> JSONValue {
    let names: [String: DRMemoryRequest.Kind] = [
      "DR_MEM_CONFIGURE": .configure, "DR_MEM_UNCONFIGURE": .unconfigure,
      "DR_MEM_UNCONF_STATUS": .unconfigureStatus, "DR_MEM_UNCONF_CANCEL": .unconfigureCancel,
      "DR_MEM_QUERY": .query,
    ]
    guard try input.string("service") == DRMemoryRequest.serviceID,
      let kind = names[try input.string("msg")]
    else { throw VectorError("input: the runner encodes messages of dr-mem only") }
    let blocks = try input.array("blocks").map { value in
      guard case .array(let pair) = value, pair.count == 2,
        let address = pair[0].unsignedValue, let size = pair[1].unsignedValue
      else { throw VectorError("input.blocks: a block is [address, size]") }
      return DRMemoryRequest.Block(address: address, size: size)
    }
    let request = DRMemoryRequest(
      request: try input.number("req_num"), kind: kind, blocks: blocks)
    guard DRMemoryRequest(payload: request.payload) == request else {
      throw VectorError("what was encoded does not read back")
    }
    return ["payload": .string(request.payload.hexadecimalDigits)]
  }
}
