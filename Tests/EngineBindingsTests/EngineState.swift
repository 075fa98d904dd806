import EngineBindings
import Foundation
import LuaRuntime
import TestSupport

/// A Lua state with the engine's bindings, as scripts get it.
func makeEngineState() throws -> LuaState {
  let registry = BindingRegistry()
  EngineBindings.register(in: registry, EngineBindings.Environment(seed: 7))
  return try LuaState(registry: registry)
}

/// Runs a chunk and returns its results as text.
@discardableResult
func run(_ chunk: String) throws -> [String] {
  let state = try makeEngineState()
  return try state.run(chunk, name: "=test").map { state.guardedText($0) }
}

/// The beginning of chunks that need a booted machine with two guests and two functions.
let provision = """
  local m = sun4v.machine { seed = 42 }
  local primary = m:domain("primary")
  local bus = primary:add_root_complex { name = "pci@400", window = { size = "64M" } }
  local net0 = bus:add_function { bdf = "01:00.0", name = "net0" }
  local net1 = bus:add_function { bdf = "02:00.0", name = "net1" }
  local ldg1 = m:add_domain { name = "ldg1", memory = "64M", quota = "8M" }
  local ldg2 = m:add_domain { name = "ldg2", memory = "64M" }
  m:boot()

  """
