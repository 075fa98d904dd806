import LuaRuntime

/// The pages of help, all in one layout: name, synopsis, description, parameters, results, errors,
/// example, see also.
enum HelpText {
  static func page(_ function: FunctionDeclaration) -> String {
    var text = "\(function.synopsis)\n    \(function.summary)\n"
    let documentation = function.documentation
    if !documentation.details.isEmpty { text += "\n" + indented(documentation.details) }
    let parameters = function.parameters.flatMap { parameter in
      parameter.fields.isEmpty
        ? [row(parameter)]
        : [row(parameter)] + parameter.fields.map { row($0, indent: 2) }
    }
    text += section("Parameters", aligned(parameters))
    text += section(
      "Results",
      aligned(function.results.map { ($0.name, type($0.type, unit: $0.unit), $0.summary) }))
    return text + tail(documentation)
  }

  static func page(_ property: PropertyDeclaration) -> String {
    let access = property.isWritable ? "can be set" : "read only"
    return "\(property.qualifiedName)    \(type(property.type, unit: property.unit)), \(access)\n"
      + "    \(property.summary)\n" + details(property.documentation)
      + tail(property.documentation)
  }

  static func page(_ declaration: TypeDeclaration) -> String {
    var text = "\(declaration.name)\n    \(declaration.summary)\n"
    text += details(declaration.documentation)
    text += section(
      "Properties",
      aligned(
        declaration.properties.map {
          ($0.name, type($0.type, unit: $0.unit), $0.summary)
        }))
    text += section("Methods", members(declaration.methods))
    return text + tail(declaration.documentation)
  }

  static func page(_ module: ModuleDeclaration, _ registry: BindingRegistry) -> String {
    var text = "\(module.name)\n    \(module.summary)\n" + details(module.documentation)
    text += section("Functions", members(module.functions))
    text += section("Constants", aligned(module.constants.map { ($0.name, "", $0.summary) }))
    let inner = registry.modules.filter { $0.name.hasPrefix(module.name + ".") }
    text += section("Modules", aligned(inner.map { ($0.name, "", $0.summary) }))
    return text + tail(module.documentation)
  }

  static func page(_ command: BackslashCommand) -> String {
    var text = "\(command.synopsis)\n    \(command.summary)\n"
    if !command.details.isEmpty { text += "\n" + indented(command.details) }
    if !command.aliases.isEmpty {
      text += section("Also", command.aliases.map { "\\\($0)" })
    }
    if command.redirects {
      text += section("Output", ["> file, >> file or | command at the end"])
    }
    return text + section("In Lua", [command.twin])
  }

  /// The overview.
  static func overview(_ registry: BindingRegistry) -> String {
    let commands = BackslashCommand.all.map { ($0.synopsis, "", $0.summary) }
    let modules = registry.modules.filter { !$0.name.isEmpty }
      .map { ($0.name, "", $0.summary) }
    let types = registry.types.map { ($0.name, "", $0.summary) }
    return
      "Type Lua; an expression shows its value. _ is the last result, ';' at the end hides it.\n"
      + "\\help NAME or NAME? explains a name; Tab completes; Ctrl-C stops; Ctrl-D leaves.\n"
      + section("Commands", aligned(commands)) + section("Modules", aligned(modules))
      + section("Types", aligned(types))
  }

  /// What `\tutorial` shows.
  static let tutorial = """
    First steps, to type along:

      m = sun4v.machine { model = "t2", seed = 42 }     a machine with its control domain
      primary = m:domain("primary")
      bus = primary:add_root_complex { name = "pci@400" }
      nic = bus:add_function { bdf = "01:00.0", name = "net0" }
      ldg1 = m:add_domain { name = "ldg1", memory = "64M" }
      m:boot()                                          every domain reserves the same range
      grant = ldg1:negotiate { pages = 4 }              a range of DMA addresses for the guest
      buf = ldg1:allocate("32K")                        memory of the guest
      map = ldg1:map { buffer = buf, grant = grant, direction = "bidirectional", device = nic }
      nic:write(map.dva, "hello")                       the device writes by DMA address
      buf:read(0, 5)                                    and the guest finds it in its memory
      bus:picture()                                     the bus's DMA addresses as a map
      map:unmap()
      nic:read(map.dva, 5)                              refused: nothing is mapped any more

    \\help machine, \\help domain and \\apropos fault lead on. \\trace on shows hypercalls.

    """

  // MARK: - Parts

  static func type(_ type: LuaType, unit: String?) -> String {
    let name =
      type.choices.isEmpty ? type.name : type.choices.map { "\"\($0)\"" }.joined(separator: "|")
    guard let unit, unit != type.name else { return name }
    return "\(name) in \(unit)"
  }

  private static func row(
    _ parameter: ParameterDescription, indent: Int = 0
  ) -> (String, String, String) {
    let name = String(repeating: " ", count: indent) + parameter.name
    var summary = parameter.summary
    if let value = parameter.defaultText {
      summary += summary.isEmpty ? "default \(value)" : " (default \(value))"
    } else if parameter.isOptional {
      summary += summary.isEmpty ? "optional" : " (optional)"
    }
    return (name, type(parameter.type, unit: parameter.unit), summary)
  }

  private static func members(_ functions: [FunctionDeclaration]) -> [String] {
    aligned(functions.map { ($0.synopsis, "", $0.summary) })
  }

  private static func details(_ documentation: LuaDocumentation) -> String {
    documentation.details.isEmpty ? "" : "\n" + indented(documentation.details)
  }

  private static func tail(_ documentation: LuaDocumentation) -> String {
    let example = documentation.example.split(separator: "\n", omittingEmptySubsequences: false)
    return section("Errors", documentation.errors)
      + section("Example", documentation.example.isEmpty ? [] : example.map(String.init))
      + section(
        "See also",
        documentation.seeAlso.isEmpty ? [] : [documentation.seeAlso.joined(separator: ", ")])
  }

  private static func section(_ title: String, _ lines: [String]) -> String {
    lines.isEmpty ? "" : "\n\(title):\n" + lines.map { "    \($0)\n" }.joined()
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined()
  }

  /// Rows whose columns begin below each other; a very long first cell gets a line of its own.
  private static func aligned(_ rows: [(String, String, String)]) -> [String] {
    let names = min(30, rows.map { TextWidth.columns($0.0) }.max() ?? 0)
    let types = rows.map { TextWidth.columns($0.1) }.max() ?? 0
    return rows.flatMap { name, type, summary -> [String] in
      let middle = types == 0 ? "" : TextWidth.padded(type, to: min(types, 24)) + "  "
      let rest = Trim.spaces(middle).isEmpty && summary.isEmpty ? "" : middle + summary
      guard TextWidth.columns(name) > names else {
        return [trimmed(TextWidth.padded(name, to: names) + "  " + rest)]
      }
      return [name, trimmed(String(repeating: " ", count: names) + "  " + rest)]
    }
  }

  private static func trimmed(_ text: String) -> String {
    var text = text
    while text.last == " " { text.removeLast() }
    return text
  }
}
