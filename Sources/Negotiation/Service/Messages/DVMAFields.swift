import Channels
import Sun4v

/// The fields of a message, one after the other, with the error that each may give.
///
/// The message stays where it lies; errors are made apart, so that the way without any is short.
struct DVMAFields {
  private var cursor: BigEndianCursor
  private var type: DVMAMessageType?
  private var rawType: UInt32 = 0
  /// The request number of the header.
  private(set) var request = RequestID(0)
  /// The argument of the header.
  private(set) var argument: UInt32 = 0

  init(_ bytes: UnsafeRawBufferPointer) { cursor = BigEndianCursor(bytes) }

  /// How many bytes have been read.
  var offset: Int { cursor.offset }

  private var name: String { type?.name ?? "a message" }

  @inline(never)
  private func error(_ code: DVMAErrorCode, at offset: Int, _ message: String) -> DVMAMessageError {
    DVMAMessageError(code: code, request: request, type: rawType, offset: offset, message: message)
  }

  @inline(never) func badValue(_ what: String, at offset: Int) -> DVMAMessageError {
    error(.badValue, at: offset, "\(what) at byte \(offset) has no meaning in version 1.0")
  }

  @inline(never) func reserved(_ what: String, _ offset: Int) -> DVMAMessageError {
    error(.reservedBits, at: offset, "\(what) at byte \(offset) must be zero in version 1.0")
  }

  @inline(never) private func tooShort() -> DVMAMessageError {
    error(
      .tooShort, at: offset,
      "\(name) ends after \(cursor.memory.count) bytes, in the field at byte \(offset)")
  }

  @inline(__always) mutating func word() throws(DVMAMessageError) -> UInt64 {
    guard let value = cursor.read(UInt64.self) else { throw tooShort() }
    return value
  }

  @inline(__always) mutating func half() throws(DVMAMessageError) -> UInt32 {
    guard let value = cursor.read(UInt32.self) else { throw tooShort() }
    return value
  }

  @inline(__always) mutating func header() throws(DVMAMessageError) -> DVMAMessageType {
    request = RequestID(try word())
    rawType = try half()
    argument = try half()
    guard let known = DVMAMessageType(rawValue: rawType) else {
      throw error(
        .unknownType, at: 8, "type \(rawType.hexadecimal) at byte 8 is not known in version 1.0")
    }
    type = known
    return known
  }

  func requireNoArgument() throws(DVMAMessageError) { try requireArgument(within: 0) }

  @inline(__always) func requireArgument(within mask: UInt32) throws(DVMAMessageError) {
    guard argument & ~mask == 0 else {
      throw reserved("bits of the argument \(argument.hexadecimal) of \(name)", 12)
    }
  }

  mutating func requireZeroHalf() throws(DVMAMessageError) {
    let place = offset
    guard try half() == 0 else { throw reserved("the reserved field of \(name)", place) }
  }

  mutating func requireZeroWord() throws(DVMAMessageError) {
    let place = offset
    guard try word() == 0 else { throw reserved("the reserved field of \(name)", place) }
  }

  @inline(__always) func requireEnd() throws(DVMAMessageError) {
    guard cursor.remaining == 0 else {
      throw error(
        .tooLong, at: offset,
        "\(name) has \(cursor.memory.count) bytes where \(offset) are right")
    }
  }

  mutating func window() throws(DVMAMessageError) -> DVMAWindow {
    DVMAWindow(
      handle: DeviceHandle(rawValue: try word()), base: DVMAAddress(try word()),
      pages: try word(), pageBytes: try word(), reservedBase: DVMAAddress(try word()),
      reservedPages: try word())
  }

  @inline(__always) mutating func grantRequest() throws(DVMAMessageError) -> GrantRequest {
    GrantRequest(
      handle: DeviceHandle(rawValue: try word()), pages: try word(), alignment: try word(),
      boundary: try word(), highestAddress: DVMAAddress(try word()), count: try half(),
      guardPages: try half(), acceptsPart: argument & 1 != 0)
  }

  @inline(__always) mutating func grantRecord() throws(DVMAMessageError) -> GrantRecord {
    GrantRecord(grant: GrantID(try word()), address: DVMAAddress(try word()), pages: try word())
  }

  /// As many grants as the argument says, at least one.
  @inline(__always) mutating func grantRecords() throws(DVMAMessageError) -> GrantRecords {
    try requireRecords(from: 1, of: 24)
    var found = GrantRecords()
    for _ in 0..<argument { found.append(try grantRecord()) }
    return found
  }

  /// As many records as the argument says.
  mutating func records<Record>(
    from minimum: UInt32, of size: Int,
    _ read: (inout DVMAFields) throws(DVMAMessageError) -> Record
  ) throws(DVMAMessageError) -> [Record] {
    try requireRecords(from: minimum, of: size)
    var found: [Record] = []
    found.reserveCapacity(Int(argument))
    for _ in 0..<argument { found.append(try read(&self)) }
    return found
  }

  /// That the argument is a number of records, for which the bytes have room.
  @inline(__always)
  private func requireRecords(from minimum: UInt32, of size: Int) throws(DVMAMessageError) {
    guard argument >= minimum, argument <= UInt32(DVMAMessage.maximumRecords) else {
      throw error(
        .badCount, at: 12,
        "\(name) of \(argument) records; it has \(minimum) to \(DVMAMessage.maximumRecords)")
    }
    guard cursor.remaining >= Int(argument) * size else { throw tooShort() }
  }
}
