public import CLua

/// Declares the functions and constants of one module.
public final class ModuleBuilder {
  private let registry: BindingRegistry
  private let index: Int

  init(registry: BindingRegistry, index: Int) {
    self.registry = registry
    self.index = index
  }

  /// Declares a function whose arguments C checks and decodes alone: the fast way.
  @inlinable @inline(__always)
  public func function<each Argument: LuaFastArgument, Result: LuaResult>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    returns results: [ResultDescription] = [], documentation: LuaDocumentation = .init(),
    body: @escaping (repeat each Argument) throws -> Result
  ) {
    var parameters = ParameterList()
    repeat parameters.addFast(each parameter)
    let results = ResultDescription.complete(results, Result.self)
    add(name, summary, parameters, results, Result.luaType.object, documentation) { frame in
      var cursor = ArgumentCursor(frame)
      do {
        try body(repeat (each Argument).load(cursor.take(), cursor.host)).write(to: frame)
        return Int32(truncatingIfNeeded: CLUA_OK)
      } catch {
        return fail(frame, error, in: name)
      }
    }
  }

  /// Declares a function without result whose arguments C checks and decodes alone.
  @inlinable @inline(__always)
  public func function<each Argument: LuaFastArgument>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    documentation: LuaDocumentation = .init(),
    body: @escaping (repeat each Argument) throws -> Void
  ) {
    var parameters = ParameterList()
    repeat parameters.addFast(each parameter)
    add(name, summary, parameters, [], nil, documentation) { frame in
      var cursor = ArgumentCursor(frame)
      do {
        try body(repeat (each Argument).load(cursor.take(), cursor.host))
        return Int32(truncatingIfNeeded: CLUA_OK)
      } catch {
        return fail(frame, error, in: name)
      }
    }
  }

  /// Declares a function with arguments of any kind.
  public func function<each Argument: LuaArgument, Result: LuaResult>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    returns results: [ResultDescription] = [], documentation: LuaDocumentation = .init(),
    body: @escaping (repeat each Argument) throws -> Result
  ) {
    var parameters = ParameterList()
    repeat parameters.add(each parameter)
    let results = ResultDescription.complete(results, Result.self)
    let plan = CallPlan(qualified(name), parameters)
    add(name, summary, parameters, results, Result.luaType.object, documentation) { frame in
      var cursor = ArgumentCursor(frame)
      do {
        try body(repeat cursor.convert((each Argument).self, plan)).write(to: frame)
        return Int32(CLUA_OK)
      } catch {
        return fail(frame, error, in: plan.function)
      }
    }
  }

  /// Declares a function without result, with arguments of any kind.
  public func function<each Argument: LuaArgument>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    documentation: LuaDocumentation = .init(),
    body: @escaping (repeat each Argument) throws -> Void
  ) {
    var parameters = ParameterList()
    repeat parameters.add(each parameter)
    let plan = CallPlan(qualified(name), parameters)
    add(name, summary, parameters, [], nil, documentation) { frame in
      var cursor = ArgumentCursor(frame)
      do {
        try body(repeat cursor.convert((each Argument).self, plan))
        return Int32(CLUA_OK)
      } catch {
        return fail(frame, error, in: plan.function)
      }
    }
  }

  /// Declares a function that is written in Lua, for what only Lua can do.
  ///
  /// `source` is a chunk that returns the function; it runs once, when a state is built, after
  /// everything else is declared. `chunk` is what stack traces call it.
  public func script<each Argument: LuaArgument>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    returns results: [ResultDescription] = [], documentation: LuaDocumentation = .init(),
    chunk: String, source: String
  ) {
    var parameters = ParameterList()
    repeat parameters.add(each parameter)
    registry.modules[index].functions.append(
      FunctionDeclaration(
        name: name, qualifiedName: qualified(name), summary: summary,
        parameters: parameters.descriptions, results: results, documentation: documentation))
    registry.bindings.scripts.append((registry.modules[index].name, name, chunk, source))
  }

  /// Declares a constant.
  public func constant(_ name: String, _ summary: String, _ value: LuaValue) {
    registry.modules[index].constants.append(
      ConstantDeclaration(
        name: name, qualifiedName: qualified(name), summary: summary, value: value))
  }

  /// Declares a module inside this one.
  public func module(
    _ name: String, _ summary: String, documentation: LuaDocumentation = .init(),
    declare: (ModuleBuilder) -> Void
  ) {
    registry.module(
      qualified(name), summary, documentation: documentation, declare: declare)
  }

  private func qualified(_ name: String) -> String {
    let module = registry.modules[index].name
    return module.isEmpty ? name : "\(module).\(name)"
  }

  @usableFromInline
  func add(
    _ name: String, _ summary: String, _ parameters: ParameterList,
    _ results: [ResultDescription], _ result: ObjectIdentifier?,
    _ documentation: LuaDocumentation, _ thunk: @escaping LuaThunk
  ) {
    let declaration = FunctionDeclaration(
      name: name, qualifiedName: qualified(name), summary: summary,
      parameters: parameters.descriptions, results: results, documentation: documentation)
    registry.modules[index].functions.append(declaration)
    registry.bindings.functions.append(
      (
        registry.modules[index].name,
        Binding(
          declaration, receiver: nil, receiverName: "", result: result, parts: parameters.parts,
          thunk: thunk)
      ))
  }
}
