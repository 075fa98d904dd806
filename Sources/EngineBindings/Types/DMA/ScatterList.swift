import LuaRuntime
import Simulation

/// A scatter list.
///
/// A type of its own, so that the list is read by code for its pieces instead of code for any list.
struct ScatterList: LuaArgument {
  private var pieces: [BufferPiece] = []
  /// The machine whose memory the pieces are; `nil` without any.
  private var machine: ObjectIdentifier?

  static var luaType: LuaType { [BufferPieceArgument].luaType }
  static var luaForm: LuaForm { [BufferPieceArgument].luaForm }

  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> ScatterList {
    var list = ScatterList()
    for argument in try [BufferPieceArgument].fromLua(value) { try list.append(argument) }
    return list
  }

  static func read(
    _ value: LuaDecoded, _ source: LuaSource
  ) throws(LuaMismatch) -> ScatterList {
    guard var items = LuaItems(value, source) else { return try readCopy(of: value, source) }
    var list = ScatterList()
    list.pieces.reserveCapacity(items.count)
    while var parts = items.nextTuple() {
      do throws(LuaMismatch) {
        try list.append(try BufferPieceArgument(parts: &parts))
      } catch {
        throw error.at("[\(items.position)]")
      }
    }
    return list
  }

  @inline(__always)
  private mutating func append(_ argument: BufferPieceArgument) throws(LuaMismatch) {
    if machine != argument.machine {
      guard machine == nil else {
        throw LuaMismatch("memory of another machine than that of the pieces before it")
      }
      machine = argument.machine
    }
    pieces.append(argument.piece)
  }

  /// The pieces; throws where they are memory of another machine.
  func pieces(in owner: MachineObject) throws -> [BufferPiece] {
    if let machine { try owner.check(machine, BufferObject.luaName) }
    return pieces
  }
}

/// A piece of a buffer in a list: `{ buffer, offset, length }`, the rest of the buffer by default.
struct BufferPieceArgument: LuaTuple {
  let piece: BufferPiece
  /// The machine whose memory it is.
  let machine: ObjectIdentifier

  static var luaType: LuaType { .custom("piece") }
  static var luaForm: LuaForm {
    .tuple(
      Parameter<PassedBuffer>("buffer", "The memory"),
      Parameter<UInt64?>("offset", "The first byte", type: .size),
      Parameter<UInt64?>("length", "How many bytes; the rest by default", type: .size))
  }

  @inline(__always)
  init(parts: inout LuaParts) throws(LuaMismatch) {
    let buffer = try parts.next(PassedBuffer.self)
    machine = buffer.machine
    let offset = try parts.next(UInt64?.self) ?? 0
    piece = BufferPiece(buffer.name, offset: offset, length: try parts.next(UInt64?.self))
  }
}
