import Channels
import Sun4v
import Testing

@Suite struct LDCPacketTests {
  private func packet(_ head: [UInt8]) throws -> LDCPacket {
    try LDCPacket(head + [UInt8](repeating: 0, count: 64 - head.count))
  }

  @Test func framesStandOnTheWireAsTheTextSays() throws {
    let frames: [(LDCFrame, [UInt8])] = [
      (.version(.info, ProtocolVersion(1, 2)), [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 2]),
      (.version(.nack, .none), [1, 4, 1]),
      (.requestToSend(mode: 3, sequence: 0x0102_0304), [1, 1, 2, 3, 1, 2, 3, 4]),
      (.readyToReceive(mode: 1, sequence: 5), [1, 1, 3, 1, 0, 0, 0, 5]),
      (.readyDataExchange(sequence: 0xffff_ffff), [1, 1, 4, 0, 0xff, 0xff, 0xff, 0xff]),
      (
        .data(
          LDCDataHeader(
            subtype: [.info, .ack], isStart: true, isStop: true, count: 4, sequence: 7,
            acknowledged: 9)),
        [2, 3, 0, 0xc4, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9]
      ),
      (.error, [0x10]),
    ]
    for (frame, bytes) in frames {
      let expected = try packet(bytes)
      #expect(frame.packet(mode: .reliable) == expected)
      #expect(try LDCFrame(expected, mode: .reliable) == frame)
    }
  }

  @Test func whatHasNoMeaningIsNamed() throws {
    func error(_ head: [UInt8], _ mode: LDCMode = .reliable) throws -> LDCPacketError? {
      let bytes = try packet(head)
      return #expect(throws: LDCPacketError.self) { try LDCFrame(bytes, mode: mode) }
    }
    #expect(try error([3, 1]) == .unknownType(3))
    #expect(try error([1, 1, 9]) == .unknownControl(9))
    #expect(try error([1, 3, 1]) == .unknownSubtype(3))
    #expect(try error([1, 2, 2]) == .unknownSubtype(2))
    #expect(try error([2, 0]) == .unknownSubtype(0))
    #expect(try error([2, 2], .unreliable) == .unknownSubtype(2))
    #expect(try error([2, 1, 0, 0xc0 | 49]) == .payloadTooLong(count: 49, capacity: 48))
    #expect(
      try error([2, 1, 0, 0xc0 | 57], .unreliable) == .payloadTooLong(count: 57, capacity: 56))
    #expect(throws: LDCPacketError.wrongLength(63)) {
      try LDCPacket([UInt8](repeating: 0, count: 63))
    }
  }

  @Test func anyBytesAreAFrameThatEncodesBackOrAnError() throws {
    var generator = SeededGenerator(seed: 42)
    for round in 0..<5000 {
      var bytes = generator.bytes(64)
      if round % 2 == 0 {
        bytes[0] = [1, 2, 0x10][Int(generator.below(3))]
        bytes[1] = UInt8(generator.below(5))
        bytes[2] = UInt8(generator.below(6))
      }
      let packet = try LDCPacket(bytes)
      #expect(packet.bytes == bytes)
      for mode in [LDCMode.unreliable, .reliable] {
        guard let frame = try? LDCFrame(packet, mode: mode) else { continue }
        #expect(try LDCFrame(frame.packet(mode: mode), mode: mode) == frame)
      }
    }
  }

  @Test func versionsKeepTheHighestMinorAndFallBack() {
    let supported = SupportedVersions([
      ProtocolVersion(1, 0), ProtocolVersion(3, 1), ProtocolVersion(0, 9), ProtocolVersion(1, 4),
    ])
    #expect(supported.versions == [ProtocolVersion(3, 1), ProtocolVersion(1, 4)])
    #expect(supported.closestMajor(to: 2) == 1)
    #expect(supported.closestMajor(to: 0) == 1)
    #expect(supported.closestMajor(to: 9) == 3)
    #expect(SupportedVersions([]).closestMajor(to: 1) == 0)
    // A refusal that offers more than was asked for cannot make the search go round.
    #expect(
      LDCVersionNegotiation.next(
        afterRefusal: ProtocolVersion(9, 0), sent: ProtocolVersion(3, 1), supported: supported)
        == ProtocolVersion(1, 4))
    #expect(
      LDCVersionNegotiation.next(
        afterRefusal: ProtocolVersion(1, 4), sent: ProtocolVersion(1, 4), supported: supported)
        == nil)
  }
}
