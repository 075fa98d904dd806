/// One line from a worker to the runner: fields as `name=value`, separated by tabs.
///
/// Control characters and `%` are written as `%` and two digits, so a line is a line whatever a test
/// puts into a message.
struct WorkerMessage {
  private(set) var fields: [String: String] = [:]

  init(_ fields: [String: String]) { self.fields = fields }

  /// Reads a line; `nil` where it is none of ours.
  init?(line: ArraySlice<UInt8>) {
    for field in line.split(separator: UInt8(ascii: "\t")) {
      guard let equals = field.firstIndex(of: UInt8(ascii: "=")) else { return nil }
      let name = String(decoding: field[..<equals], as: UTF8.self)
      fields[name] = Self.unescaped(field[field.index(after: equals)...])
    }
    guard fields["event"] != nil else { return nil }
  }

  subscript(name: String) -> String { fields[name] ?? "" }

  /// The line, with its end.
  var line: String {
    fields.sorted { $0.key < $1.key }.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "\t")
      + "\n"
  }

  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "%") }) else { return text }
    return text.unicodeScalars.map { scalar in
      scalar.value < 0x20 || scalar == "%"
        ? "%" + VisibleText.hex(UInt64(scalar.value), digits: 2) : String(scalar)
    }.joined()
  }

  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    var result: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        result.append(value)
        rest = rest.dropFirst(2)
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
