-- os.exit that closes the state: finalizers run, those of the newest objects first.
Kept = {} -- luacheck: ignore
for i = 1, 3 do
  Kept[i] = setmetatable({}, { __gc = function() print("collected", i) end }) -- luacheck: ignore
end
os.exit(true, true)
