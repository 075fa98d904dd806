import LuaRuntime
import MachineDescription
import Sun4v

extension EngineBindings {
  /// Declares `sun4v.md`.
  static func declareDescriptions(_ md: ModuleBuilder, _ environment: Environment) {
    let example =
      "local bytes = sun4v.md.compile(\"node root r { content-version = \\\"1\\\"; }\")\n"
    let path = Parameter<String>("path", "A file in the binary form")
    let bytes = Parameter<LuaBytes>("bytes", "The binary form")
    let nodes = [
      ResultDescription(
        "nodes", .any, "a list of { type, properties }, each property { name, kind, value }")
    ]
    md.function(
      "load", "Reads a machine description file", path, returns: nodes,
      documentation: .init(
        errors: ["file: it cannot be read", "machine_description: it is none; says at which byte"],
        seeAlso: ["sun4v.md.parse"])
    ) { path -> LuaValue in try table(of: environment.readFile(path), source: path) }
    md.function(
      "parse", "Reads the binary form", bytes, returns: nodes,
      documentation: .init(
        errors: ["machine_description: it is none; says at which byte"],
        example: example + "print(sun4v.md.parse(bytes)[1].type)")
    ) { bytes -> LuaValue in try table(of: Array(bytes.buffer), source: "bytes") }
    md.function(
      "compile", "Compiles the text language to the binary form",
      Parameter<String>("text", "The text"),
      returns: [ResultDescription("bytes", .string)],
      documentation: .init(
        errors: ["machine_description: says line and column"], example: example)
    ) { text -> LuaBytes in
      do {
        let graph = try MachineDescription(text: Array(text.utf8), file: "text")
        return LuaBytes(copying: try graph.encoded())
      } catch let error as CompileError {
        throw LuaBindingError(code: "machine_description", message: error.description)
      } catch let error as BinaryWriteError {
        throw LuaBindingError(code: "machine_description", message: error.description)
      }
    }
    md.function(
      "dump", "The text language for a binary form", bytes,
      returns: [ResultDescription("text", .string)],
      documentation: .init(example: example + "print(sun4v.md.dump(bytes))")
    ) { bytes -> String in try graph(of: Array(bytes.buffer), source: "bytes").text }
    md.function(
      "lint", "Checks the binary form against every rule", bytes,
      returns: [
        ResultDescription("findings", .any, "a list of { rule, severity, offset, message }")
      ],
      documentation: .init(example: example + "print(#sun4v.md.lint(bytes))")
    ) { bytes -> LuaValue in
      .list(
        MachineDescription.lint(bytes: Array(bytes.buffer)).map { finding in
          .record([
            ("rule", .string(finding.rule.id)),
            ("severity", .string(finding.rule.severity.rawValue)),
            ("offset", .integer(Int64(finding.offset))),
            ("node", finding.node.map { .string($0) } ?? .nil),
            ("message", .string(finding.message)),
          ])
        })
    }
  }

  private static func graph(of bytes: [UInt8], source: String) throws -> MachineDescription {
    do {
      return try MachineDescription(bytes: bytes)
    } catch {
      throw LuaBindingError(
        code: "machine_description", message: "\(source): \(error.description)")
    }
  }

  private static func table(of bytes: [UInt8], source: String) throws -> LuaValue {
    let graph = try graph(of: bytes, source: source)
    return .list(
      graph.nodes.map { node in
        .record([
          ("type", .string(node.type)),
          ("properties", .list(node.properties.map { property($0) })),
        ])
      })
  }

  private static func property(_ property: MachineDescription.Property) -> LuaValue {
    let (kind, value): (String, LuaValue) =
      switch property.value {
      case .integer(let number): ("val", .address(number))
      case .string: ("str", property.value.string.map { .string($0) } ?? .nil)
      case .data(let bytes): ("data", .bytes(bytes))
      case .arc(let node): ("arc", .integer(Int64(node.position + 1)))
      }
    return .record([("name", .string(property.name)), ("kind", .string(kind)), ("value", value)])
  }
}
