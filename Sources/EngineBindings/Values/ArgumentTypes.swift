import DMA
import Hypervisor
import LuaRuntime
import Negotiation
import Sun4v

// What scripts write for the engine's own types: "512M", "01:00.0", "to_device", "t2".

extension ByteSize: LuaArgument {
  /// Shown as `size`.
  public static var luaType: LuaType { .custom("size") }

  /// Takes a number of bytes, or text with a binary suffix.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> ByteSize {
    if let bytes = value.exactInteger, bytes >= 0 { return ByteSize(UInt64(bytes)) }
    if let text = value.text, let size = ByteSize(text: text) { return size }
    throw .expected("size (bytes such as 4096, or text such as \"64K\")", got: value)
  }
}

extension BusDeviceFunction: LuaArgument {
  /// Shown as `bdf`.
  public static var luaType: LuaType { .custom("bdf") }

  /// Takes `bus:device.function` in hexadecimal, or a requester id.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> BusDeviceFunction {
    if let number = value.exactInteger, let id = UInt16(exactly: number) {
      return BusDeviceFunction(rawValue: id)
    }
    if let text = value.text, let function = BusDeviceFunction(text: text) { return function }
    throw .expected("bdf (bus:device.function such as \"01:00.0\")", got: value)
  }
}

extension DMADirection: LuaChoice {
  /// Shown as `direction`.
  public static var luaName: String { "direction" }
}

extension AccessKind: LuaChoice {
  /// Shown as `access`.
  public static var luaName: String { "access" }
}

extension AllocationPolicy: LuaChoice {
  /// Shown as `policy`.
  public static var luaName: String { "policy" }
}

extension MachineModel: LuaChoice {
  /// Shown as `model`.
  public static var luaName: String { "model" }
}

extension ConformanceMode: LuaChoice {
  /// Shown as `conformance`.
  public static var luaName: String { "conformance" }
}

/// A DVA range in an options table: `{ base = 0x80000000, size = "2G" }`; either may be left out.
struct RangeArgument: LuaArgument {
  let base: UInt64?
  let size: ByteSize?

  static var luaType: LuaType { .custom("range") }

  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> RangeArgument {
    guard case .record(let fields) = value else {
      throw .expected("range (a table such as { base = 0x80000000, size = \"2G\" })", got: value)
    }
    for field in fields where field.name != "base" && field.name != "size" {
      throw LuaMismatch("a range has the fields base and size, not '\(field.name)'")
    }
    var base: UInt64?
    if !value["base"].isNil {
      guard let number = value["base"].exactInteger else {
        throw .expected("address in base", got: value["base"])
      }
      base = UInt64(bitPattern: number)
    }
    let size: ByteSize? =
      if value["size"].isNil { nil } else { try ByteSize.fromLua(value["size"]) }
    return RangeArgument(base: base, size: size)
  }
}
