import Channels
import Sun4v

extension DVMAMessage {
  /// Reads a message.
  ///
  /// - Throws: ``DVMAMessageError`` where the bytes are not exactly one message.
  public init(_ bytes: [UInt8]) throws(DVMAMessageError) {
    try self.init(bytes[...])
  }

  /// Reads a message.
  ///
  /// - Throws: ``DVMAMessageError`` where the bytes are not exactly one message.
  public init(_ bytes: ArraySlice<UInt8>) throws(DVMAMessageError) {
    self = try bytes.withUnsafeBufferPointer { (bytes) throws(DVMAMessageError) in
      try DVMAMessage(content: Self.intact(UnsafeRawBufferPointer(bytes)))
    }
  }

  /// Reads a message without its checksum from where it lies.
  private init(content: UnsafeRawBufferPointer) throws(DVMAMessageError) {
    var fields = DVMAFields(content)
    let type = try fields.header()
    let argument = fields.argument
    let body: Body
    switch type {
    case .info:
      try fields.requireNoArgument()
      let generation = try fields.word()
      try fields.requireZeroWord()
      body = .info(generation: generation, try fields.window())
    case .infoResult:
      try fields.requireArgument(within: DVMAWindowDifferences.known)
      body = .infoResult(
        differences: DVMAWindowDifferences(rawValue: argument), generation: try fields.word(),
        openRequestLimit: try fields.word(), try fields.window())
    case .allocate:
      try fields.requireArgument(within: 1)
      body = .allocate(oldestOpen: RequestID(try fields.word()), try fields.grantRequest())
    case .granted:
      body = .granted(try fields.grantRecords())
    case .denied:
      guard let kind = DenialReason.Kind(rawValue: argument) else {
        throw fields.badValue("reason \(argument) of DENIED", at: 12)
      }
      body = .denied(DenialReason(kind, limit: try fields.word(), asked: try fields.word()))
    case .release:
      let oldest = RequestID(try fields.word())
      body = .release(
        oldestOpen: oldest,
        try fields.records(from: 1, of: 8) { (fields) throws(DVMAMessageError) in
          GrantID(try fields.word())
        })
    case .released:
      body = .released(
        try fields.records(from: 1, of: 16) { (fields) throws(DVMAMessageError) in
          let grant = GrantID(try fields.word())
          let result = try fields.half()
          guard let known = ReleaseRecord.Result(rawValue: result) else {
            throw fields.badValue("result \(result) of RELEASED", at: fields.offset - 4)
          }
          return ReleaseRecord(grant: grant, result: known, status: try fields.half())
        })
    case .revoke:
      try fields.requireArgument(within: 1)
      body = .revoke(
        GrantID(try fields.word()), nanosecondsLeft: try fields.word(), isForced: argument == 1)
    case .revoked:
      try fields.requireArgument(within: 1)
      body = .revoked(GrantID(try fields.word()), wasHeld: argument == 0)
    case .query:
      let oldest = RequestID(try fields.word())
      let number = try fields.half()
      guard let kind = DVMAQueryKind(rawValue: number) else {
        throw fields.badValue("kind \(number) of QUERY", at: fields.offset - 4)
      }
      try fields.requireZeroHalf()
      body = .query(
        oldestOpen: oldest,
        try fields.records(from: 0, of: 24) { (fields) throws(DVMAMessageError) in
          try fields.grantRecord()
        }, kind)
    case .queryResult:
      let use = DomainUse(quotaPages: try fields.word(), usedPages: try fields.word())
      body = .queryResult(
        use,
        try fields.records(from: 0, of: 16) { (fields) throws(DVMAMessageError) in
          let grant = GrantID(try fields.word())
          let state = try fields.half()
          guard let known = GrantStateRecord.State(rawValue: state) else {
            throw fields.badValue("state \(state) of QUERY_RESULT", at: fields.offset - 4)
          }
          try fields.requireZeroHalf()
          return GrantStateRecord(grant: grant, state: known)
        })
    case .error:
      body = .error(
        DVMAErrorCode(rawValue: argument), type: try fields.half(), offset: try fields.half())
    }
    try fields.requireEnd()
    self.init(fields.request, body)
  }

  /// The message without its checksum, where that is right.
  @inline(__always)
  private static func intact(
    _ bytes: UnsafeRawBufferPointer
  ) throws(DVMAMessageError) -> UnsafeRawBufferPointer {
    let length = max(0, bytes.count - checksumLength)
    let content = UnsafeRawBufferPointer(rebasing: bytes[..<length])
    var end = BigEndianCursor(UnsafeRawBufferPointer(rebasing: bytes[length...]))
    guard let said = end.read(UInt32.self) else {
      throw DVMAMessageError(
        damaged: "\(bytes.count) bytes are no message: it ends with \(checksumLength) of checksum")
    }
    let found = CRC32C.checksum(content)
    guard said == found else {
      throw DVMAMessageError(
        damaged:
          "the checksum of the message is \(found.hexadecimal), and it says \(said.hexadecimal)")
    }
    return content
  }
}
