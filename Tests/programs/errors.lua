-- Error objects of every type, levels, handlers, nesting.
for _, object in ipairs { "text", 42, 1.5, true, false } do
  print(pcall(error, object))
end
print(pcall(error))
print(pcall(error, nil))
local object = setmetatable({ code = 7 }, { __tostring = function() return "custom" end })
local ok, caught = pcall(error, object)
print(ok, caught == object, caught.code, tostring(caught))
print(select(2, pcall(error, print)) == print)

local function where(level) error("here", level) end
print(pcall(where, 0))
print((select(2, pcall(where, 1)):gsub("^.*/", "")))
print((select(2, pcall(function() where(2) end)):gsub("^.*/", "")))
print((select(2, pcall(function() local t = nil; return t.field end)):gsub("^.*/", "")))
print((select(2, pcall(function() return undefined_name() end)):gsub("^.*/", ""))) -- luacheck: ignore
local empty = {} -- luacheck: ignore
print((select(2, pcall(function() empty.b.c = 1 end)):gsub("^.*/", ""))) -- luacheck: ignore
print((select(2, pcall(function() return ("x") .. {} end)):gsub("^.*/", "")))

print(xpcall(function() error("deep", 0) end, function(m) return "handled " .. m end))
print(xpcall(function(...) return select("#", ...), ... end, print, 1, nil, 3))
print(xpcall(error, function(m) return m .. "!" end, "again"))
print(select("#", pcall(function() return nil, nil end)))
print(pcall(pcall))
print(pcall(pcall, error, "inner"))
print(pcall(assert, false), pcall(assert, nil, "why"), pcall(assert, false, { 1 }) == false)
print(assert(1, 2, 3))
print(pcall(assert))
-- An error in the handler itself.
print(xpcall(error, function() error("again") end, "first") == false)
local function forever() return forever() + 1 end
local good, message = pcall(forever)
print(good, message:match("stack overflow"))
print(pcall(string.rep, "x", -1, {}))
print(select(2, pcall(setmetatable, 1, {})), select(2, pcall(ipairs)))
print(select(2, pcall(tonumber, 1, 99)))
