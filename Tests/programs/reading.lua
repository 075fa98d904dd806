-- Standard input: numbers, lines, blocks and the end; arguments and the name of the script.
print(#arg, arg[1], arg[2], arg[3], (arg[0]:gsub("^.*/", "")), select("#", ...), ...)
print(arg[-1] ~= nil, arg[4])
print(io.read("n", "n"))
print(io.read("l"), io.read("L"))
local total = 0
for line in io.lines() do
  if line == "stop" then break end
  total = total + tonumber(line)
end
print(total)
print(io.read(5), io.read(0), #io.read("a"), io.read("a"), io.read("l"), io.read(0))
io.stderr:write("to standard error\n")
print(io.stdin ~= nil, io.type(io.stdin), io.stdin:close())
os.exit(#arg)
