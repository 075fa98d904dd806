/// Names and strings of a machine description are bytes of ISO 8859-1: byte n is the character n.
///
/// Text of the model uses that mapping in both directions, so that every byte string has exactly one
/// text and nothing is lost, whatever encoding a producer may have had in mind.
extension String {
  /// The text of ISO 8859-1 bytes; every byte string has one.
  init(latin1 bytes: some Collection<UInt8>) {
    if bytes.allSatisfy({ $0 < 0x80 }) {
      self.init(decoding: bytes, as: UTF8.self)
    } else {
      var scalars = UnicodeScalarView()
      for byte in bytes { scalars.append(UnicodeScalar(byte)) }
      self.init(scalars)
    }
  }

  /// The ISO 8859-1 bytes of the text, or `nil` where a character has none.
  var latin1: [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count)
    for scalar in unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
