import CLua

/// Memory for a declaration on its way to C, which copies it.
final class DeclarationStorage {
  private let typeIndices: [ObjectIdentifier: UInt32]
  private let function: String
  private var memory: [UnsafeMutableRawPointer] = []

  init(_ typeIndices: [ObjectIdentifier: UInt32], of function: String) {
    self.typeIndices = typeIndices
    self.function = function
  }

  deinit { for block in memory { block.deallocate() } }

  func index(of type: ObjectIdentifier) throws -> UInt32 {
    guard let index = typeIndices[type] else {
      throw LuaBindingError(
        code: "internal", message: "\(function) uses a class that is not in the registry")
    }
    return index
  }

  func parameter(_ part: LuaPart) throws -> clua_parameter {
    var parameter = clua_parameter()
    parameter.accept = part.accept
    parameter.optional = part.description.isOptional
    if let object = part.description.type.object { parameter.type = try index(of: object) }
    parameter.fallback = (part.fallback ?? .nil).value
    switch part.form.kind {
    case .value, .tuple: break
    case .words(let words):
      if Int(parameter.fallback.kind) == CLUA_WORD {
        parameter.fallback.object = words.value(at: Int(parameter.fallback.integer))
      }
      parameter.shape = keep(
        clua_shape(
          count: UInt32(words.names.count), stride: UInt32(words.stride), tuple: false,
          names: keep(words.names), values: words.values, parts: nil))
    case .fields(let fields):
      parameter.shape = keep(
        clua_shape(
          count: UInt32(fields.count), stride: 0, tuple: false,
          names: keep(fields.map(\.description.name)), values: nil, parts: try keep(fields)))
    case .list(let parts, let isTuple):
      parameter.shape = keep(
        clua_shape(
          count: UInt32(parts.count), stride: 0, tuple: isTuple, names: nil, values: nil,
          parts: try keep(parts)))
    }
    return parameter
  }

  // MARK: Memory

  private func allocate<Value>(_ type: Value.Type, _ count: Int) -> UnsafeMutablePointer<Value> {
    let block = UnsafeMutablePointer<Value>.allocate(capacity: max(1, count))
    memory.append(UnsafeMutableRawPointer(block))
    return block
  }

  private func keep(_ shape: clua_shape) -> UnsafePointer<clua_shape> {
    let place = allocate(clua_shape.self, 1)
    place.initialize(to: shape)
    return UnsafePointer(place)
  }

  private func keep(_ parts: [LuaPart]) throws -> UnsafePointer<clua_parameter> {
    let place = allocate(clua_parameter.self, parts.count)
    for (index, part) in parts.enumerated() {
      (place + index).initialize(to: try parameter(part))
    }
    return UnsafePointer(place)
  }

  private func keep(_ names: [String]) -> UnsafePointer<UnsafePointer<CChar>?> {
    let place = allocate(UnsafePointer<CChar>?.self, names.count)
    for (index, name) in names.enumerated() {
      let bytes = name.utf8CString
      let text = allocate(CChar.self, bytes.count)
      for (offset, byte) in bytes.enumerated() { (text + offset).initialize(to: byte) }
      (place + index).initialize(to: UnsafePointer(text))
    }
    return UnsafePointer(place)
  }
}
