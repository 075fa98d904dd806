-- Every metamethod, inheritance, proxies and weak tables.
local log = {}
local names = {
  "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__idiv", "__band", "__bor", "__bxor",
  "__shl", "__shr", "__concat",
}
local meta = { __name = "Thing" }
for _, name in ipairs(names) do
  meta[name] = function(a, b) return name .. type(a):sub(1, 1) .. type(b):sub(1, 1) end
end
meta.__unm = function() return "unm" end
meta.__bnot = function() return "bnot" end
meta.__len = function() return 42 end
meta.__call = function(_, ...) return "called", ... end
meta.__eq = function() log[#log + 1] = "eq" return true end
meta.__lt = function() return true end
meta.__le = function() return false end
meta.__tostring = function() return "a thing" end
meta.__index = function(_, key) return key .. "!" end
local a, b = setmetatable({}, meta), setmetatable({}, meta)
print(a + 1, 1 - a, a * b, a / 2, a % 2, a ^ 2, a // 2, a & 1, a | 1, a ~ 1, a << 1, a >> 1)
print(a .. "x", "x" .. a, -a, ~a, #a, a(1, 2), a == b, a ~= b, a < b, a <= b, a > b, a >= b)
print(tostring(a), a.field, rawget(a, "field"), rawequal(a, b), rawlen(a), #log)

local Animal = {}
Animal.__index = Animal
function Animal.new(name) return setmetatable({ name = name }, Animal) end
function Animal:speak() return self.name .. " makes a sound" end
local Dog = setmetatable({}, { __index = Animal })
Dog.__index = Dog
function Dog.new(name) return setmetatable(Animal.new(name), Dog) end
function Dog:speak() return Animal.speak(self) .. ": woof" end
print(Dog.new("Rex"):speak(), getmetatable(Dog.new("x")) == Dog)

local function readonly(t)
  return setmetatable({}, {
    __index = t, __newindex = function(_, key) error("no writing to " .. key, 2) end,
    __pairs = function() return next, t, nil end, __metatable = "locked",
    __len = function() return #t end,
  })
end
local fixed = readonly { 10, 20, 30 }
print(#fixed, fixed[2], getmetatable(fixed), pcall(setmetatable, fixed, {}))
print(pcall(function() fixed.x = 1 end))
for key, value in pairs(fixed) do io.write(key, "=", value, " ") end
print()

local weak = setmetatable({}, { __mode = "k" })
weak[{}] = 1
local kept = {}
weak[kept] = 2
collectgarbage()
local count = 0
for _ in pairs(weak) do count = count + 1 end
print(count)

print(pcall(function() return {} + 1 end))
print(pcall(function() return {} < {} end))
print(pcall(function() return #nil end))
local endless = setmetatable({}, { __index = function(t, k) return t[k + 1] end })
print(pcall(function() return endless[1] end) == false)
