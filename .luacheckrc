stds.dvmash = dofile("lua/dvmash_std.lua")
std = "lua54+dvmash"
max_line_length = 100
files["**/*_spec.lua"] = { std = "+busted" }
-- Definitions for editors: functions without bodies.
exclude_files = { "lua/meta" }
