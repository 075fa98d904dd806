public import CLua

/// Declares the properties and methods of one type of objects.
///
///     registry.type(Grant.self, "A range of addresses given to a guest") { t in
///       t.property("dva", "Where it begins", type: .address) { $0.dva }
///       t.method("release", "Gives it back") { grant in try grant.release() }
///     }
public final class TypeBuilder<Object: LuaBound> {
  private let registry: BindingRegistry
  private let index: Int

  init(registry: BindingRegistry, index: Int) {
    self.registry = registry
    self.index = index
  }

  /// Declares a property that scripts read as `object.name`.
  public func property<Value: LuaResult>(
    _ name: String, _ summary: String, type: LuaType? = nil, unit: String? = nil,
    documentation: LuaDocumentation = .init(), get: @escaping (Object) throws -> Value
  ) {
    addProperty(
      name, summary, type ?? Value.luaType, unit, isWritable: false, documentation)
    addGetter(name, get)
  }

  /// Declares a property that scripts read and set.
  public func property<Value: LuaResult & LuaArgument>(
    _ name: String, _ summary: String, type: LuaType? = nil, unit: String? = nil,
    documentation: LuaDocumentation = .init(), get: @escaping (Object) throws -> Value,
    set: @escaping (Object, Value) throws -> Void
  ) {
    addProperty(name, summary, type ?? Value.luaType, unit, isWritable: true, documentation)
    addGetter(name, get)
    let parameter = Parameter<Value>(name, summary, type: type, unit: unit)
    let declaration = declare(name, summary, [parameter.description], [], documentation)
    var parameters = ParameterList()
    parameters.add(parameter)
    let plan = CallPlan(declaration.qualifiedName, parameters)
    add(declaration, role: CLUA_SETTER, name: name, parts: parameters.parts) { frame in
      Self.withReceiver(of: frame) { object in
        var cursor = ArgumentCursor(frame)
        do {
          try set(object, cursor.convert(Value.self, plan))
          return Int32(CLUA_OK)
        } catch {
          return fail(frame, error, in: plan.function)
        }
      }
    }
  }

  /// Declares a method whose arguments C checks and decodes alone: the fast way.
  @inlinable @inline(__always)
  public func method<each Argument: LuaFastArgument, Result: LuaResult>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    returns results: [ResultDescription] = [], documentation: LuaDocumentation = .init(),
    body: @escaping (Object, repeat each Argument) throws -> Result
  ) {
    var parameters = ParameterList()
    repeat parameters.addFast(each parameter)
    let results = ResultDescription.complete(results, Result.self)
    addMethod(
      name, summary, parameters, results, Result.luaType.object, documentation
    ) { frame in
      Self.withReceiver(of: frame) { object in
        var cursor = ArgumentCursor(frame)
        do {
          try body(object, repeat (each Argument).load(cursor.take(), cursor.host))
            .write(to: frame)
          return Int32(truncatingIfNeeded: CLUA_OK)
        } catch {
          return fail(frame, error, in: name)
        }
      }
    }
  }

  /// Declares a method without result whose arguments C checks and decodes alone: the fast way.
  @inlinable @inline(__always)
  public func method<each Argument: LuaFastArgument>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    documentation: LuaDocumentation = .init(),
    body: @escaping (Object, repeat each Argument) throws -> Void
  ) {
    var parameters = ParameterList()
    repeat parameters.addFast(each parameter)
    addMethod(name, summary, parameters, [], nil, documentation) { frame in
      Self.withReceiver(of: frame) { object in
        var cursor = ArgumentCursor(frame)
        do {
          try body(object, repeat (each Argument).load(cursor.take(), cursor.host))
          return Int32(truncatingIfNeeded: CLUA_OK)
        } catch {
          return fail(frame, error, in: name)
        }
      }
    }
  }

  /// Declares a method with arguments of any kind: options, lists, words, types of one's own.
  @inlinable @inline(__always)
  public func method<each Argument: LuaArgument, Result: LuaResult>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    returns results: [ResultDescription] = [], documentation: LuaDocumentation = .init(),
    body: @escaping (Object, repeat each Argument) throws -> Result
  ) {
    var parameters = ParameterList()
    repeat parameters.add(each parameter)
    let results = ResultDescription.complete(results, Result.self)
    let plan = CallPlan(qualified(name), parameters)
    addMethod(
      name, summary, parameters, results, Result.luaType.object, documentation
    ) { frame in
      Self.withReceiver(of: frame) { object in
        var cursor = ArgumentCursor(frame)
        do {
          try body(object, repeat cursor.convert((each Argument).self, plan)).write(to: frame)
          return Int32(CLUA_OK)
        } catch {
          return fail(frame, error, in: plan.function)
        }
      }
    }
  }

  /// Declares a method without result, with arguments of any kind.
  @inlinable @inline(__always)
  public func method<each Argument: LuaArgument>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    documentation: LuaDocumentation = .init(),
    body: @escaping (Object, repeat each Argument) throws -> Void
  ) {
    var parameters = ParameterList()
    repeat parameters.add(each parameter)
    let plan = CallPlan(qualified(name), parameters)
    addMethod(name, summary, parameters, [], nil, documentation) { frame in
      Self.withReceiver(of: frame) { object in
        var cursor = ArgumentCursor(frame)
        do {
          try body(object, repeat cursor.convert((each Argument).self, plan))
          return Int32(CLUA_OK)
        } catch {
          return fail(frame, error, in: plan.function)
        }
      }
    }
  }

  /// What `tostring(object)` gives: one line, the name of the type unless declared.
  public func text(_ body: @escaping (Object) throws -> String) {
    addMetamethod("__tostring", body)
  }

  /// What `#object` gives.
  public func length(_ body: @escaping (Object) throws -> Int) {
    registry.types[index].hasLength = true
    addMetamethod("__len", body)
  }

  /// What happens when a variable `local x <close> = object` goes out of scope.
  public func close(_ body: @escaping (Object) throws -> Void) {
    registry.types[index].isClosable = true
    addMetamethod("__close") { object in
      try body(object)
      return LuaValue.nil
    }
  }

  /// What `object(...)` does.
  public func call<each Argument: LuaArgument, Result: LuaResult>(
    _ summary: String, _ parameter: repeat Parameter<each Argument>,
    returns results: [ResultDescription] = [], documentation: LuaDocumentation = .init(),
    body: @escaping (Object, repeat each Argument) throws -> Result
  ) {
    var parameters = ParameterList()
    repeat parameters.add(each parameter)
    let results = ResultDescription.complete(results, Result.self)
    let name = registry.types[index].name
    let declaration = FunctionDeclaration(
      name: name, qualifiedName: name, summary: summary, parameters: parameters.descriptions,
      results: results, documentation: documentation)
    registry.types[index].call = declaration
    let plan = CallPlan(name, parameters)
    add(
      declaration, role: CLUA_METAMETHOD, name: "__call", parts: parameters.parts,
      result: Result.luaType.object
    ) { frame in
      Self.withReceiver(of: frame) { object in
        var cursor = ArgumentCursor(frame)
        do {
          try body(object, repeat cursor.convert((each Argument).self, plan)).write(to: frame)
          return Int32(CLUA_OK)
        } catch {
          return fail(frame, error, in: plan.function)
        }
      }
    }
  }

  // MARK: Parts

  /// The object of a call; C keeps it alive until the call is over.
  @inlinable @inline(__always)
  static func withReceiver(
    of frame: UnsafeMutablePointer<clua_frame>, _ body: (Object) -> Int32
  ) -> Int32 {
    guard let receiver = frame.pointee.receiver else {
      return Int32(truncatingIfNeeded: CLUA_OK)
    }
    return Object.borrow(at: receiver, body)
  }

  @usableFromInline
  func qualified(_ name: String) -> String { "\(registry.types[index].name):\(name)" }

  @usableFromInline
  func addMethod(
    _ name: String, _ summary: String, _ parameters: ParameterList,
    _ results: [ResultDescription], _ result: ObjectIdentifier?,
    _ documentation: LuaDocumentation, _ thunk: @escaping LuaThunk
  ) {
    let declaration = FunctionDeclaration(
      name: name, qualifiedName: qualified(name), summary: summary,
      parameters: parameters.descriptions, results: results, documentation: documentation)
    registry.types[index].methods.append(declaration)
    add(
      declaration, role: CLUA_METHOD, name: name, parts: parameters.parts, result: result,
      thunk: thunk)
  }

  private func declare(
    _ name: String, _ summary: String, _ parameters: [ParameterDescription],
    _ results: [ResultDescription], _ documentation: LuaDocumentation
  ) -> FunctionDeclaration {
    FunctionDeclaration(
      name: name, qualifiedName: "\(registry.types[index].name).\(name)", summary: summary,
      parameters: parameters, results: results, documentation: documentation)
  }

  private func addProperty(
    _ name: String, _ summary: String, _ type: LuaType, _ unit: String?, isWritable: Bool,
    _ documentation: LuaDocumentation
  ) {
    registry.types[index].properties.append(
      PropertyDeclaration(
        name: name, qualifiedName: "\(registry.types[index].name).\(name)", summary: summary,
        type: type, unit: unit, isWritable: isWritable, documentation: documentation))
  }

  private func addGetter<Value: LuaResult>(
    _ name: String, _ get: @escaping (Object) throws -> Value
  ) {
    let declaration = declare(name, "", [], [], .init())
    addReading(declaration, role: CLUA_GETTER, name: name, get)
  }

  private func addMetamethod<Value: LuaResult>(
    _ name: String, _ body: @escaping (Object) throws -> Value
  ) {
    let declaration = declare(name, "", [], [], .init())
    addReading(declaration, role: CLUA_METAMETHOD, name: name, body)
  }

  private func addReading<Value: LuaResult>(
    _ declaration: FunctionDeclaration, role: Int, name: String,
    _ body: @escaping (Object) throws -> Value
  ) {
    let qualifiedName = declaration.qualifiedName
    add(declaration, role: role, name: name, parts: [], result: Value.luaType.object) { frame in
      Self.withReceiver(of: frame) { object in
        do {
          try body(object).write(to: frame)
          return Int32(CLUA_OK)
        } catch {
          return fail(frame, error, in: qualifiedName)
        }
      }
    }
  }

  private func add(
    _ declaration: FunctionDeclaration, role: Int, name: String, parts: [LuaPart],
    result: ObjectIdentifier? = nil, thunk: @escaping LuaThunk
  ) {
    let binding = Binding(
      declaration, receiver: ObjectIdentifier(Object.self), receiverName: Object.luaName,
      result: result, parts: parts, thunk: thunk)
    registry.bindings.members.append(
      .init(type: index, role: role, name: name, binding: binding))
  }
}

/// The parameters of a declaration without their Swift types.
@usableFromInline
struct ParameterList {
  private(set) var parts: [LuaPart] = []
  private(set) var readers: [AnyObject] = []

  var descriptions: [ParameterDescription] { parts.map(\.description) }

  @usableFromInline
  init() {}

  @usableFromInline
  mutating func add<Value>(_ parameter: Parameter<Value>) {
    parts.append(parameter.part)
    readers.append(ParameterReader(parameter))
  }

  @usableFromInline
  mutating func addFast<Value: LuaFastArgument>(_ parameter: Parameter<Value>) {
    var part = parameter.part
    part.fallback = parameter.fallback?.luaFallback
    parts.append(part)
  }
}

extension ResultDescription {
  /// The description that a Swift result type gives by itself.
  @usableFromInline
  static func of<Result: LuaResult>(_ type: Result.Type) -> ResultDescription {
    ResultDescription(Result.luaType.name, Result.luaType)
  }

  /// The declared results, or what the Swift type gives by itself; a result declared as anything is
  /// an object, or a list of objects, where the Swift type says so.
  @usableFromInline
  static func complete<Result: LuaResult>(
    _ declared: [ResultDescription], _ type: Result.Type
  ) -> [ResultDescription] {
    guard let first = declared.first else { return [of(type)] }
    let known = Result.luaType
    guard declared.count == 1, first.type == .any, known.object != nil || known.element != nil
    else { return declared }
    return [ResultDescription(first.name, known, unit: first.unit, first.summary)]
  }
}
