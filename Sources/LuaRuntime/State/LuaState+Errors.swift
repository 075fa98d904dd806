import CLua

extension LuaState {
  /// The text of an error value of any type, for people.
  ///
  /// Strings and numbers are themselves, as `lua` prints them; objects with `__tostring` give it (guarded); other tables show their
  /// fields one level deep, `code`, `errno` and `status` first.
  func errorText(_ value: LuaReference) -> String {
    switch value.kind {
    case .string: return value.text ?? ""
    case .integer, .number: return value.scalarText ?? ""
    case .nil: return "nil raised as an error"
    case .table:
      if value.hasMetafield("__tostring") { return guardedText(value) }
      return "error object: \(tableText(value))"
    case .object, .userdata: return guardedText(value)
    default: return "error object: \(value.scalarText ?? value.kind.rawValue)"
    }
  }

  /// `tostring(value)`, whatever its metamethods do.
  public func guardedText(_ value: LuaReference) -> String {
    if let text = value.scalarText { return text }
    guard let pointer = host.pointer else { return value.kind.rawValue }
    var outcome = clua_outcome()
    clua_text(pointer, value.handle.reference, &outcome)
    guard outcome.status == Int32(CLUA_RUN_OK), outcome.result_count == 1,
      let handle = outcome.results?.pointee
    else {
      if outcome.error.reference > 0 {
        clua_release_reference(pointer, outcome.error.reference)
      }
      return "\(value.kind.rawValue) whose __tostring fails"
    }
    return LuaReference(handle, host: host).text ?? value.kind.rawValue
  }

  private func tableText(_ value: LuaReference) -> String {
    guard let table = try? value.entries(limit: 20) else { return "table" }
    let first = ["code", "errno", "status"]
    let named = table.entries.map { entry in
      (name: entry.key.text ?? entry.key.scalarText ?? entry.key.kind.rawValue, entry.value)
    }
    let ordered =
      named.filter { first.contains($0.name) } + named.filter { !first.contains($0.name) }
    let text = ordered.map { name, value in
      "\(name) = \(value.text.map { "\"\($0)\"" } ?? value.scalarText ?? value.kind.rawValue)"
    }
    return "{ " + text.joined(separator: ", ") + (table.total > 20 ? ", ... }" : " }")
  }
}
