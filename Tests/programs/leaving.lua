-- os.exit with a status, from inside pcall and a coroutine: finalizers do not run.
Kept = setmetatable({}, { __gc = function() print("collected") end }) -- luacheck: ignore
io.write("no end of line, and buffered")
coroutine.wrap(function() pcall(function() os.exit(37) end) end)()
print("never")
