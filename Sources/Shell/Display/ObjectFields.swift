import LuaRuntime

/// What tables and data show of a bound object: its plain properties, and other objects by their names.
struct ObjectFields {
  let state: LuaState

  /// The declaration of an object's type; `nil` for what is no living object.
  func declaration(of value: LuaReference) -> TypeDeclaration? {
    guard value.kind == .object else { return nil }
    return value.typeName.flatMap { state.registry.type(named: $0) }
  }

  /// The properties that are worth a column: no lists, and no objects that have no name of their own
  /// and would be there with a whole sentence.
  func columns(of type: TypeDeclaration) -> [PropertyDeclaration] {
    type.properties.filter { property in
      guard property.type.element == nil else { return false }
      guard property.type.object != nil, let other = state.registry.type(named: property.type.name)
      else { return true }
      return naming(other) != nil
    }
  }

  /// The value of a property; `nil` where it cannot be read.
  func value(_ property: PropertyDeclaration, of object: LuaReference) -> LuaReference? {
    let values = try? state.run(
      "local o, k = ... return o[k]", name: "=dvmash", arguments: [object, property.name])
    return values?.first
  }

  /// An object in a word or two, for where another one refers to it: its name, its number, or its
  /// address.
  func shortText(_ object: LuaReference) -> String {
    guard let type = declaration(of: object), let property = naming(type),
      let value = value(property, of: object), value.kind != .nil
    else { return VisibleText.line(state.guardedText(object)) }
    if property.type.name == LuaType.address.name, let bits = value.integer {
      return VisibleText.address(UInt64(bitPattern: bits))
    }
    return VisibleText.line(state.guardedText(value))
  }

  /// The property that tells objects of a type apart.
  private func naming(_ type: TypeDeclaration) -> PropertyDeclaration? {
    type.properties.first { $0.name == "name" } ?? type.properties.first { $0.name == "id" }
      ?? type.properties.first { $0.type.name == LuaType.address.name }
  }
}
