std = "lua54"
max_line_length = 100
read_globals = { "sun4v" }
