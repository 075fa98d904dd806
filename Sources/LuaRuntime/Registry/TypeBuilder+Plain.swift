public import CLua

/// Methods that make plain objects of the object they are called on.
///
/// The body gives the data alone. Whose it is C knows already, so nothing counts references to the owner,
/// which would take as long as a hundred instructions.
extension TypeBuilder where Object: LuaObject {
  /// Declares a method whose arguments C checks and decodes alone, and that makes a plain object of its
  /// object: the fast way.
  @inlinable @inline(__always)
  public func method<each Argument: LuaFastArgument, Made: LuaPlainObject>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    making type: Made.Type, _ result: String, _ description: String = "",
    documentation: LuaDocumentation = .init(),
    body: @escaping (Object, repeat each Argument) throws -> Made.Data
  ) where Made.Owner == Object {
    var parameters = ParameterList()
    repeat parameters.addFast(each parameter)
    addMethod(
      name, summary, parameters, [ResultDescription(result, Made.luaType, description)],
      Made.luaType.object, documentation
    ) { frame in
      Self.withReceiver(of: frame) { object in
        var cursor = ArgumentCursor(frame)
        do {
          let data = try body(object, repeat (each Argument).load(cursor.take(), cursor.host))
          Made.write(data, to: frame)
          return Int32(truncatingIfNeeded: CLUA_OK)
        } catch {
          return fail(frame, error, in: name)
        }
      }
    }
  }

  /// Declares a method with arguments of any kind that makes a plain object of its object.
  @inlinable @inline(__always)
  public func method<each Argument: LuaArgument, Made: LuaPlainObject>(
    _ name: String, _ summary: String, _ parameter: repeat Parameter<each Argument>,
    making type: Made.Type, _ result: String, _ description: String = "",
    documentation: LuaDocumentation = .init(),
    body: @escaping (Object, repeat each Argument) throws -> Made.Data
  ) where Made.Owner == Object {
    var parameters = ParameterList()
    repeat parameters.add(each parameter)
    let plan = CallPlan(qualified(name), parameters)
    addMethod(
      name, summary, parameters, [ResultDescription(result, Made.luaType, description)],
      Made.luaType.object, documentation
    ) { frame in
      Self.withReceiver(of: frame) { object in
        var cursor = ArgumentCursor(frame)
        do {
          let data = try body(object, repeat cursor.convert((each Argument).self, plan))
          Made.write(data, to: frame)
          return Int32(truncatingIfNeeded: CLUA_OK)
        } catch {
          return fail(frame, error, in: plan.function)
        }
      }
    }
  }
}
