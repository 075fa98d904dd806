import LuaRuntime

/// Everything that help can explain, from the registry and the commands.
struct HelpCatalog {
  /// One thing with a name.
  struct Entry {
    /// The name as scripts or the prompt write it.
    let name: String
    /// What it is.
    let kind: String
    /// One line.
    let summary: String
    /// The page, laid out.
    let page: (HelpText) -> String
  }

  /// The entries, sorted by name.
  let entries: [Entry]

  init(_ registry: BindingRegistry) {
    var entries: [Entry] = []
    for module in registry.modules where !module.name.isEmpty {
      entries.append(
        Entry(name: module.name, kind: "module", summary: module.summary) {
          $0.page(module, registry)
        })
    }
    for type in registry.types {
      entries.append(
        Entry(name: type.name, kind: "type", summary: type.summary) { $0.page(type) })
      for property in type.properties {
        entries.append(
          Entry(name: property.qualifiedName, kind: "property", summary: property.summary) {
            $0.page(property)
          })
      }
    }
    for function in registry.allFunctions {
      entries.append(
        Entry(name: function.qualifiedName, kind: "function", summary: function.summary) {
          $0.page(function)
        })
    }
    for constant in registry.modules.flatMap(\.constants) {
      entries.append(
        Entry(name: constant.qualifiedName, kind: "constant", summary: constant.summary) {
          $0.page(constant)
        })
    }
    for topic in registry.topics {
      entries.append(
        Entry(name: topic.name, kind: topic.kind, summary: topic.summary) { $0.page(topic) })
    }
    for command in BackslashCommand.all {
      entries.append(
        Entry(name: "\\" + command.name, kind: "command", summary: command.summary) {
          $0.page(command)
        })
    }
    self.entries = entries.sorted { $0.name < $1.name }
  }

  /// What a topic means: the whole name, or the last part of one.
  func find(_ topic: String) -> [Entry] {
    var wanted = topic
    if topic.hasPrefix("\\"), let command = BackslashCommand.named(String(topic.dropFirst())) {
      wanted = "\\" + command.name
    }
    let exact = entries.filter { $0.name == wanted }
    if !exact.isEmpty { return exact }
    let swapped = wanted.contains(":") ? Self.replacing(wanted, ":", ".") : wanted
    let alike = entries.filter { Self.replacing($0.name, ":", ".") == swapped }
    if !alike.isEmpty { return alike }
    return entries.filter {
      $0.name.hasSuffix("." + wanted) || $0.name.hasSuffix(":" + wanted)
        || $0.name == "\\" + wanted
    }
  }

  /// The nearest name, for a topic that is unknown.
  func nearest(_ topic: String) -> String? {
    let last = topic.split { $0 == "." || $0 == ":" }.last.map(String.init) ?? topic
    return NearestName.find(topic, in: entries.map(\.name))
      ?? entries.first { entry in
        let name = entry.name.split { $0 == "." || $0 == ":" }.last.map(String.init) ?? ""
        return NearestName.find(last, in: [name]) != nil
      }?.name
  }

  /// The entries whose name or summary has a word in it, whatever its case.
  func search(_ word: String) -> [Entry] {
    let wanted = word.lowercased()
    return entries.filter {
      $0.name.lowercased().contains(wanted) || $0.summary.lowercased().contains(wanted)
    }
  }

  private static func replacing(_ text: String, _ old: Character, _ new: Character) -> String {
    String(text.map { $0 == old ? new : $0 })
  }
}
