"""The prompt's rules: what is Lua, what is a command, what is whole, and what stops."""

import pytest


@pytest.mark.parametrize(
    "line, shown",
    [
        (".5", ["0.5"]),
        ("-1 + 0", ["-1  -- 0xffffffffffffffff"]),
        ("#'abc'", ["3"]),
        ("::label::", ["dvmash> ::label::"]),
        ("~0 >> 63", ["1"]),
        ("(42)", ["42"]),
        ("nil, nil", ["nil", "nil"]),
        ("return 5", ["5"]),
    ],
)
def test_every_line_of_lua_is_lua(shell, line, shown):
    shell.run(line, *shown)


@pytest.mark.parametrize(
    "lines",
    [['x = "abc\\', 'def"'], ['x = "abc\\z', 'def"'], ["x = [==[", "]==]"], ["--[[", "]] x = 1"],
     ["if x then", "else", "end"], ["f = function(a,", "b) end"], ["x = 1 +", "2"], ["goto a", "::a::"],
     ["repeat", "until true"], ["x = {", "a = 1,", "}"]],
)
def test_what_is_not_whole_asks_for_more(shell, lines):
    if lines[0] == "goto a":
        shell.run("do goto a", prompt="     >>")
        shell.run("::a:: end")
        return
    for line in lines[:-1]:
        shell.run(line, prompt="     >>")
    shell.run(lines[-1])
    assert "stdin:" not in shell.text()


def test_prompts_that_fail_are_the_usual_ones(shell):
    shell.run("_PROMPT = function() error('no') end")
    shell.run("6 * 7", "42")


@pytest.mark.parametrize("text", ["x", "x\\n", "\\27[1m", "\\1"])
def test_prompts_too_long_for_a_prompt_are_the_usual_ones(shell, text):
    shell.run(f"_PROMPT = ('{text}'):rep(1e6)")
    shell.run("6 * 7", "42")


def test_help_about_functions_of_scripts(shell):
    shell.run("function twice(x) return 2 * x end")
    shell.run("twice??", "twice is a Lua function, stdin:1, parameters: 1")
    shell.run("twice?", "twice is a Lua function, stdin:1, parameters: 1")
    shell.run("\\h twice", "twice is a Lua function, stdin:1, parameters: 1")
    shell.run("\\? nothing_like_it")
    assert "\\apropos WORD searches" in shell.text()


def test_every_command_has_help_and_a_twin(shell):
    for name in ("help", "apropos", "tutorial", "ls", "show", "set", "timing", "timeit", "trace", "watch",
                 "load", "save", "o", "edit", "hist", "reset", "stats", "!", "quit"):
        shell.run(f"\\help \\{name}")
        lines = shell.lines()
        twin = lines[lines.index("In Lua:", len(lines) - 6) + 1].strip()
        shell.run(f"type({twin})", '"function"')


def test_show_appends(shell, tmp_path):
    shell.run("\\show { a = 1 } > out")
    shell.run("\\show { b = 2 } >> out")
    text = (tmp_path / "out").read_text()
    assert "a" in text.split() and "b" in text.split()
    shell.run("\\show { a = 1 } >", "nothing follows the '>'")


def test_timeit_tells_minimum_and_median(shell):
    shell.run("\\timeit 1 + 1")
    assert shell.lines()[-4].split() == ["runs", "min", "median", "max", "CPU", "in", "all"]


def test_loading_by_the_short_name(shell, tmp_path):
    (tmp_path / "chunk.lua").write_text("loaded = 'yes'")
    shell.run("\\i chunk.lua")
    shell.run("loaded", '"yes"')
    shell.run("loaded = nil shell.load('chunk.lua')")
    shell.run("loaded", '"yes"')
    shell.run("\\i nowhere.lua")
    assert "nowhere.lua" in shell.lines()[-2]


def test_the_system(shell):
    shell.run("\\! echo out", "out")
    shell.run("shell.system('exit 3')", "3")


def test_history_by_pattern(shell):
    shell.run("needle = 1")
    shell.run("other = 2")
    shell.run("\\hist needle")
    assert shell.lines()[-3].endswith("needle = 1") or shell.lines()[-2].endswith("\\hist needle")
    assert not any("other" in line for line in shell.lines()[4:])


def test_editing_a_block(open_shell, term):
    shell = open_shell("-q", term=term, extra={"EDITOR": "sed -i s/1/5/"})
    shell.run("x = 1 +", prompt="     >>")
    shell.send("\\e\r")
    shell.wait_for_end("     >> \\e", "x = 5 +", "     >>")
    shell.run("2")
    shell.run("x", "7")


def test_pasted_commands_are_lines(open_shell):
    shell = open_shell("-q")
    shell.send("\x1b[200~\\set int hex\r\\set format\rx = 255\rreturn x\x1b[201~\r")
    shell.wait_for_end("return x", "format = lua", "0x00000000000000ff", "dvmash>")


def test_commands_are_commands_at_the_first_prompt_only(shell):
    shell.run("x = [[", prompt="     >>")
    shell.run("\\ls", prompt="     >>")
    shell.run("]]")
    shell.run("x", '"\\\\ls\\n"')


def test_settings_are_listed(shell):
    shell.run("\\set")
    shown = [line.split()[0] for line in shell.lines() if line]
    for name in ("format", "int", "depth", "items", "width", "color", "pager", "timing", "trace", "echo",
                 "history", "log"):
        assert name in shown


# Stopping


def test_engine_calls_stop(shell):
    shell.run("m = sun4v.machine {}")
    shell.run('bus = m:domain("primary"):add_root_complex { name = "pci@400" }')
    shell.run('m:on("*", function() end)')
    shell.send("io.write('started') io.stdout:flush() while true do pcall(m.snapshot, m) end\r")
    shell.wait_until(lambda: shell.lines()[-1].startswith("started"), "that it runs")
    shell.press("\x03", "dvmash>")
    shell.run("m.booted", "false")


def test_a_time_limit_at_the_prompt_leaves_the_terminal_as_it_was(open_shell, term):
    shell = open_shell("-i", "--timeout", "1", "-q", term=term)
    shell.send("half a line")
    assert shell.wait_for_exit() == 124
    assert shell.settings() == shell.settings_before


def test_a_memory_limit_at_the_prompt_goes_on(open_shell, term):
    shell = open_shell("-q", "-i", "--max-memory", "8M", term=term)
    shell.run("x = ('x'):rep(1 << 30)", "not enough memory")
    shell.run("1 + 1", "2")


def test_machines_that_grow_too_far_leave_the_prompt(open_shell, term):
    shell = open_shell("-q", "-i", "--max-memory", "16M", term=term)
    shell.run("m = sun4v.machine { memory = '64G' } p = m:domain('primary')")
    shell.run("p:add_root_complex { name = 'pci@400' } m:boot() kept = {}")
    shell.run("while true do kept[#kept + 1] = p:allocate('1M') kept[#kept]:write(0, ('x'):rep(1 << 20)) end")
    assert "not enough memory: machines and what they hold" in " ".join(shell.lines())
    shell.run("kept = nil")
    shell.run("\\reset")
    shell.run("n = 0 for i = 1, 1e7 do n = n + 1 end return n", "10000000")


def test_tracebacks_leave_the_middle_out_unless_all_is_wanted(shell):
    shell.run("function deep(n) if n == 0 then error('bottom') end deep(n - 1) return 1 end")
    shell.run("deep(200)")
    assert b"(skipping " in shell.raw
    frames = shell.raw.count(b"in function 'deep'")
    assert 15 < frames < 25
    shell.run("\\set trace full")
    shell.run("deep(200)")
    assert shell.raw.count(b"(skipping ") == 1
    assert shell.raw.count(b"in function 'deep'") == frames + 201
    shell.run("deep(1e6)")
    assert shell.raw.count(b"(skipping ") == 2


# Completion


@pytest.mark.parametrize(
    "typed, completed",
    [
        ("t[1].na\t", "t[1].name"),
        ('t["two words"].na\t', 't["two words"].name'),
        ("t.empt\t", "t.empty"),
        ("t.ful\t", "t.full."),
        ("t.cal\t", "t.called("),
        ("t:ful\t", "t:ful"),
        ('require("inven\t', 'require("invented"'),
        ("print(strin\t", "print(string."),
        ("whi\t", "while"),
        ("nowhere.x\t", "nowhere.x"),
        ("'unfin\t", "'unfin"),
    ],
)
def test_completion_by_raw_looks(shell, typed, completed):
    shell.run("t = { { name = 1 }, empty = {}, full = { 1 }, ['two words'] = { name = 2 } }")
    shell.run("t.called = function() end package.preload.invented = print")
    shell.send(typed + "|")
    shell.wait_until(lambda: shell.lines()[-1].endswith("|"), "the key after Tab")
    assert shell.lines()[-1].removesuffix("|").rstrip() == "dvmash> " + completed
