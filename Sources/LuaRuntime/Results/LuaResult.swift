public import CLua

/// A type that a bound function can give to Lua.
public protocol LuaResult: LuaTyped {
  /// Writes exactly one value.
  func encode(into encoder: LuaEncoder)
  /// Sets the results of a call; the default is the one value of `encode`.
  func write(to frame: UnsafeMutablePointer<clua_frame>)
}

extension LuaResult {
  /// Sets the one encoded value as the result.
  @inlinable
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    guard let host = LuaHost.of(frame) else { return }
    encode(into: LuaEncoder(pointer: frame.pointee.host, host: host))
    frame.pointee.result.kind = UInt8(truncatingIfNeeded: CLUA_ENCODED)
    frame.pointee.result.type = 1
  }
}

extension UnsafeMutablePointer where Pointee == clua_frame {
  @inlinable @inline(__always)
  func setInteger(_ value: Int64, kind: Int = CLUA_INTEGER) {
    pointee.result.kind = UInt8(truncatingIfNeeded: kind)
    pointee.result.integer = value
  }
}

extension UnsafeMutablePointer where Pointee == clua_frame {
  func setBytes(_ bytes: UnsafeRawBufferPointer) {
    clua_put_bytes(pointee.host, bytes.baseAddress, bytes.count)
    pointee.result.kind = UInt8(CLUA_STRING)
    pointee.result.length = bytes.count
  }
}

extension Int64: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) { clua_put_integer(encoder.pointer, self) }
  /// Sets the value as the result.
  @inlinable @inline(__always)
  public func write(to frame: UnsafeMutablePointer<clua_frame>) { frame.setInteger(self) }
}

extension Int: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) { clua_put_integer(encoder.pointer, Int64(self)) }
  /// Sets the value as the result.
  @inlinable @inline(__always)
  public func write(to frame: UnsafeMutablePointer<clua_frame>) { frame.setInteger(Int64(self)) }
}

extension UInt64: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) {
    clua_put_integer(encoder.pointer, Int64(bitPattern: self))
  }
  /// Sets the value as the result.
  @inlinable @inline(__always)
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    frame.setInteger(Int64(bitPattern: self))
  }
}

extension Bool: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) { clua_put_boolean(encoder.pointer, self) }
  /// Sets the value as the result.
  @inlinable @inline(__always)
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    frame.setInteger(self ? 1 : 0, kind: CLUA_BOOLEAN)
  }
}

extension Double: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) { clua_put_number(encoder.pointer, self) }
  /// Sets the value as the result.
  @inlinable @inline(__always)
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    frame.pointee.result.kind = UInt8(truncatingIfNeeded: CLUA_NUMBER)
    frame.pointee.result.number = self
  }
}

extension String: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) {
    var text = self
    text.withUTF8 { clua_put_string(encoder.pointer, $0.baseAddress, $0.count) }
  }
  /// Sets the text as the result.
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    var text = self
    text.withUTF8 { frame.setBytes(UnsafeRawBufferPointer($0)) }
  }
}

/// Bytes of our own as a result.
public struct LuaByteString: LuaResult {
  /// The bytes.
  public let bytes: [UInt8]

  /// Makes the result.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The type in Lua.
  public static var luaType: LuaType { .bytes }
  /// Writes the bytes.
  public func encode(into encoder: LuaEncoder) {
    bytes.withUnsafeBytes { clua_put_string(encoder.pointer, $0.baseAddress, $0.count) }
  }
  /// Sets the bytes as the result.
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    bytes.withUnsafeBytes { frame.setBytes($0) }
  }
}

extension LuaBytes: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) {
    clua_put_string(encoder.pointer, buffer.baseAddress, buffer.count)
  }
}

extension LuaReference: LuaResult {
  /// The type in Lua.
  public static var luaType: LuaType { .any }
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) {
    guard host === encoder.host else { return clua_put_nil(encoder.pointer) }
    switch Int(handle.kind) {
    case CLUA_BOOLEAN: clua_put_boolean(encoder.pointer, handle.integer != 0)
    case CLUA_INTEGER: clua_put_integer(encoder.pointer, handle.integer)
    case CLUA_NUMBER: clua_put_number(encoder.pointer, handle.number)
    default:
      if handle.reference > 0 {
        clua_put_reference(encoder.pointer, handle.reference)
      } else {
        clua_put_nil(encoder.pointer)
      }
    }
  }
}

extension LuaFunction: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) { reference.encode(into: encoder) }
}

extension Optional: LuaResult where Wrapped: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) {
    if let self { self.encode(into: encoder) } else { clua_put_nil(encoder.pointer) }
  }
  /// Sets the value as the result.
  @inlinable
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    if let self {
      self.write(to: frame)
    } else {
      frame.pointee.result.kind = UInt8(truncatingIfNeeded: CLUA_NIL)
    }
  }
}

extension Array: LuaResult where Element: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) {
    clua_put_list(encoder.pointer, count)
    for element in self { element.encode(into: encoder) }
  }
}

extension LuaValue: LuaResult {
  /// Writes the value.
  public func encode(into encoder: LuaEncoder) {
    let output = encoder.pointer
    switch self {
    case .nil, .opaque: clua_put_nil(output)
    case .boolean(let value): clua_put_boolean(output, value)
    case .integer(let value): clua_put_integer(output, value)
    case .number(let value): clua_put_number(output, value)
    case .string(let text): text.encode(into: encoder)
    case .bytes(let bytes):
      bytes.withUnsafeBytes { clua_put_string(output, $0.baseAddress, $0.count) }
    case .object(let object): object.encode(into: encoder)
    case .function(let function): function.encode(into: encoder)
    case .list(let items):
      clua_put_list(output, items.count)
      for item in items { item.encode(into: encoder) }
    case .record(let fields):
      clua_put_table(output, fields.count)
      for field in fields {
        field.name.encode(into: encoder)
        field.value.encode(into: encoder)
      }
    case .table(let pairs):
      clua_put_table(output, pairs.count)
      for pair in pairs {
        pair.key.encode(into: encoder)
        pair.value.encode(into: encoder)
      }
    }
  }
}

/// Several results of one call.
public struct LuaResults: LuaResult {
  /// The results, in order.
  public var values: [any LuaResult]

  /// Makes the results of a call.
  public init(_ values: any LuaResult...) { self.values = values }
  /// Makes the results of a call from a list.
  public init(_ values: [any LuaResult]) { self.values = values }

  /// The type in Lua.
  public static var luaType: LuaType { .any }
  /// Writes the first value; several are given only as the results of a call.
  public func encode(into encoder: LuaEncoder) {
    (values.first ?? LuaValue.nil).encode(into: encoder)
  }
  /// Sets all values as the results.
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    guard let host = LuaHost.of(frame) else { return }
    let encoder = LuaEncoder(pointer: frame.pointee.host, host: host)
    for value in values { value.encode(into: encoder) }
    frame.pointee.result.kind = UInt8(CLUA_ENCODED)
    frame.pointee.result.type = UInt32(truncatingIfNeeded: values.count)
  }
}
