import Negotiation
import Sun4v
import Testing

/// Makes messages of every type with arbitrary values.
struct MessageMaker {
  var chance: SeededGenerator

  mutating func record() -> GrantRecord {
    GrantRecord(
      grant: GrantID(chance.next()), address: DVMAAddress(chance.next()), pages: chance.next())
  }

  mutating func window() -> DVMAWindow {
    DVMAWindow(
      handle: DeviceHandle(rawValue: chance.next()), base: DVMAAddress(chance.next()),
      pages: chance.next(), pageSize: .size8K, reservedBase: DVMAAddress(chance.next()),
      reservedPages: chance.next())
  }

  mutating func count(from minimum: UInt32) -> Int { Int(minimum + chance.below(20)) }

  mutating func body(_ type: DVMAMessageType) -> DVMAMessage.Body {
    switch type {
    case .info: return .info(generation: chance.next(), window())
    case .infoResult:
      return .infoResult(
        differences: DVMAWindowDifferences(rawValue: chance.below(64)), generation: chance.next(),
        openRequestLimit: chance.next(), window())
    case .allocate:
      return .allocate(
        oldestOpen: RequestID(chance.next()),
        GrantRequest(
          handle: DeviceHandle(rawValue: chance.next()), pages: chance.next(),
          alignment: chance.next(), boundary: chance.next(),
          highestAddress: DVMAAddress(chance.next()), count: chance.below(.max),
          guardPages: chance.below(.max), acceptsPart: chance.below(2) == 1))
    case .granted: return .granted(GrantRecords((0..<count(from: 1)).map { _ in record() }))
    case .denied:
      let kinds = DenialReason.Kind.allCases
      return .denied(
        DenialReason(
          kinds[Int(chance.below(UInt32(kinds.count)))], limit: chance.next(), asked: chance.next())
      )
    case .release:
      return .release(
        oldestOpen: RequestID(chance.next()),
        (0..<count(from: 1)).map { _ in GrantID(chance.next()) })
    case .released:
      return .released(
        (0..<count(from: 1)).map { _ in
          ReleaseRecord(
            grant: GrantID(chance.next()),
            result: ReleaseRecord.Result(rawValue: chance.below(3)) ?? .released,
            status: chance.below(20))
        })
    case .revoke:
      return .revoke(
        GrantID(chance.next()), nanosecondsLeft: chance.next(), isForced: chance.below(2) == 1)
    case .revoked: return .revoked(GrantID(chance.next()), wasHeld: chance.below(2) == 1)
    case .query:
      return .query(
        oldestOpen: RequestID(chance.next()), (0..<count(from: 0)).map { _ in record() },
        DVMAQueryKind(rawValue: chance.below(3)) ?? .inquiry)
    case .queryResult:
      return .queryResult(
        DomainUse(quotaPages: chance.next(), usedPages: chance.next()),
        (0..<count(from: 0)).map { _ in
          GrantStateRecord(
            grant: GrantID(chance.next()),
            state: GrantStateRecord.State(rawValue: chance.below(3)) ?? .live)
        })
    case .error:
      return .error(
        DVMAErrorCode(rawValue: chance.below(9)), type: chance.below(20), offset: chance.below(99))
    }
  }
}

@Suite struct DVMAMessageTests {
  @Test(arguments: DVMAMessageType.allCases) func everyTypeRoundTrips(type: DVMAMessageType) throws
  {
    var maker = MessageMaker(chance: SeededGenerator(seed: UInt64(type.rawValue)))
    for _ in 0..<200 {
      let message = DVMAMessage(RequestID(maker.chance.next()), maker.body(type))
      #expect(message.type == type)
      #expect(message.bytes.count % 8 == 4)
      #expect(try DVMAMessage(message.bytes) == message)
    }
  }

  @Test func theLayoutIsTheOneWrittenDown() throws {
    let message = DVMAMessage(
      RequestID(0x0102_0304_0506_0708),
      .granted([GrantRecord(grant: GrantID(9), address: DVMAAddress(0xc000_0000), pages: 4)]))
    #expect(
      message.bytes == [
        1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 4, 0, 0, 0, 1,
        0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4,
        0x53, 0x0f, 0xd5, 0xbf,
      ])
  }

  @Test func theChecksumIsCRC32C() {
    #expect(
      DVMAMessage.sealed(Array("123456789".utf8)).suffix(4) == [0xe3, 0x06, 0x92, 0x83])
    #expect(DVMAMessage.sealed([]) == [0, 0, 0, 0])
  }

  /// One, two or three inverted bits, and any damage within 32 bits in a row, are always seen.
  @Test(arguments: DVMAMessageType.allCases)
  func damageIsSeen(type: DVMAMessageType) {
    var maker = MessageMaker(chance: SeededGenerator(seed: 11))
    for _ in 0..<20 {
      let bytes = DVMAMessage(RequestID(maker.chance.next()), maker.body(type)).bytes
      let bits = UInt32(bytes.count * 8)
      func isSeen(_ damaged: [UInt8]) -> Bool {
        do {
          _ = try DVMAMessage(damaged)
          return damaged == bytes
        } catch {
          return error.isDamage
        }
      }
      for bit in 0..<Int(bits) {
        var damaged = bytes
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        #expect(isSeen(damaged))
      }
      for _ in 0..<100 {
        var damaged = bytes
        for _ in 0..<(2 + maker.chance.below(2)) {
          let bit = Int(maker.chance.below(bits))
          damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        #expect(isSeen(damaged))
        damaged = bytes
        let start = Int(maker.chance.below(UInt32(bytes.count - 3)))
        for place in start..<(start + 4) {
          damaged[place] ^= UInt8(truncatingIfNeeded: maker.chance.next())
        }
        #expect(isSeen(damaged))
      }
    }
  }

  @Test(arguments: DVMAMessageType.allCases)
  func everyOtherLengthIsRefused(type: DVMAMessageType) throws {
    var maker = MessageMaker(chance: SeededGenerator(seed: 7))
    let bytes = DVMAMessage(RequestID(77), maker.body(type)).bytes.dropLast(4)
    for length in 0..<bytes.count {
      let error = #expect(throws: DVMAMessageError.self) {
        try DVMAMessage(DVMAMessage.sealed(Array(bytes[..<length])))
      }
      #expect(error?.code == .tooShort)
      #expect(error?.request == RequestID(length < 8 ? 0 : 77))
    }
    let error = #expect(throws: DVMAMessageError.self) {
      try DVMAMessage(DVMAMessage.sealed(bytes + [0]))
    }
    #expect(error?.code == .tooLong)
    for length in 0..<4 {
      let none = #expect(throws: DVMAMessageError.self) { try DVMAMessage(bytes.prefix(length)) }
      #expect(none?.isDamage == true)
    }
  }

  @Test func errorsNameThePlace() throws {
    let unknown = #expect(throws: DVMAMessageError.self) {
      try DVMAMessage(
        DVMAMessage.sealed([0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0x7f, 0, 0, 0, 0]))
    }
    #expect(unknown?.code == .unknownType)
    #expect(unknown?.request == RequestID(5))
    #expect(unknown?.message.contains("0x7f") == true)

    var revoke =
      DVMAMessage(RequestID(1), .revoke(GrantID(1), nanosecondsLeft: 5, isForced: false))
      .bytes.dropLast(4) as [UInt8]
    revoke[15] = 2
    let flag = #expect(throws: DVMAMessageError.self) {
      try DVMAMessage(DVMAMessage.sealed(revoke))
    }
    #expect(flag?.code == .reservedBits)

    var granted =
      DVMAMessage(
        RequestID(1),
        .granted([GrantRecord(grant: GrantID(1), address: DVMAAddress(0), pages: 1)])
      ).bytes.dropLast(4) as [UInt8]
    granted[12...15] = [0xff, 0xff, 0xff, 0xff]
    let count = #expect(throws: DVMAMessageError.self) {
      try DVMAMessage(DVMAMessage.sealed(granted))
    }
    #expect(count?.code == .badCount)
    #expect(count?.offset == 12)
  }

  @Test func anyBytesAreAMessageOrAnError() {
    var maker = MessageMaker(chance: SeededGenerator(seed: 42))
    var read = 0
    for round in 0..<20_000 {
      var bytes: [UInt8]
      if round % 2 == 0 {
        bytes = (0..<Int(maker.chance.below(120))).map { _ in
          UInt8(truncatingIfNeeded: maker.chance.next())
        }
      } else {
        let types = DVMAMessageType.allCases
        bytes =
          DVMAMessage(
            RequestID(1), maker.body(types[Int(maker.chance.below(UInt32(types.count)))])
          ).bytes.dropLast(4)
        let place = Int(maker.chance.below(UInt32(bytes.count)))
        bytes[place] = UInt8(truncatingIfNeeded: maker.chance.next())
      }
      if round % 8 > 1 { bytes = DVMAMessage.sealed(bytes) }
      if let message = try? DVMAMessage(bytes) {
        read += 1
        #expect(message.bytes == bytes)
      }
    }
    #expect(read > 1000)
  }

  @Test func theLargestMessageFitsIntoALinkBlock() {
    let records = (0..<DVMAMessage.maximumRecords).map {
      GrantRecord(grant: GrantID(UInt64($0)), address: DVMAAddress(0), pages: 1)
    }
    let query = DVMAMessage(
      RequestID(1), .query(oldestOpen: RequestID(1), records, .renewalEnd))
    #expect(query.bytes.count <= DVMAMessage.maximumLength)
  }
}
