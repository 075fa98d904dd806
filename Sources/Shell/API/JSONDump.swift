import LuaRuntime

/// The registry as one JSON document.
enum JSONDump {
  static func text(_ registry: BindingRegistry) -> String {
    let modules = registry.modules.map { module in
      Tree.record(
        [
          ("name", .string(module.name)), ("summary", .string(module.summary)),
          ("functions", .list(module.functions.map(function))),
          (
            "constants",
            .list(
              module.constants.map {
                .record([("name", .string($0.qualifiedName)), ("summary", .string($0.summary))])
              })
          ),
        ] + documentation(module.documentation))
    }
    let types = registry.types.map { type in
      Tree.record(
        [
          ("name", .string(type.name)), ("summary", .string(type.summary)),
          ("properties", .list(type.properties.map(property))),
          ("methods", .list(type.methods.map(function))),
        ] + (type.call.map { [("call", function($0))] } ?? [])
          + documentation(type.documentation))
    }
    let commands = BackslashCommand.all.map { command in
      Tree.record([
        ("name", .string("\\" + command.name)), ("synopsis", .string(command.synopsis)),
        ("summary", .string(command.summary)), ("lua", .string(command.twin)),
      ])
    }
    return JSONText.write(
      .record([
        ("version", .string(DVMashVersion.text)), ("modules", .list(modules)),
        ("types", .list(types)), ("commands", .list(commands)),
      ])) + "\n"
  }

  private static func function(_ function: FunctionDeclaration) -> Tree {
    .record(
      [
        ("name", .string(function.qualifiedName)), ("synopsis", .string(function.synopsis)),
        ("summary", .string(function.summary)),
        ("parameters", .list(function.parameters.map(parameter))),
        (
          "results",
          .list(
            function.results.map {
              .record([("name", .string($0.name))] + kind($0.type, $0.unit, $0.summary))
            })
        ),
      ] + documentation(function.documentation))
  }

  private static func property(_ property: PropertyDeclaration) -> Tree {
    .record(
      [("name", .string(property.name))] + kind(property.type, property.unit, property.summary)
        + [("writable", .boolean(property.isWritable))])
  }

  private static func parameter(_ parameter: ParameterDescription) -> Tree {
    var fields = [("name", Tree.string(parameter.name))]
    fields += kind(parameter.type, parameter.unit, parameter.summary)
    fields.append(("optional", .boolean(parameter.isOptional)))
    if let value = parameter.defaultText { fields.append(("default", .string(value))) }
    if !parameter.fields.isEmpty {
      fields.append(("fields", .list(parameter.fields.map(Self.parameter))))
    }
    return .record(fields)
  }

  private static func kind(
    _ type: LuaType, _ unit: String?, _ summary: String
  ) -> [(String, Tree)] {
    var fields = [("type", Tree.string(type.name)), ("summary", Tree.string(summary))]
    if let unit { fields.append(("unit", .string(unit))) }
    if !type.choices.isEmpty { fields.append(("choices", .list(type.choices.map(Tree.string)))) }
    return fields
  }

  private static func documentation(_ documentation: LuaDocumentation) -> [(String, Tree)] {
    var fields: [(String, Tree)] = []
    if !documentation.details.isEmpty { fields.append(("details", .string(documentation.details))) }
    if !documentation.errors.isEmpty {
      fields.append(("errors", .list(documentation.errors.map(Tree.string))))
    }
    if !documentation.example.isEmpty { fields.append(("example", .string(documentation.example))) }
    if !documentation.seeAlso.isEmpty {
      fields.append(("see_also", .list(documentation.seeAlso.map(Tree.string))))
    }
    return fields + [("since", .string(documentation.since))]
  }
}
