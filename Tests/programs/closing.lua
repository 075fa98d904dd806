-- To-be-closed variables, constants, finalizers and the order in which they run.
collectgarbage("stop")
local function guard(name)
  return setmetatable({}, {
    __close = function(_, problem) print("close", name, problem) end,
    __gc = function() print("collect", name) end,
  })
end
do
  local a <close> = guard("a")
  local b <close> = guard("b")
  print("body", a ~= b)
end
print(pcall(function()
  local c <close> = guard("c")
  error("failed with " .. type(c), 0)
end))
local function early()
  local d <close> = guard("d")
  for i = 1, 3 do
    local e <close> = guard("e" .. i)
    if i == 2 then return "left", d ~= e end
  end
end
print(early())
for i = 1, 2 do
  local f <close> = guard("f" .. i)
  if f then goto next end
  ::next::
end
print(pcall(function() local bad <close> = {} return bad end))
print(pcall(function()
  local g <close> = setmetatable({}, { __close = function() error("in close", 0) end })
  error("first " .. type(g), 0)
end))
local nothing <close> = nil
local no <close> = false
print(nothing, no, load("local x <const> = 1; x = 2"))
for word in (function()
  local function step(_, last) if not last then return "only" end end
  return step, nil, nil, guard("iterator")
end)() do print(word) end
collectgarbage()
collectgarbage()
local last = guard("at the end") -- luacheck: ignore
local final <close> = guard("when the chunk ends")
print("leaving", final ~= nil)
