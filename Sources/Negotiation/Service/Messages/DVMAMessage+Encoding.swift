import Channels
import Sun4v

extension DVMAMessage {
  /// The bytes of the message, its checksum included.
  public var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: length) { memory, count in
      var writer = BigEndianWriter(UnsafeMutableRawBufferPointer(memory))
      write(to: &writer)
      count = writer.offset
    }
  }

  /// Bytes with their checksum behind them, as every message has it.
  public static func sealed(_ content: [UInt8]) -> [UInt8] {
    var out = content
    out.append(bigEndian: content.withUnsafeBytes { CRC32C.checksum($0) })
    return out
  }

  /// The number of bytes of the message, its checksum included.
  public var length: Int {
    let content =
      switch body {
      case .info, .infoResult: 64
      case .allocate: 56
      case .granted(let records): 24 * records.count
      case .denied, .revoke: 16
      case .release(_, let grants): 8 + 8 * grants.count
      case .released(let records): 16 * records.count
      case .revoked, .error: 8
      case .query(_, let records, _): 16 + 24 * records.count
      case .queryResult(_, let records): 16 + 16 * records.count
      }
    return 16 + content + Self.checksumLength
  }

  /// Writes the message, its checksum included; there must be room for `length` bytes.
  public func write(to out: inout BigEndianWriter) {
    let start = out.offset
    writeContent(to: &out)
    out.write(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: out.written[start...])))
  }

  @inline(__always) private func writeContent(to out: inout BigEndianWriter) {
    out.write(request.rawValue)
    out.write(type.rawValue)
    out.write(argument)
    switch body {
    case .info(let generation, let window):
      out.write(generation)
      out.write(UInt64(0))
      out.write(window)
    case .infoResult(_, let generation, let openRequestLimit, let window):
      out.write(generation)
      out.write(openRequestLimit)
      out.write(window)
    case .allocate(let oldestOpen, let wanted):
      out.write(oldestOpen.rawValue)
      out.write(wanted.handle.rawValue)
      out.write(wanted.pages)
      out.write(wanted.alignment)
      out.write(wanted.boundary)
      out.write(wanted.highestAddress.rawValue)
      out.write(wanted.count)
      out.write(wanted.guardPages)
    case .granted(let records):
      for record in records { out.write(record) }
    case .denied(let reason):
      out.write(reason.limit)
      out.write(reason.asked)
    case .release(let oldestOpen, let grants):
      out.write(oldestOpen.rawValue)
      for grant in grants { out.write(grant.rawValue) }
    case .released(let records):
      for record in records {
        out.write(record.grant.rawValue)
        out.write(record.result.rawValue)
        out.write(record.status)
      }
    case .revoke(let grant, let nanosecondsLeft, _):
      out.write(grant.rawValue)
      out.write(nanosecondsLeft)
    case .revoked(let grant, _):
      out.write(grant.rawValue)
    case .query(let oldestOpen, let records, let kind):
      out.write(oldestOpen.rawValue)
      out.write(kind.rawValue)
      out.write(UInt32(0))
      for record in records { out.write(record) }
    case .queryResult(let use, let records):
      out.write(use.quotaPages)
      out.write(use.usedPages)
      for record in records {
        out.write(record.grant.rawValue)
        out.write(record.state.rawValue)
        out.write(UInt32(0))
      }
    case .error(_, let type, let offset):
      out.write(type)
      out.write(offset)
    }
  }

  private var argument: UInt32 {
    switch body {
    case .info: 0
    case .infoResult(let differences, _, _, _): differences.rawValue
    case .allocate(_, let wanted): wanted.acceptsPart ? 1 : 0
    case .granted(let records): UInt32(truncatingIfNeeded: records.count)
    case .denied(let reason): reason.kind.rawValue
    case .release(_, let grants): UInt32(truncatingIfNeeded: grants.count)
    case .released(let records): UInt32(truncatingIfNeeded: records.count)
    case .revoke(_, _, let isForced): isForced ? 1 : 0
    case .revoked(_, let wasHeld): wasHeld ? 0 : 1
    case .query(_, let records, _): UInt32(truncatingIfNeeded: records.count)
    case .queryResult(_, let records): UInt32(truncatingIfNeeded: records.count)
    case .error(let code, _, _): code.rawValue
    }
  }
}

extension BigEndianWriter {
  fileprivate mutating func write(_ window: DVMAWindow) {
    write(window.handle.rawValue)
    write(window.base.rawValue)
    write(window.pages)
    write(window.pageBytes)
    write(window.reservedBase.rawValue)
    write(window.reservedPages)
  }

  fileprivate mutating func write(_ record: GrantRecord) {
    write(record.grant.rawValue)
    write(record.address.rawValue)
    write(record.pages)
  }
}
