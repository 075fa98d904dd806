import Channels
import Sun4v
import Testing

@Suite struct DomainServicesMessageTests {
  private let handle = ServiceHandle(0x1122_3344_5566_7788)

  @Test func messagesStandOnTheWireAsTheTextSays() throws {
    let id: [UInt8] = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
    let messages: [(DomainServicesMessage, [UInt8])] = [
      (.initRequest(ProtocolVersion(1, 2)), [0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 2]),
      (.initNack(major: 3), [0, 0, 0, 2, 0, 0, 0, 2, 0, 3]),
      (
        .registerRequest(handle, ProtocolVersion(1, 0), service: "ab"),
        [0, 0, 0, 3, 0, 0, 0, 15] + id + [0, 1, 0, 0, 0x61, 0x62, 0]
      ),
      (.registerAck(handle, minor: 4), [0, 0, 0, 4, 0, 0, 0, 10] + id + [0, 4]),
      (
        .registerNack(handle, .versionRefused, major: 2),
        [0, 0, 0, 5, 0, 0, 0, 18] + id + [0, 0, 0, 0, 0, 0, 0, 1, 0, 2]
      ),
      (.unregisterNack(handle), [0, 0, 0, 8, 0, 0, 0, 8] + id),
      (.data(handle, [9]), [0, 0, 0, 9, 0, 0, 0, 9] + id + [9]),
      (.nack(handle, .unknownType), [0, 0, 0, 10, 0, 0, 0, 16] + id + [0, 0, 0, 0, 0, 0, 0, 4]),
    ]
    for (message, bytes) in messages {
      #expect(message.bytes == bytes)
      #expect(try DomainServicesMessage(bytes) == message)
    }
  }

  @Test func paddingIsPassedOver() throws {
    var padded = DomainServicesMessage.registerAck(handle, minor: 1).bytes
    padded[7] = 16
    padded += [0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff]
    #expect(try DomainServicesMessage(padded) == .registerAck(handle, minor: 1))
    #expect(try DomainServicesMessage(padded + [1, 2]) == .registerAck(handle, minor: 1))
  }

  @Test func whatIsNoMessageIsNamed() {
    func error(_ bytes: [UInt8]) -> DomainServicesError? {
      #expect(throws: DomainServicesError.self) { try DomainServicesMessage(bytes) }
    }
    #expect(error([0, 0, 0]) == .noHeader(count: 3))
    #expect(error([0, 0, 0, 0x0b, 0, 0, 0, 0]) == .unknownType(11))
    #expect(error([0, 0, 0, 0, 0, 0, 0, 9, 1]) == .truncated(announced: 9, present: 1))
    #expect(error([0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0]) == .tooShort(.initRequest, count: 3))
    var unterminated = DomainServicesMessage.registerRequest(
      handle, ProtocolVersion(1, 0), service: "ab"
    ).bytes
    unterminated[unterminated.count - 1] = 0x63
    #expect(error(unterminated) == .badServiceName)
  }

  @Test func servicePayloadsReadBack() {
    let shutdown = DomainShutdownRequest(request: 3, delayMilliseconds: 5000)
    #expect(shutdown.payload == [0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0x13, 0x88])
    #expect(DomainShutdownRequest(payload: shutdown.payload) == shutdown)
    #expect(MDUpdateRequest(payload: MDUpdateRequest(request: 9).payload)?.request == 9)
    #expect(DomainPanicRequest(payload: DomainPanicRequest(request: 8).payload)?.request == 8)
    let response = ServiceResponse(request: 3, outcome: .failed, reason: "busy")
    #expect(ServiceResponse(payload: response.payload) == response)
    let suspend = DomainSuspendResponse(request: 1, result: .suspendFailed, recoveryFailed: true)
    #expect(DomainSuspendResponse(payload: suspend.payload) == suspend)
    #expect(DomainSuspendRequest(request: 1).refusal == nil)
    #expect(
      AgentMessage.reply(
        to: AgentMessage(number: 1, type: 2, information: 0).payload, fromControlDomain: false)?
        .information == AgentMessage.ErrorCode.denied.rawValue)
  }

  @Test func noBytesAreTooStrangeForAnyReader() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<5000 {
      var bytes = generator.bytes(Int(generator.below(60)))
      for index in bytes.indices where generator.below(3) == 0 { bytes[index] = 0 }
      if let message = try? DomainServicesMessage(bytes) {
        #expect((try? DomainServicesMessage(message.bytes)) == message)
      }
      if let request = DRMemoryRequest(payload: bytes) {
        #expect(DRMemoryRequest(payload: request.payload) == request)
      }
      if let message = AgentMessage(payload: bytes) { #expect(message.payload == bytes) }
      _ = DomainSuspendResponse(payload: bytes)
      _ = ServiceResponse(payload: bytes)
    }
    #expect(DRMemoryRequest(payload: [0, 0, 0x4d, 0x43, 0xff, 0xff, 0xff, 0xff] + [0, 0]) == nil)
  }
}
