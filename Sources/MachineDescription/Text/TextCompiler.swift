/// Compiles the text language of machine descriptions into a graph.
///
/// The idea: a text is read once, from front to back, and every statement acts at once on the nodes
/// so far, as Sun's compiler does; `lookup`, `include` and `setprop` therefore see what stands above
/// them. Only arcs may name a label further down and are resolved at the end. A label that is used
/// twice means the first node. Prototypes are nodes for `include` that do not get into the description.
///
/// Beyond Sun's language: a name may be written as a string, so that every name can be written; `{ }`
/// is data of no bytes; strings and data are not limited to 1024 and 256 bytes, only by
/// `CompileLimit`. Words of comma lists are big endian. Source: the grammar of Sun's compiler.
struct TextCompiler {
  enum Value {
    case integer(UInt64)
    case string(String)
    case data([UInt8])
    case arc(label: String, SourcePosition)
  }

  struct Property {
    let name: String
    var value: Value
  }

  struct Node {
    let type: String
    let isPrototype: Bool
    var properties: [Property] = []
  }

  private(set) var nodes: [Node] = []
  private var labels: [String: Int] = [:]
  private var lexer: Lexer
  private(set) var token: Token = .end
  private(set) var position: SourcePosition
  private var propertyCount = 0
  private var valueBytes = 0

  init(_ preprocessor: Preprocessor) throws(CompileError) {
    lexer = Lexer(preprocessor)
    position = SourcePosition(file: "", line: 1, column: 1)
    try advance()
  }

  // MARK: - Words

  mutating func advance() throws(CompileError) { (token, position) = try lexer.next() }

  func error(_ code: CompileError.Code, _ message: String) -> CompileError {
    CompileError(code: code, position: position, message: message)
  }

  func unexpected(_ wanted: String) -> CompileError {
    error(.syntax, "expected \(wanted), found \(token.words)")
  }

  /// Whether the token is a mark; `]` stands for `)` as in Sun's lexer.
  func isMark(_ mark: String) -> Bool {
    token == .punctuation(mark) || mark == ")" && token == .punctuation("]")
  }

  mutating func take(_ mark: String) throws(CompileError) {
    guard isMark(mark) else { throw unexpected(mark) }
    try advance()
  }

  private mutating func takeName(_ wanted: String) throws(CompileError) -> String {
    let name: String
    switch token {
    case .name(let text), .string(let text): name = text
    default: throw unexpected(wanted)
    }
    guard (1...MachineDescription.longestName).contains(name.unicodeScalars.count),
      !name.unicodeScalars.contains("\0")
    else {
      throw error(.limit, "a name has 1 to \(MachineDescription.longestName) characters, no NUL")
    }
    try advance()
    return name
  }

  /// Counts bytes of values that the text has made so far.
  mutating func count(bytes: Int) throws(CompileError) {
    valueBytes += bytes
    guard valueBytes <= CompileLimit.values else {
      throw error(.limit, "the values have more than \(CompileLimit.values) bytes in all")
    }
  }

  // MARK: - Statements

  mutating func run() throws(CompileError) {
    while token != .end {
      guard case .keyword(let word) = token, word == "node" || word == "proto" else {
        throw unexpected("node or proto")
      }
      try advance()
      let type = try takeName("the type of the node")
      let label = try takeName("the label of the node")
      let number = nodes.count
      nodes.append(Node(type: type, isPrototype: word == "proto"))
      if labels[label] == nil { labels[label] = number }
      try take("{")
      while !isMark("}") { try statement(in: number) }
      try advance()
    }
  }

  private mutating func statement(in number: Int) throws(CompileError) {
    switch token {
    case .keyword("include"):
      try advance()
      try include(into: number)
    case .keyword("setprop"):
      try advance()
      try take("(")
      let node = try takeLabel()
      try take(",")
      let place = try takeProperty(of: node)
      try take(",")
      nodes[node].properties[place].value = try values(until: ")")
      try take(")")
      try take(";")
    case .name, .string:
      let name = try takeName("the name of a property")
      if isMark("->") {
        try advance()
        let place = position
        let label = try takeName("the label of a node")
        try take(";")
        try add(Property(name: name, value: .arc(label: label, place)), to: number)
      } else if isMark("=") {
        try advance()
        let value = try values(until: ";")
        try take(";")
        try add(Property(name: name, value: value), to: number)
      } else {
        throw unexpected("= or ->")
      }
    default: throw unexpected("a property, include, setprop( or }")
    }
  }

  private mutating func add(_ property: Property, to number: Int) throws(CompileError) {
    propertyCount += 1
    guard propertyCount <= CompileLimit.properties else {
      throw error(.limit, "there are more than \(CompileLimit.properties) properties in all")
    }
    nodes[number].properties.append(property)
  }

  private mutating func include(into number: Int) throws(CompileError) {
    let source = try takeLabel()
    if isMark(",") {
      try advance()
      let place = try takeProperty(of: source)
      try copy(nodes[source].properties[place], to: number)
    }
    for property in nodes[source].properties { try copy(property, to: number) }
    try take(";")
  }

  private mutating func copy(_ property: Property, to number: Int) throws(CompileError) {
    switch property.value {
    case .string(let text): try count(bytes: text.utf8.count)
    case .data(let bytes): try count(bytes: bytes.count)
    case .integer, .arc: break
    }
    try add(property, to: number)
  }

  private mutating func takeLabel() throws(CompileError) -> Int {
    let place = position
    let label = try takeName("the label of a node")
    guard let number = labels[label] else {
      throw CompileError(
        code: .reference, position: place, message: "no node above has the label \(label)")
    }
    return number
  }

  private mutating func takeProperty(of number: Int) throws(CompileError) -> Int {
    let place = position
    let name = try takeName("the name of a property")
    guard let found = nodes[number].properties.firstIndex(where: { $0.name == name }) else {
      throw CompileError(
        code: .reference, position: place,
        message: "the node of type \(nodes[number].type) has no property \(name) so far")
    }
    return found
  }

  /// The value that `lookup` refers to, after its word: `(LABEL, property)`.
  mutating func lookup() throws(CompileError) -> Value {
    try take("(")
    let node = try takeLabel()
    try take(",")
    let place = position
    let property = try takeProperty(of: node)
    try take(")")
    let value = nodes[node].properties[property].value
    if case .arc = value {
      throw CompileError(
        code: .kind, position: place, message: "lookup finds an arc; only values can be looked up")
    }
    return value
  }

  // MARK: - The graph

  func graph() throws(CompileError) -> MachineDescription {
    var ids: [Int?] = []
    var count = 0
    for node in nodes {
      ids.append(node.isPrototype ? nil : count)
      if !node.isPrototype { count += 1 }
    }
    var graph = MachineDescription()
    for node in nodes where !node.isPrototype {
      let id = graph.addNode(node.type)
      for property in node.properties {
        graph.add(property.name, try value(property.value, ids), to: id)
      }
    }
    guard graph.root != nil else {
      throw error(.noRoot, "a description needs a node of type root")
    }
    return graph.withRootFirst()
  }

  private func value(
    _ value: Value, _ ids: [Int?]
  ) throws(CompileError) -> MachineDescription.Value {
    switch value {
    case .integer(let number): return .integer(number)
    case .string(let text): return .string(text)
    case .data(let bytes): return .data(bytes)
    case .arc(let label, let place):
      guard let number = labels[label] else {
        throw CompileError(
          code: .reference, position: place, message: "no node has the label \(label)")
      }
      guard let id = ids[number] else {
        throw CompileError(
          code: .reference, position: place,
          message: "\(label) is a prototype, which is no node of the description")
      }
      return .arc(.init(id))
    }
  }
}
