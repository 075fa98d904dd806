-- The table library, varargs, multiple assignment and the order of evaluation.
local t = { 5, 2, 8, 1, 9 }
table.sort(t)
print(table.concat(t, " "))
table.sort(t, function(a, b) return a > b end)
print(table.concat(t, " "), table.concat(t, "-", 2, 4))
print(table.concat({}, "x"), table.concat({ 1 }, "x"))
print(pcall(table.sort, { 3, 1, "x" }))
print(pcall(table.concat, { 1, {}, 3 }))
table.insert(t, 7)
table.insert(t, 1, 0)
print(table.remove(t), table.remove(t, 1), table.remove({}), #t, pcall(table.insert, t, 99, 1))
print(table.unpack(table.move({ 1, 2, 3 }, 1, 3, 2)))
print(table.unpack(table.move({ 1, 2, 3 }, 2, 3, 1, { 9, 9, 9 })))
print(table.unpack({ 1, 2, nil, 4 }, 1, 4))
local packed = table.pack(nil, 2, nil)
print(packed.n, packed[1], packed[2], select("#", table.unpack(packed, 1, packed.n)))
print(select(-1, "a", "b"), select(2, "a", "b", "c"), pcall(select, 0))
local function count(...) return select("#", ...), ... end
print(count(), (count(1, 2)), count(nil), ({ count(1, 2), count(1, 2) })[4])
local a, b, c = (function() return 1, 2, 3 end)(), 10 -- luacheck: ignore
print(a, b, c)
local i = 1
local list = {}
i, list[i] = i + 1, 20
print(i, list[1], list[2])
local words = {}
for word in ("the quick brown fox jumps over the lazy dog the end"):gmatch("%a+") do
  words[word] = (words[word] or 0) + 1
end
local keys = {}
for word in pairs(words) do keys[#keys + 1] = word end
table.sort(keys, function(x, y)
  if words[x] ~= words[y] then return words[x] > words[y] end
  return x < y
end)
for n = 1, 3 do print(keys[n], words[keys[n]]) end
print(next({}), next({ 10 }), rawlen({ 1, 2, 3 }), #"text", type(next), pcall(next, {}, "absent"))
print(pcall(function() t[nil] = 1 end))
print(pcall(function() t[0 / 0] = 1 end))
print(#{ n = 1 }, #{ 1, 2, nil }, ({ [1.0] = "one" })[1], ({ [2^53] = "big" })[1 << 53])
local big = {}
for n = 1, 300 do big[n] = n end
print(select("#", table.unpack(big)), pcall(table.unpack, {}, 1, 1e8))
