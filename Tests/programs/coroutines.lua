-- Generators, producers and consumers, errors and closing of coroutines.
local function range(from, to)
  return coroutine.wrap(function() for i = from, to do coroutine.yield(i) end end)
end
local sum = 0
for i in range(1, 100) do sum = sum + i end
print(sum)

local function permutations(list)
  local function go(n)
    if n == 0 then coroutine.yield(table.concat(list, " ")) end
    for i = 1, n do
      list[i], list[n] = list[n], list[i]
      go(n - 1)
      list[i], list[n] = list[n], list[i]
    end
  end
  return coroutine.wrap(function() go(#list) end)
end
for line in permutations { "a", "b", "c" } do print(line) end

local co = coroutine.create(function(a, b)
  print("started", a, b, coroutine.isyieldable(), select("#", coroutine.running()))
  local c = coroutine.yield(a + b)
  local d, e = coroutine.yield(c * 2)
  error({ sum = d + e })
end)
print(coroutine.resume(co, 1, 2))
print(coroutine.status(co), coroutine.resume(co, 10))
local ok, problem = coroutine.resume(co, 3, 4)
print(ok, type(problem), problem.sum, coroutine.status(co))
print(coroutine.resume(co))
print(pcall(coroutine.wrap(function() error("in wrap", 0) end)))

-- Yields go through pcall, metamethods, sort and iterators.
local t = setmetatable({}, { __add = function(_, n) return coroutine.yield(n) end })
local through = coroutine.wrap(function()
  local good, value = pcall(function() return t + 5 end)
  return good, value
end)
print(through())
print(through("answer"))

local closing = coroutine.create(function()
  local guard <close> = setmetatable({}, { __close = function() print("closed") end })
  coroutine.yield(guard ~= nil)
end)
print(coroutine.resume(closing))
print(coroutine.close(closing), coroutine.status(closing))
print(coroutine.isyieldable(), coroutine.running() ~= nil)
