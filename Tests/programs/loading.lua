-- load: chunks from text, functions and bytes; names, modes and environments.
print(load("return 1 + 1")())
print(load("syntax error here"))
print(load("return ...", "name", "t")(1, 2, 3))
local parts = { "return ", "'from", " parts'", nil }
local at = 0
print(load(function() at = at + 1 return parts[at] end)())
local env = { x = 42 }
print(load("y = x + 1 return x", "chunk", "t", env)(), env.y, rawget(_G, "y"))
print(pcall(load("error('inside')", "=(named)")))
print(pcall(load("error('inside')", "@file.lua")))
print(pcall(load("error('inside')", "some text\nof two lines")))
print(pcall(load("local a = nil; a()", "=call")))
print(load(string.dump(function() return 1 end), "binary", "t"))
print(load("return 1", "text", "b"))
print(pcall(load(function() return nil end)))
local up = 5
local function reader() return up end
debug.setupvalue(reader, 1, 6)
print(reader(), debug.getupvalue(reader, 1))
print(_VERSION, _G._G == _G, load("return _ENV")() == _G)
local function sandboxed()
  local _ENV = { tostring = tostring } -- luacheck: ignore
  value = "kept inside" -- luacheck: ignore
  return value, tostring(print) -- luacheck: ignore
end
print(sandboxed())
print(#load("return {" .. ("1,"):rep(1000) .. "}")())
print(load("local " .. ("a,"):rep(250) .. "a"))
