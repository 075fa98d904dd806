extension FixedWidthInteger where Self: UnsignedInteger {
  /// The value as `0x` and as many lower-case digits as the type is wide: 16 for 64 bits.
  ///
  /// This is the one way that dvmash shows an address.
  public var paddedHexadecimal: String {
    let digits = String(self, radix: 16)
    return "0x" + String(repeating: "0", count: Self.bitWidth / 4 - digits.count) + digits
  }

  /// The value as `0x` and lower-case digits without leading zeros.
  public var hexadecimal: String { "0x" + String(self, radix: 16) }
}

extension UInt64 {
  /// Reads `0x` followed by 1 to 16 hexadecimal digits, or an unsigned decimal number.
  ///
  /// Returns `nil` for a sign, a fraction, white space, an empty string, or a value above 64 bits.
  public init?(addressText text: some StringProtocol) {
    let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
    let digits = isHexadecimal ? text.dropFirst(2) : text[...]
    guard let first = digits.first, first != "+", first != "-",
      let value = UInt64(digits, radix: isHexadecimal ? 16 : 10)
    else { return nil }
    self = value
  }
}
