import Channels
import Sun4v

extension DVMAMessage {
  /// The bytes of the message, its checksum included.
  public var bytes: [UInt8] { Self.sealed(content) }

  /// Bytes with their checksum behind them, as every message has it.
  public static func sealed(_ content: [UInt8]) -> [UInt8] {
    var out = content
    out.append(bigEndian: CRC32C.checksum(content))
    return out
  }

  private var content: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(84)
    out.append(bigEndian: request.rawValue)
    out.append(bigEndian: type.rawValue)
    out.append(bigEndian: argument)
    switch body {
    case .info(let generation, let window):
      out.append(bigEndian: generation)
      out.append(bigEndian: UInt64(0))
      out.append(window)
    case .infoResult(_, let generation, let openRequestLimit, let window):
      out.append(bigEndian: generation)
      out.append(bigEndian: openRequestLimit)
      out.append(window)
    case .allocate(let oldestOpen, let wanted):
      out.append(bigEndian: oldestOpen.rawValue)
      out.append(bigEndian: wanted.handle.rawValue)
      out.append(bigEndian: wanted.pages)
      out.append(bigEndian: wanted.alignment)
      out.append(bigEndian: wanted.boundary)
      out.append(bigEndian: wanted.highestAddress.rawValue)
      out.append(bigEndian: wanted.count)
      out.append(bigEndian: wanted.guardPages)
    case .granted(let records):
      for record in records { out.append(record) }
    case .denied(let reason):
      out.append(bigEndian: reason.limit)
      out.append(bigEndian: reason.asked)
    case .release(let oldestOpen, let grants):
      out.append(bigEndian: oldestOpen.rawValue)
      for grant in grants { out.append(bigEndian: grant.rawValue) }
    case .released(let records):
      for record in records {
        out.append(bigEndian: record.grant.rawValue)
        out.append(bigEndian: record.result.rawValue)
        out.append(bigEndian: record.status)
      }
    case .revoke(let grant, let nanosecondsLeft, _):
      out.append(bigEndian: grant.rawValue)
      out.append(bigEndian: nanosecondsLeft)
    case .revoked(let grant, _):
      out.append(bigEndian: grant.rawValue)
    case .query(let oldestOpen, let records, let kind):
      out.append(bigEndian: oldestOpen.rawValue)
      out.append(bigEndian: kind.rawValue)
      out.append(bigEndian: UInt32(0))
      for record in records { out.append(record) }
    case .queryResult(let use, let records):
      out.append(bigEndian: use.quotaPages)
      out.append(bigEndian: use.usedPages)
      for record in records {
        out.append(bigEndian: record.grant.rawValue)
        out.append(bigEndian: record.state.rawValue)
        out.append(bigEndian: UInt32(0))
      }
    case .error(_, let type, let offset):
      out.append(bigEndian: type)
      out.append(bigEndian: offset)
    }
    return out
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

extension Array where Element == UInt8 {
  fileprivate mutating func append(_ window: DVMAWindow) {
    append(bigEndian: window.handle.rawValue)
    append(bigEndian: window.base.rawValue)
    append(bigEndian: window.pages)
    append(bigEndian: window.pageBytes)
    append(bigEndian: window.reservedBase.rawValue)
    append(bigEndian: window.reservedPages)
  }

  fileprivate mutating func append(_ record: GrantRecord) {
    append(bigEndian: record.grant.rawValue)
    append(bigEndian: record.address.rawValue)
    append(bigEndian: record.pages)
  }
}
