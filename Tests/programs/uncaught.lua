-- An error that nothing catches: the message and status of a program that fails.
print("before")
local function fails(value)
  if value > 2 then error("value " .. value .. " is too large") end
  return fails(value + 1) + 0
end
local guard <close> = setmetatable({}, { __close = function() print("closed") end })
print(guard ~= nil)
fails(1)
print("never")
