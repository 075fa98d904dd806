/// What documentation says beyond the one-line summary.
public struct LuaDocumentation: Sendable {
  /// The long description.
  public var details: String
  /// The codes or statuses of the errors that may be raised, each with its meaning.
  public var errors: [String]
  /// A Lua chunk that shows the use; a test runs it.
  public var example: String
  /// Names of related bindings.
  public var seeAlso: [String]
  /// The version that brought it.
  public var since: String

  /// Makes a documentation; every part may be left out.
  public init(
    details: String = "", errors: [String] = [], example: String = "", seeAlso: [String] = [],
    since: String = "0.1"
  ) {
    self.details = details
    self.errors = errors
    self.example = example
    self.seeAlso = seeAlso
    self.since = since
  }
}

/// One result of a function.
public struct ResultDescription: Sendable {
  /// The name in the synopsis.
  public let name: String
  /// What it is.
  public let type: LuaType
  /// The unit of a number.
  public let unit: String?
  /// One line.
  public let summary: String

  /// Describes a result.
  public init(_ name: String, _ type: LuaType, unit: String? = nil, _ summary: String = "") {
    self.name = name
    self.type = type
    self.unit = unit
    self.summary = summary
  }
}

/// Something that help explains besides bindings, such as a call of the hypervisor.
public struct TopicDeclaration: Sendable {
  /// The name that help is asked for.
  public let name: String
  /// What it is, in a word or two.
  public let kind: String
  /// One line.
  public let summary: String
  /// The page that help shows.
  public let page: String

  /// Describes a topic.
  public init(name: String, kind: String, summary: String, page: String) {
    self.name = name
    self.kind = kind
    self.summary = summary
    self.page = page
  }
}

/// A function or method as plain data.
public struct FunctionDeclaration: Sendable {
  /// The name alone: `negotiate`.
  public let name: String
  /// The name as scripts write it: `domain:negotiate`, `sun4v.machine`.
  public let qualifiedName: String
  /// One line.
  public let summary: String
  /// The parameters, without the object of a method.
  public let parameters: [ParameterDescription]
  /// The results, in order.
  public let results: [ResultDescription]
  /// The rest of what documentation says.
  public let documentation: LuaDocumentation

  /// One line such as `domain:negotiate(options) -> grant`; parameters that may be left out are in
  /// brackets.
  public var synopsis: String {
    var text = ""
    for (index, parameter) in parameters.enumerated() {
      let separator = index == 0 ? "" : ", "
      text += parameter.isOptional ? "[\(separator)\(parameter.name)]" : separator + parameter.name
    }
    let given = results.map(\.name).joined(separator: ", ")
    return "\(qualifiedName)(\(text))" + (given.isEmpty ? "" : " -> \(given)")
  }
}

/// A property of a type as plain data.
public struct PropertyDeclaration: Sendable {
  /// The name: `dva`.
  public let name: String
  /// The name with its type: `grant.dva`.
  public let qualifiedName: String
  /// One line.
  public let summary: String
  /// What it is.
  public let type: LuaType
  /// The unit of a number.
  public let unit: String?
  /// Whether scripts may set it.
  public let isWritable: Bool
  /// The rest of what documentation says.
  public let documentation: LuaDocumentation
}

/// A type of objects as plain data.
public struct TypeDeclaration: Sendable {
  /// The name: `grant`.
  public let name: String
  /// One line.
  public let summary: String
  /// The properties, in order of declaration.
  public internal(set) var properties: [PropertyDeclaration] = []
  /// The methods, in order of declaration.
  public internal(set) var methods: [FunctionDeclaration] = []
  /// What calling an object does, if objects can be called.
  public internal(set) var call: FunctionDeclaration?
  /// Whether `#object` gives a length.
  public internal(set) var hasLength = false
  /// Whether objects can be the value of a `<close>` variable.
  public internal(set) var isClosable = false
  /// The rest of what documentation says.
  public let documentation: LuaDocumentation

  /// The names of all properties and methods, sorted.
  public var memberNames: [String] { (properties.map(\.name) + methods.map(\.name)).sorted() }
}

/// A constant of a module as plain data.
public struct ConstantDeclaration {
  /// The name alone.
  public let name: String
  /// The name as scripts write it.
  public let qualifiedName: String
  /// One line.
  public let summary: String
  /// The value.
  public let value: LuaValue
}

/// A module as plain data; its functions are in a table of this name, which `require` gives too.
public struct ModuleDeclaration {
  /// The dotted name: `sun4v.u64`; empty for the globals.
  public let name: String
  /// One line.
  public let summary: String
  /// The functions, in order of declaration.
  public internal(set) var functions: [FunctionDeclaration] = []
  /// The constants, in order of declaration.
  public internal(set) var constants: [ConstantDeclaration] = []
  /// The rest of what documentation says.
  public let documentation: LuaDocumentation
}
