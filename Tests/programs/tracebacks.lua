-- Tracebacks and what debug knows of functions, in names that do not depend on the folder.
local function plain(text) return (text:gsub("[^%s'<]*/", "")) end
local function third() return debug.traceback("message", 1) end
local function second() local text = third() return text end
function First() local text = second() return text end -- luacheck: ignore
local trace = plain(First()) -- luacheck: ignore
print(trace:match("^(.-)\n%s*%[C%]: in %?") or trace)
print(debug.traceback("only text", 100))
print(debug.traceback(42), debug.traceback(nil), debug.traceback(print) == print)
local info = debug.getinfo(second, "nSlu")
print(info.what, info.linedefined, info.lastlinedefined, info.nparams, info.isvararg, info.nups)
print(plain(info.short_src), info.source:sub(1, 1), debug.getinfo(print).what, debug.getinfo(99))
local here = debug.getinfo(1, "lS")
print(here.currentline, here.what)
local function locals(a, b)
  local c = a + b
  local names = {}
  for i = 1, 10 do
    local name, value = debug.getlocal(1, i)
    if not name or name:sub(1, 1) == "(" then break end
    if name == "a" or name == "b" or name == "c" then names[#names + 1] = name .. "=" .. value end
  end
  return table.concat(names, " "), c
end
print(locals(2, 3))
local co = coroutine.create(function() local x = "kept" coroutine.yield(x) end)
coroutine.resume(co)
print(plain(debug.traceback(co)))
print(plain(debug.traceback(co, "with message")), debug.getlocal(co, 1, 1))
local lines = {}
debug.sethook(function(_, line) lines[#lines + 1] = line end, "l")
local x = 1
x = x + 1
debug.sethook()
print(#lines, lines[2] - lines[1], x, debug.gethook())
local traced = select(2, xpcall(function() error("traced") end, debug.traceback))
print(plain(traced):match("^[^\n]+\n[^\n]+"))
print(debug.getmetatable("").__index == string, debug.getregistry() ~= nil)
