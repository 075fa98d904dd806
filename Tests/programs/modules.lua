-- Modules: written to a file, found on the path, loaded once, preloaded, or missing.
local function write(name, text)
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
end
write("greeter.lua", [[
  local name, file = ...
  local M = { name = name, file = file, loads = (LOADS or 0) + 1 }
  LOADS = M.loads
  function M.greet(who) return "hello " .. who end
  return M
]])
write("silent.lua", "SILENT = true")
write("broken.lua", "return = 1")
write("raises.lua", "error('while loading')")
package.path = "./?.lua"
local greeter = require("greeter")
print(greeter.greet("world"), greeter.name, greeter.file, require("greeter") == greeter, _G.LOADS)
print(require("silent"), _G.SILENT, package.loaded.silent)
package.loaded.greeter = nil
print(require("greeter").loads)
print(pcall(require, "broken"))
print((select(2, pcall(require, "raises")):gsub("\n.*", "")))
package.cpath = "./?.so"
print(pcall(require, "missing.module"))
package.preload.virtual = function(...) return { arguments = table.concat({ ... }, " ") } end
print(require("virtual").arguments)
print(package.searchpath("greeter", package.path), package.searchpath("a.b", "./?.x;./?/y"))
print(#package.searchers, package.config:sub(1, 1), select(2, require("greeter")))
print(dofile("silent.lua"), loadfile("broken.lua"))
print(pcall(dofile, "nowhere.lua"))
