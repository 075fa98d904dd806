import LuaRuntime
import Sun4v

extension EngineBindings {
  /// Declares `sun4v.u64`: what Lua's signed integers cannot say of addresses.
  static func declareUnsigned(_ u: ModuleBuilder) {
    let a = Parameter<UInt64>.address("a", "A number")
    let b = Parameter<UInt64>.address("b", "Another number")
    u.function(
      "fmt", "The number as 0x and 16 digits", a,
      documentation: .init(example: "assert(sun4v.u64.fmt(255) == \"0x00000000000000ff\")")
    ) { a -> String in a.paddedHexadecimal }
    u.function(
      "dec", "The number as unsigned decimal", a,
      documentation: .init(example: "assert(sun4v.u64.dec(-1) == \"18446744073709551615\")")
    ) { a -> String in String(a) }
    u.function(
      "parse", "Reads a number; refuses signs, fractions and more than 64 bits",
      Parameter<String>("text", "Decimal, or 0x and hexadecimal digits"),
      returns: [ResultDescription("number", .address)],
      documentation: .init(
        errors: ["invalid_argument: the text is no such number"],
        example: "assert(sun4v.u64.parse(\"0xffffffffffffffff\") == -1)")
    ) { text -> LuaValue in
      guard let value = UInt64(addressText: text) else {
        throw LuaBindingError(
          code: "invalid_argument",
          message:
            "'\(text)' is no unsigned 64-bit number: wanted decimal, or 0x and 1 to 16 digits")
      }
      return .address(value)
    }
    u.function("lt", "Whether a is less than b", a, b) { a, b -> Bool in a < b }
    u.function("le", "Whether a is less than or equal to b", a, b) { a, b -> Bool in a <= b }
    u.function("min", "The lesser of two numbers", a, b) { a, b -> Int64 in
      Int64(bitPattern: min(a, b))
    }
    u.function("max", "The greater of two numbers", a, b) { a, b -> Int64 in
      Int64(bitPattern: max(a, b))
    }
    u.function("div", "a divided by b, rounded down", a, b) { a, b -> Int64 in
      Int64(bitPattern: a / (try nonzero(b)))
    }
    u.function("mod", "The rest of a divided by b", a, b) { a, b -> Int64 in
      Int64(bitPattern: a % (try nonzero(b)))
    }
    let unit = Parameter<UInt64>.size("unit", "A power of two")
    u.function(
      "align_up", "The next multiple of a power of two at or above a number", a, unit,
      documentation: .init(
        errors: ["invalid_argument: unit is no power of two", "overflow: beyond 64 bits"],
        example: "assert(sun4v.u64.align_up(8193, 8192) == 16384)")
    ) { a, unit -> Int64 in
      let unit = try powerOfTwo(unit)
      let (sum, overflow) = a.addingReportingOverflow(unit - 1)
      if overflow {
        throw LuaBindingError(
          code: "overflow",
          message: "no multiple of \(unit) at or above \(a.hexadecimal) has 64 bits")
      }
      return Int64(bitPattern: sum & ~(unit - 1))
    }
    u.function("align_down", "The last multiple of a power of two at or below a number", a, unit) {
      a, unit -> Int64 in Int64(bitPattern: a & ~(try powerOfTwo(unit) - 1))
    }
    u.function(
      "in_range", "Whether a is one of size numbers from base on; no sum wraps around", a,
      Parameter<UInt64>.address("base", "The first number"),
      Parameter<UInt64>.size("size", "How many")
    ) { a, base, size -> Bool in a >= base && a - base < size }
  }

  private static func nonzero(_ value: UInt64) throws -> UInt64 {
    if value == 0 {
      throw LuaBindingError(code: "invalid_argument", message: "division by 0")
    }
    return value
  }

  private static func powerOfTwo(_ value: UInt64) throws -> UInt64 {
    guard value > 0, value & (value - 1) == 0 else {
      throw LuaBindingError(
        code: "invalid_argument", message: "\(value) is no power of two, as a unit must be")
    }
    return value
  }
}
