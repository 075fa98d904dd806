extension TextCompiler {
  /// A value up to the mark that closes it, which is left: one value as it is, or several as data.
  ///
  /// In a comma list a number is 8 bytes, a string its bytes and a NUL, and data itself.
  mutating func values(until mark: String) throws(CompileError) -> Value {
    let first = try value()
    guard isMark(",") else {
      guard isMark(mark) else { throw unexpected("\(mark) or a comma") }
      return first
    }
    var bytes = try listBytes(of: first)
    while isMark(",") {
      try advance()
      bytes += try listBytes(of: try value())
    }
    guard isMark(mark) else { throw unexpected("\(mark) or a comma") }
    return .data(bytes)
  }

  private mutating func listBytes(of value: Value) throws(CompileError) -> [UInt8] {
    let bytes: [UInt8]
    switch value {
    case .integer(let number): bytes = number.bigEndianBytes
    case .string(let text): bytes = (text.latin1 ?? []) + [0]
    case .data(let data): bytes = data
    case .arc: throw error(.kind, "an arc is no value")
    }
    try count(bytes: bytes.count)
    return bytes
  }

  private mutating func value() throws(CompileError) -> Value {
    switch token {
    case .number(let value, _):
      try advance()
      return .integer(value)
    case .string(let text):
      try count(bytes: text.utf8.count)
      try advance()
      return .string(text)
    case .keyword("lookup"):
      try advance()
      return try counted(try lookup())
    case .keyword("expr"):
      try advance()
      guard isMark("(") else { throw unexpected("(") }
      return try expression(depth: 0)
    case .punctuation("("): return try expression(depth: 0)
    case .punctuation("{"): return .data(try braceList())
    default: throw unexpected("a number, a string, (, {, expr( or lookup(")
    }
  }

  private mutating func counted(_ value: Value) throws(CompileError) -> Value {
    switch value {
    case .string(let text): try count(bytes: text.utf8.count)
    case .data(let bytes): try count(bytes: bytes.count)
    case .integer, .arc: break
    }
    return value
  }

  /// Bytes in braces: a number as the fewest bytes that hold it (0 as one), a string with its NUL.
  private mutating func braceList() throws(CompileError) -> [UInt8] {
    try take("{")
    var bytes: [UInt8] = []
    if isMark("}") {
      try advance()
      return bytes
    }
    while true {
      guard !isMark("{") else { throw error(.kind, "braces hold no braces") }
      let place = position
      switch try value() {
      case .integer(let number):
        let all = number.bigEndianBytes
        let start = all.firstIndex { $0 != 0 } ?? 7
        bytes += all[start...]
        try count(bytes: all.count - start)
      case .string(let text):
        bytes += (text.latin1 ?? []) + [0]
        try count(bytes: 1)
      case .data, .arc:
        throw CompileError(
          code: .kind, position: place, message: "braces hold numbers and strings, not data")
      }
      if isMark("}") {
        try advance()
        return bytes
      }
      guard isMark(",") else { throw unexpected("a comma or }") }
      try advance()
    }
  }

  // MARK: - Expressions

  /// An expression in parentheses: strictly from left to right, no operator binds tighter than another.
  ///
  /// Numbers wrap around at 64 bits; a shift by 64 and more gives 0.
  private mutating func expression(depth: Int) throws(CompileError) -> Value {
    guard depth < CompileLimit.nesting else {
      throw error(.limit, "expressions are nested deeper than \(CompileLimit.nesting)")
    }
    try take("(")
    var result = try operand(depth: depth)
    while !isMark(")") {
      if case .number(let value, isNegative: true) = token, case .integer(let left) = result {
        result = .integer(left &+ value)
        try advance()
        continue
      }
      guard case .punctuation(let mark) = token,
        ["+", "-", "*", "&", "|", "^", "<<"].contains(mark)
      else { throw unexpected("an operator or )") }
      let place = position
      try advance()
      result = try apply(mark, result, try operand(depth: depth), at: place)
    }
    try advance()
    return result
  }

  private mutating func operand(depth: Int) throws(CompileError) -> Value {
    switch token {
    case .number(let value, _):
      try advance()
      return .integer(value)
    case .string(let text):
      try count(bytes: text.utf8.count)
      try advance()
      return .string(text)
    case .punctuation("~"):
      let place = position
      var inversions = 0
      while isMark("~") {
        inversions += 1
        try advance()
      }
      guard case .integer(let value) = try operand(depth: depth) else {
        throw CompileError(code: .kind, position: place, message: "~ wants a number")
      }
      return .integer(inversions % 2 == 0 ? value : ~value)
    case .punctuation("("): return try expression(depth: depth + 1)
    case .keyword("expr"):
      try advance()
      guard isMark("(") else { throw unexpected("(") }
      return try expression(depth: depth + 1)
    case .keyword("lookup"):
      try advance()
      let place = position
      let value = try counted(try lookup())
      if case .data = value {
        throw CompileError(
          code: .kind, position: place, message: "data cannot be calculated with")
      }
      return value
    default: throw unexpected("a number, a string, ~, (, expr( or lookup(")
    }
  }

  private mutating func apply(
    _ mark: String, _ left: Value, _ right: Value, at place: SourcePosition
  ) throws(CompileError) -> Value {
    switch (left, right) {
    case (.string(let left), .string(let right)) where mark == "+":
      try count(bytes: left.utf8.count + right.utf8.count)
      return .string(left + right)
    case (.integer(let left), .integer(let right)):
      let result =
        switch mark {
        case "+": left &+ right
        case "-": left &- right
        case "*": left &* right
        case "&": left & right
        case "|": left | right
        case "^": left ^ right
        default: right < 64 ? left << right : 0
        }
      return .integer(result)
    default:
      throw CompileError(
        code: .kind, position: place,
        message: "\(mark) wants two numbers\(mark == "+" ? " or two strings" : "")")
    }
  }
}

extension MachineDescription {
  /// Compiles the text language; throws `CompileError` for the first thing that is wrong.
  ///
  /// `file` names the text in messages. The language is that of Sun's description compiler with its preprocessor; docs/machine-
  /// descriptions.md has the whole of it.
  public init(
    text: [UInt8], file: String,
    loader: @escaping IncludeLoader = { _, _ in nil }
  ) throws(CompileError) {
    var preprocessor = Preprocessor(loader: loader)
    try preprocessor.process(text, file: file)
    var compiler = try TextCompiler(preprocessor)
    try compiler.run()
    self = try compiler.graph()
  }
}
