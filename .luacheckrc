std = "lua54"
read_globals = { "sun4v" }
max_line_length = 100
read_globals = { "sun4v" }
