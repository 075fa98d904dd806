import LuaRuntime
import Simulation
import Sun4v

/// A piece of a domain's memory as a Lua object.
final class BufferObject: LuaObject, MachinePart {
  static let luaName = "buffer"
  let owner: MachineObject
  /// The owner's; here as well, since what is two steps away is retained for every call.
  let machine: Machine
  let id: BufferID

  init(_ owner: MachineObject, _ id: BufferID) {
    self.owner = owner
    machine = owner.machine
    self.id = id
  }

  deinit { owner.buffers.forget(id) }

  func record() throws -> BufferRecord {
    try raising { () throws(MachineError) in try machine.buffer(id) }
  }
}

/// A buffer that is passed to a function, as the engine names it.
struct PassedBuffer: PassedPart {
  let name: BufferID
  let machine: ObjectIdentifier

  init(of buffer: BufferObject) {
    name = buffer.id
    machine = ObjectIdentifier(buffer.owner)
  }
}

extension EngineBindings {
  static func declareBuffer(in registry: BindingRegistry) {
    registry.type(BufferObject.self, "A piece of a domain's memory") { t in
      t.text { b in
        let record = try b.record()
        return "buffer of \(ByteSize(record.size)) at RA \(record.base)"
      }
      t.property("ra", "The first real address", type: .address) { try $0.record().base.rawValue }
      t.property("size", "The size", unit: "bytes") { Int64(clamping: try $0.record().size) }
      t.property("domain", "The domain whose memory it is") {
        $0.owner.domain(try $0.record().domain)
      }
      t.method(
        "read", "Bytes of the buffer", Parameter<UInt64>.size("offset", "The first byte"),
        Parameter<UInt64>.size("count", "How many bytes"),
        returns: [ResultDescription("bytes", .string, "what was read")],
        documentation: .init(
          errors: ["invalid_argument: not inside the buffer", "stale: it has been freed"],
          example: firstDMA + "print(buffer:read(0, 16))", seeAlso: ["buffer:write"])
      ) { b, offset, count -> LuaByteString in
        LuaByteString(
          try raising { () throws(MachineError) in
            try b.machine.read(b.id, at: offset, count: count)
          })
      }
      t.method(
        "write", "Writes bytes to the buffer",
        Parameter<UInt64>.size("offset", "The first byte"),
        Parameter<LuaBytes>("bytes", "What to write"),
        documentation: .init(
          errors: ["invalid_argument: not inside the buffer", "stale: it has been freed"],
          example: firstDMA + "buffer:write(0, \"bytes\")", seeAlso: ["buffer:read"])
      ) { b, offset, bytes in
        try raising { () throws(MachineError) in
          try b.machine.write(b.id, at: offset, bytes.buffer)
        }
      }
      t.method(
        "fill", "Sets bytes to one value",
        Parameter<UInt64>.count("byte", "The value, 0 to 255"),
        Parameter<UInt64>.size("offset", "The first byte", default: 0),
        Parameter<UInt64?>(
          "count", "How many bytes; the rest by default", type: .size, unit: "bytes"),
        documentation: .init(
          errors: ["invalid_argument: not inside the buffer, or no byte"],
          example: firstDMA + "buffer:fill(0xff)")
      ) { b, byte, offset, count in
        guard let value = UInt8(exactly: byte) else {
          throw LuaBindingError(
            code: "invalid_argument", message: "byte \(byte): wanted 0 to 255")
        }
        let size = try b.record().size
        try raising { () throws(MachineError) in
          try b.machine.fill(
            b.id, at: offset, count: count ?? (size > offset ? size - offset : 0), with: value)
        }
      }
      t.method(
        "free", "Gives the memory back to the domain",
        documentation: .init(
          errors: ["wrong_state: it is mapped", "stale: it has been freed already"],
          example: firstDMA + "map:unmap()\nbuffer:free()")
      ) { b in
        try b.owner.perform { () throws(MachineError) in try b.machine.free(b.id) }
      }
    }
  }
}
