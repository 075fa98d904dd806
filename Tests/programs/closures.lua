-- Closures share and keep what they captured.
local function counter()
  local n = 0
  return {
    up = function(by) n = n + (by or 1) return n end,
    get = function() return n end,
  }
end
local a, b = counter(), counter()
a.up() a.up(5) b.up(-1)
print(a.get(), b.get())

local made = {}
for i = 1, 4 do
  local square = i * i
  made[i] = function() square = square + 1 return i, square end
end
for i = #made, 1, -1 do print(made[i](), (select(2, made[i]()))) end

local function compose(first, ...)
  local rest = { ... }
  return function(...)
    local value = first(...)
    for _, f in ipairs(rest) do value = f(value) end
    return value
  end
end
print(compose(math.max, function(x) return x * 2 end, tostring)(3, 9, 4))

local function fix(f)
  return (function(x) return x(x) end)(function(x)
    return f(function(...) return x(x)(...) end)
  end)
end
print(fix(function(self) return function(n) return n < 2 and 1 or n * self(n - 1) end end)(20))
