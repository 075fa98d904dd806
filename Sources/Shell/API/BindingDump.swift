import EngineBindings
import LuaRuntime

/// The binding registry in other forms: `dvmash api`.
public enum BindingDump {
  /// The forms.
  public enum Format: String, CaseIterable, Sendable {
    /// One JSON document.
    case json
    /// Definitions for the Lua language server.
    case luals
    /// A standard for luacheck.
    case luacheck
    /// The reference page.
    case markdown
  }

  /// The registry in a form, ready to be a file.
  public static func text(_ format: Format) -> String {
    let context = ShellContext(RunOptions())
    let registry = BindingRegistry()
    EngineBindings.register(in: registry, EngineBindings.Environment())
    ShellBindings.register(in: registry, context)
    return withExtendedLifetime(context) {
      switch format {
      case .json: JSONDump.text(registry)
      case .luals: LanguageServerDump.text(registry)
      case .luacheck: LuacheckDump.text(registry)
      case .markdown: MarkdownDump.text(registry)
      }
    }
  }
}
