-- Integers and floats: division, remainders, wrapping, conversion, comparison.
for _, pair in ipairs { { 7, 3 }, { -7, 3 }, { 7, -3 }, { -7, -3 }, { 7.5, 2 }, { -7.5, 2 } } do
  local x, y = pair[1], pair[2]
  print(x // y, x % y, x / y, math.fmod(x, y), math.type(x // y))
end
print(pcall(function() return 1 // 0 end))
print(pcall(function() return 1 % 0 end))
print(1 // 0.0, -1 // 0.0, 0.0 / 0.0 ~= 0.0 / 0.0, 1 % math.huge, -1 % math.huge)
print(math.maxinteger + 1 == math.mininteger, math.mininteger // -1, math.mininteger % -1)
print(math.maxinteger * 2, math.maxinteger + 0.0, math.maxinteger + 0.0 == math.maxinteger)
print(1 == 1.0, math.type(1), math.type(1.0), math.type("1"), 2^31 | 0)
print(pcall(function() return 1.5 | 0 end))
print("10" // 3, "10" * "2", pcall(function() return "a" + 1 end))
print(1 << 63, 1 << 64, 1 >> -1, -1 >> 1, 5 & 3, 5 | 3, 5 ~ 3, ~5)
print(tonumber("0x7fp-1"), tonumber("  12  "), tonumber("1e1"), tonumber("12a"), tonumber("z", 36))
print(tonumber("0xffffffffffffffffff"), tonumber("9223372036854775808"), tonumber("8", 8))
print(math.tointeger(3.0), math.tointeger(3.5), math.tointeger("8"))
print(math.floor(-3.5), math.ceil(-3.5))
print(math.ult(1, -1), math.abs(math.mininteger), math.max(1, 2.5), math.min(3), pcall(math.max))
print(3 | 0.0 == 3, 1e308 * 10, -1e308 * 10, 5 // 0.3, 2^0.5 == math.sqrt(2), 100000000000000)
print(0.1 + 0.2, 1e15, 1e16, 123456789012345678, 0x7fffffffffffffff, 3.0, -0.0, 1 / 3)
for i = 3, 1, -1 do io.write(i, " ") end
for x = 1.0, 2, 0.5 do io.write(x, " ") end
for i = math.maxinteger - 1, math.maxinteger do io.write(i, " ") end
print(pcall(function() for _ = 1, 10, 0 do end end))
print(1 < 1.5, 2^53 == 2^53 + 1, math.maxinteger < math.huge, pcall(function() return 1 < "2" end))
print(string.format("%d", 3.0), #tostring(math.pi), math.pi)
