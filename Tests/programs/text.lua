-- UTF-8: lengths, offsets, code points, bytes that are no text.
local text = "naïve €uro 𝄞"
print(#text, utf8.len(text), utf8.char(72, 228, 8364, 119070))
print(utf8.charpattern == "[\0-\x7F\xC2-\xFD][\x80-\xBF]*")
for position, code in utf8.codes("aé€𝄞") do io.write(position, ":", code, " ") end
print()
for char in text:gmatch(utf8.charpattern) do io.write("<", char, ">") end
print()
print(utf8.codepoint("€uro", 1), utf8.codepoint("abc", 1, -1))
print(utf8.offset(text, 4), utf8.offset(text, -1))
print(utf8.len("\xff"), utf8.len("ab\x80c"), utf8.len("abc", 2), utf8.len("", 1), utf8.len("€", 2))
print(pcall(utf8.codepoint, "\xff"))
print(pcall(utf8.len, "abc", 10))
print(pcall(function() for _ in utf8.codes("a\xffb") do end end))
print(utf8.len("\u{7FFFFFFF}", 1, -1, true), utf8.len("\u{D800}"))
print(utf8.char(), #utf8.char(0x7FFFFFFF))
print("bytes \xfe\xff and \0 zero", ("\xe2\x82"):len())
local reversed = {}
for _, code in utf8.codes("añb") do table.insert(reversed, 1, utf8.char(code)) end
print(table.concat(reversed))
io.write("no end of line at the end")
