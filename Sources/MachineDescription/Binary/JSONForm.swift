import Sun4v

extension DecodedMachineDescription {
  /// What a reader finds in the file, as JSON with keys in a fixed order.
  ///
  /// One object: `file`, `bytes`, `header` (transport_version, node_blk_sz, name_blk_sz,
  /// data_blk_sz), `element_count`, `node_count` and `nodes`; a node has `index` (the element index of
  /// its NODE), `type`, `next` and `properties`; a property has `kind` (val, str, data, arc), `name`
  /// and its value: numbers and the transport version as `0x…` strings, an arc as `target` and
  /// `target_type`, data as `length`, `hex` and, where it is a list of printable strings, `strings`.
  public func json(file: String) -> String {
    var writer = JSONWriter()
    writer.object {
      $0.field("file", file)
      $0.field("bytes", bytes.count)
      $0.key("header")
      $0.object {
        $0.field("transport_version", layout.header.transportVersion.hexadecimal)
        $0.field("node_blk_sz", Int(layout.header.nodeBlockSize))
        $0.field("name_blk_sz", Int(layout.header.nameBlockSize))
        $0.field("data_blk_sz", Int(layout.header.dataBlockSize))
      }
      $0.field("element_count", layout.elementCount)
      $0.field("node_count", description.nodes.count)
      $0.key("nodes")
      $0.list(Array(description.nodes.enumerated())) { writer, entry in
        write(entry.element, at: entry.offset, to: &writer)
      }
    }
    return writer.text + "\n"
  }

  private func write(
    _ node: MachineDescription.Node, at position: Int, to writer: inout JSONWriter
  ) {
    writer.object {
      $0.field("index", layout.nodeElements[position])
      $0.field("type", node.type)
      $0.field("next", Int(truncatingIfNeeded: layout.nodeLinks[position]))
      $0.key("properties")
      $0.list(node.properties) { writer, property in write(property, to: &writer) }
    }
  }

  private func write(_ property: MachineDescription.Property, to writer: inout JSONWriter) {
    writer.object {
      switch property.value {
      case .integer(let value):
        $0.field("kind", "val")
        $0.field("name", property.name)
        $0.field("value", value.hexadecimal)
      case .string(let text):
        $0.field("kind", "str")
        $0.field("name", property.name)
        $0.field("value", text)
      case .arc(let target):
        $0.field("kind", "arc")
        $0.field("name", property.name)
        $0.field("target", layout.nodeElements[target.position])
        $0.field("target_type", description.nodes[target.position].type)
      case .data(let bytes):
        $0.field("kind", "data")
        $0.field("name", property.name)
        $0.field("length", bytes.count)
        $0.field("hex", bytes.map { $0.paddedHexadecimal.dropFirst(2) }.joined())
        if let strings = property.value.printableStrings {
          $0.key("strings")
          $0.list(strings) { $0.value($1) }
        }
      }
    }
  }
}

extension MachineDescription.Value {
  /// The strings of the data, where it is a list of NUL-terminated, printable, non-empty strings.
  var printableStrings: [String]? {
    guard case .data(let bytes) = self, bytes.allSatisfy({ $0 == 0 || (0x20...0x7e).contains($0) })
    else { return nil }
    return strings
  }
}

/// Writes JSON with one blank per level of indentation and every character outside ASCII escaped.
struct JSONWriter {
  private(set) var text = ""
  private var depth = 0
  private var isFirst = true

  mutating func object(_ body: (inout JSONWriter) -> Void) { bracket("{", "}", body) }

  mutating func list<Item>(_ items: [Item], _ body: (inout JSONWriter, Item) -> Void) {
    bracket("[", "]") { writer in
      for item in items {
        writer.separate()
        body(&writer, item)
      }
    }
  }

  mutating func key(_ name: String) {
    separate()
    value(name)
    text += ": "
  }

  mutating func field(_ name: String, _ value: String) {
    key(name)
    self.value(value)
  }

  mutating func field(_ name: String, _ value: Int) {
    key(name)
    text += "\(value)"
  }

  mutating func value(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{c}": text += "\\f"
      case " "..."~": text.unicodeScalars.append(scalar)
      default:
        for unit in String(scalar).utf16 { text += "\\u" + unit.paddedHexadecimal.dropFirst(2) }
      }
    }
    text += "\""
  }

  private mutating func bracket(
    _ open: String, _ close: String, _ body: (inout JSONWriter) -> Void
  ) {
    text += open
    depth += 1
    isFirst = true
    body(&self)
    depth -= 1
    if !isFirst { breakLine() }
    isFirst = false
    text += close
  }

  private mutating func separate() {
    if !isFirst { text += "," }
    isFirst = false
    breakLine()
  }

  private mutating func breakLine() { text += "\n" + String(repeating: " ", count: depth) }
}
