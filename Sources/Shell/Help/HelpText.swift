import LuaRuntime

/// The pages of help, all in one layout: name, synopsis, description, parameters, results, errors,
/// example, see also.
///
/// What is wider than the screen is broken at words, except examples: code is copied, and typed.
struct HelpText {
  /// The columns of the screen; `nil` where none shows it.
  var width: Int?

  func page(_ function: FunctionDeclaration) -> String {
    var text = head(function.synopsis, function.summary)
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
      aligned(function.results.map { ($0.name, Self.type($0.type, unit: $0.unit), $0.summary) }))
    return text + tail(documentation)
  }

  func page(_ property: PropertyDeclaration) -> String {
    let access = property.isWritable ? "can be set" : "read only"
    let type = Self.type(property.type, unit: property.unit)
    let title = "\(property.qualifiedName)    \(type), \(access)"
    return head(title, property.summary) + details(property.documentation)
      + tail(property.documentation)
  }

  func page(_ declaration: TypeDeclaration) -> String {
    var text = head(declaration.name, declaration.summary)
    text += details(declaration.documentation)
    text += section(
      "Properties",
      aligned(
        declaration.properties.map {
          ($0.name, Self.type($0.type, unit: $0.unit), $0.summary)
        }))
    text += section("Methods", members(declaration.methods))
    return text + tail(declaration.documentation)
  }

  func page(_ module: ModuleDeclaration, _ registry: BindingRegistry) -> String {
    var text = head(module.name, module.summary) + details(module.documentation)
    text += section("Functions", members(module.functions))
    text += section("Constants", aligned(module.constants.map { ($0.name, "", $0.summary) }))
    let inner = registry.modules.filter { $0.name.hasPrefix(module.name + ".") }
    text += section("Modules", aligned(inner.map { ($0.name, "", $0.summary) }))
    return text + tail(module.documentation)
  }

  func page(_ constant: ConstantDeclaration) -> String {
    head(constant.qualifiedName, constant.summary)
  }

  func page(_ topic: TopicDeclaration) -> String {
    topic.page.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let indent = line.prefix { $0 == " " }.count
      return TextFold.hanging(String(line), indent: indent, width: width)
    }.joined(separator: "\n")
  }

  func page(_ command: BackslashCommand) -> String {
    var text = head(command.synopsis, command.summary)
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
  func overview(_ registry: BindingRegistry) -> String {
    let commands = BackslashCommand.all.map { ($0.synopsis, "", $0.summary) }
    let modules = registry.modules.filter { !$0.name.isEmpty }
      .map { ($0.name, "", $0.summary) }
    let types = registry.types.map { ($0.name, "", $0.summary) }
    let first = [
      "Type Lua; an expression shows its value. _ is the last result, ';' at the end hides it.",
      "\\help NAME or NAME? explains a name; Tab completes; Ctrl-C stops; Ctrl-D leaves.",
      "New here? \\tutorial.",
    ]
    return first.map { TextFold.hanging($0, indent: 0, width: width) + "\n" }.joined()
      + section("Commands", aligned(commands)) + section("Modules", aligned(modules))
      + section("Types", aligned(types))
  }

  /// What `\tutorial` shows.
  static let tutorial = """
    First steps, to type or paste:

      m = sun4v.machine { model = "t2", seed = 42 }   -- with its control domain,
      primary = m:domain("primary")                   -- which owns the devices
      bus = primary:add_root_complex { name = "pci@400" }
      nic = bus:add_function { bdf = "01:00.0", name = "net0" }
      ldg1 = m:add_domain { name = "ldg1", memory = "64M" }
      m:boot()                               -- all domains reserve the same range
      grant = ldg1:negotiate { pages = 4 }   -- DMA addresses for the guest
      buf = ldg1:allocate("32K")             -- memory of the guest
      map = ldg1:map { buffer = buf, grant = grant, device = nic }
      nic:write(map.dva, "hello")            -- the device writes by DMA address
      buf:read(0, 5)                         -- and the guest finds it in its memory
      bus:picture()                          -- the bus's DMA addresses as a map
      map:unmap()
      nic:read(map.dva, 5)                   -- refused: nothing is mapped any more

    \\ls shows what is there, \\trace on each hypercall as it is made, m:check() whether
    all invariants hold. \\help machine, \\help domain and \\apropos fault lead on.

    """

  // MARK: - Parts

  static func type(_ type: LuaType, unit: String?) -> String {
    let name =
      type.choices.isEmpty ? type.name : type.choices.map { "\"\($0)\"" }.joined(separator: "|")
    guard let unit, unit != type.name else { return name }
    return "\(name) in \(unit)"
  }

  private func row(
    _ parameter: ParameterDescription, indent: Int = 0
  ) -> (String, String, String) {
    let name = String(repeating: " ", count: indent) + parameter.name
    var summary = parameter.summary
    if let value = parameter.defaultText {
      summary += summary.isEmpty ? "default \(value)" : " (default \(value))"
    } else if parameter.isOptional {
      summary += summary.isEmpty ? "optional" : " (optional)"
    }
    // With spaces, a long list of words can be broken between them.
    let type = Self.type(parameter.type, unit: parameter.unit)
    return (name, type.split(separator: "|").joined(separator: " | "), summary)
  }

  private func members(_ functions: [FunctionDeclaration]) -> [String] {
    aligned(functions.map { ($0.synopsis, "", $0.summary) })
  }

  private func details(_ documentation: LuaDocumentation) -> String {
    documentation.details.isEmpty ? "" : "\n" + indented(documentation.details)
  }

  private func tail(_ documentation: LuaDocumentation) -> String {
    let example = documentation.example.split(separator: "\n", omittingEmptySubsequences: false)
    let seeAlso = documentation.seeAlso.joined(separator: ", ")
    return section("Errors", documentation.errors.map { folded($0, indent: 4) })
      + section("Example", documentation.example.isEmpty ? [] : example.map(String.init))
      + section("See also", seeAlso.isEmpty ? [] : [folded(seeAlso, indent: 0)])
  }

  private func head(_ title: String, _ summary: String) -> String {
    "\(title)\n" + indented(summary)
  }

  private func section(_ title: String, _ lines: [String]) -> String {
    lines.isEmpty ? "" : "\n\(title):\n" + lines.map { Self.margin + $0 + "\n" }.joined()
  }

  /// A line that will stand behind the margin; its later lines are so much further to the right.
  private func folded(_ text: String, indent: Int) -> String {
    TextFold.hanging(text, indent: Self.margin.count + indent, width: width)
  }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.isEmpty ? "\n" : Self.margin + folded(String(line), indent: 0) + "\n"
    }.joined()
  }

  private static let margin = "    "

  /// Rows whose columns begin below each other; a very long first cell gets a line of its own, and a
  /// summary that the screen is too narrow for goes on below itself.
  private func aligned(_ rows: [(String, String, String)]) -> [String] {
    let names = min(Self.nameColumns, rows.map { TextWidth.columns($0.0) }.max() ?? 0)
    let types = min(Self.typeColumns, rows.map { TextWidth.columns($0.1) }.max() ?? 0)
    return rows.flatMap { name, type, summary -> [String] in
      let rest: String
      if TextWidth.columns(type) > types {
        rest = below([type, summary], at: names + 2)
      } else {
        let middle = types == 0 ? "" : TextWidth.padded(type, to: types) + "  "
        rest = middle + below([summary], at: names + 2 + TextWidth.columns(middle))
      }
      guard TextWidth.columns(name) > names else {
        return [Trim.end(TextWidth.padded(name, to: names) + "  " + rest)]
      }
      return [name, Trim.end(String(repeating: " ", count: names) + "  " + rest)]
    }
  }

  /// Texts below each other from a column on, the first of them in the line that is there already.
  private func below(_ texts: [String], at column: Int) -> String {
    let start = Self.margin.count + column
    let lines = texts.filter { !$0.isEmpty }.flatMap { text in
      width.map { TextFold.lines(text, width: $0 - start) } ?? [text]
    }
    return lines.joined(separator: "\n" + String(repeating: " ", count: start))
  }

  private static let (nameColumns, typeColumns) = (30, 24)
}
