-- Labels, continue, and leaving loops that are inside each other.
for i = 1, 10 do
  if i % 3 ~= 0 then goto continue end
  io.write(i, " ")
  ::continue::
end
print()

for a = 1, 20 do
  for b = a, 20 do
    for c = b, 20 do
      if a * a + b * b == c * c and a > 5 then
        print(a, b, c)
        goto found
      end
    end
  end
end
::found::

do
  local n = 0
  ::again::
  n = n + 1
  if n < 5 then goto again end
  print(n)
end

-- A machine of states, as a lexer has it.
local text, at, words = "one  two three", 1, {}
::between::
if at > #text then goto done end
if text:sub(at, at) == " " then at = at + 1 goto between end
do
  local start = at
  while at <= #text and text:sub(at, at) ~= " " do at = at + 1 end
  words[#words + 1] = text:sub(start, at - 1)
  goto between
end
::done::
print(table.concat(words, ","))
print(load("goto nowhere"))
print(load("do local x ::a:: ::a:: end"))
