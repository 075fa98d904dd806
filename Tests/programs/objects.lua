-- An uncaught error that is an object with a text of its own.
io.stdout:setvbuf("full")
print("buffered output comes too")
error(setmetatable({}, { __tostring = function() return "an object with a text" end }))
