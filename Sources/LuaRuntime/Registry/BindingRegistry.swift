import CLua

/// Everything that scripts can use, each declared once: documentation, checking and body.
///
/// The registry is data for help, completion and dumps, and it builds Lua states. It must not
/// change once a state was built from it.
public final class BindingRegistry {
  /// The types of objects, in order of declaration.
  public internal(set) var types: [TypeDeclaration] = []
  /// The modules, in order of declaration; the one named "" has the globals.
  public internal(set) var modules: [ModuleDeclaration] = []

  /// What help explains besides bindings, in order of declaration.
  public private(set) var topics: [TopicDeclaration] = []

  var bindings = BindingTables()
  private(set) var typeIndices: [ObjectIdentifier: UInt32] = [:]

  /// Makes an empty registry.
  public init() {}

  /// Declares a type of objects.
  public func type<Object: LuaBound>(
    _ class: Object.Type, _ summary: String, documentation: LuaDocumentation = .init(),
    declare: (TypeBuilder<Object>) -> Void
  ) {
    let index = types.count
    types.append(
      TypeDeclaration(name: Object.luaName, summary: summary, documentation: documentation))
    typeIndices[ObjectIdentifier(Object.self)] = UInt32(index)
    bindings.storage.append(Object.luaStorage)
    let builder = TypeBuilder<Object>(registry: self, index: index)
    builder.text { _ in Object.luaName }
    declare(builder)
  }

  /// Declares a module: a table in the global of this (dotted) name; "" adds to the globals.
  ///
  /// A module that was declared before is extended.
  public func module(
    _ name: String, _ summary: String, documentation: LuaDocumentation = .init(),
    declare: (ModuleBuilder) -> Void
  ) {
    let index =
      modules.firstIndex { $0.name == name }
      ?? {
        modules.append(
          ModuleDeclaration(name: name, summary: summary, documentation: documentation))
        return modules.count - 1
      }()
    declare(ModuleBuilder(registry: self, index: index))
  }

  /// Declares something that help explains although scripts do not call it by its name.
  public func topic(_ topic: TopicDeclaration) { topics.append(topic) }

  /// The declaration of a type.
  public func type(named name: String) -> TypeDeclaration? { types.first { $0.name == name } }

  /// All functions and methods with their documentation, in order of declaration.
  public var allFunctions: [FunctionDeclaration] {
    modules.flatMap(\.functions) + types.flatMap { $0.methods + [$0.call].compactMap(\.self) }
  }
}

/// The bodies behind the declarations, and where each goes.
struct BindingTables {
  struct Member {
    let type: Int
    let role: Int
    let name: String
    let binding: Binding
  }

  /// How Lua keeps the objects of each type.
  var storage: [LuaStorage] = []
  var members: [Member] = []
  /// Functions that are written in Lua, each with the chunk that gives it.
  var scripts: [(module: String, name: String, chunk: String, source: String)] = []
  var functions: [(module: String, binding: Binding)] = []
}
