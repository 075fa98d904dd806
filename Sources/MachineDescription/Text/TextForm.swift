import Sun4v

/// Writes a graph in the text language, such that compiling it gives the same graph.
///
/// Data is written as strings in braces where it is a list of printable strings, as a comma list where
/// it is two or more 64-bit words, and otherwise as single bytes in braces, which can express all data.
struct TextForm {
  private let graph: MachineDescription
  private let labels: [String]

  init(_ graph: MachineDescription) {
    self.graph = graph
    labels = Self.labels(of: graph)
  }

  /// A label for each node: its type where that is unique, else its type and a number.
  private static func labels(of graph: MachineDescription) -> [String] {
    var uses: [String: Int] = [:]
    for node in graph.nodes { uses[node.type, default: 0] += 1 }
    var taken = Set(uses.keys)
    var next: [String: Int] = [:]
    return graph.nodes.map { node in
      if uses[node.type] == 1 { return node.type }
      var number = next[node.type] ?? 0
      var label = "\(node.type)-\(number)"
      while label.unicodeScalars.count > MachineDescription.longestName || taken.contains(label) {
        number += 1
        label = "\(String(node.type.unicodeScalars.prefix(200)))-\(number)"
      }
      next[node.type] = number + 1
      taken.insert(label)
      return label
    }
  }

  var text: String {
    var lines: [String] = []
    for (position, node) in graph.nodes.enumerated() {
      if position > 0 { lines.append("") }
      lines.append("node \(Self.name(node.type)) \(Self.name(labels[position])) {")
      for property in node.properties {
        lines.append("\t\(Self.name(property.name)) \(value(property.value));")
      }
      lines.append("}")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func value(_ value: MachineDescription.Value) -> String {
    guard let target = value.target else { return "= \(Self.text(of: value))" }
    guard labels.indices.contains(target.position) else { return "-> \"\"" }
    return "-> \(Self.name(labels[target.position]))"
  }

  /// A value as the language writes it; cut off behind so many characters.
  static func text(of value: MachineDescription.Value, atMost limit: Int = .max) -> String {
    let text: String
    switch value {
    case .integer(let number): text = Self.number(number)
    case .string(let string): text = quoted(string)
    case .arc(let target): text = "node \(target.position)"
    case .data(let bytes):
      if let strings = value.printableStrings {
        text = "{ \(strings.map(quoted).joined(separator: ", ")) }"
      } else if let words = value.words, words.count > 1 {
        text = words.map(Self.number).joined(separator: ", ")
      } else if bytes.isEmpty {
        text = "{ }"
      } else {
        text = "{ \(bytes.map { $0.paddedHexadecimal }.joined(separator: ", ")) }"
      }
    }
    return text.utf8.count > limit ? text.prefix(limit) + " …" : text
  }

  private static func number(_ number: UInt64) -> String {
    number < 10 ? "\(number)" : number.hexadecimal
  }

  /// A name as it is where the language has it as a word, else as a string.
  private static func name(_ name: String) -> String {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, Lexer.startsName(first),
      bytes.allSatisfy(Lexer.continuesName), !Lexer.keywords.contains(name)
    else { return quoted(name) }
    return name
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case " "..."~": result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 8)
        result += "\\" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
      }
    }
    return result + "\""
  }
}

extension MachineDescription {
  /// The description in the text language; compiling it gives the same graph, and so the same bytes.
  ///
  /// A graph whose arcs lead nowhere, or with characters outside ISO 8859-1, has no such text; neither
  /// has a binary form, and both are reported when the text is compiled or the graph is written.
  public var text: String { TextForm(self).text }
}
