"""The prompt of dvmash on a terminal: what a person types and sees."""

import signal

import pytest


def test_expressions_statements_and_results(shell):
    shell.run("1 + 1", "2")
    shell.run("1, nil, 'x'", "1", "nil", '"x"')
    shell.run("x = 5", "dvmash> x = 5")
    shell.run("x;", "dvmash> x;")
    shell.run("nil", "nil")


def test_last_result_survives_errors_and_statements(shell):
    shell.run("42, 43", "42", "43")
    shell.run("y = 1", "dvmash> y = 1")
    shell.run("error('no')", "stdin:1: no")
    shell.run("_, _all.n, _all[2]", "42", "2", "43")


@pytest.mark.parametrize(
    "lines, result",
    [
        (["(42", ")"], "42"),
        (["{", "1}"], "{ 1 }"),
        (["for i = 1, 1 do", "print('loop')", "end"], "loop"),
        (["[[a", "b]]"], '"a\\nb"'),
        (["1 +", "2"], "3"),
        (["(function() --[[ comment", "]] return 8 end)()"], "8"),
    ],
)
def test_incomplete_input_asks_for_more(shell, lines, result):
    for line in lines[:-1]:
        shell.send(line + "\r")
        shell.wait_for_end("     >>")
    shell.run(lines[-1], f"     >> {lines[-1]}", result)


@pytest.mark.parametrize("line", ['x = "abc', "x = )", "1 = 2"])
def test_mistakes_are_told_at_once(shell, line):
    shell.send(line + "\r")
    shell.wait_until(
        lambda: any(line.startswith("stdin:1:") for line in shell.lines()[-2:]), "the error"
    )
    shell.wait_for_end("dvmash>")


def test_cancel_drops_a_line_and_a_block(shell):
    shell.send("abc\x03")
    shell.wait_for_end("dvmash> abc^C", "dvmash>")
    shell.send("for i = 1, 2 do\r")
    shell.wait_for_end("     >>")
    shell.send("\x03")
    shell.wait_for_end("     >> ^C", "dvmash>")
    shell.run("6 * 7", "42")


@pytest.mark.parametrize(
    "loop",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    ],
)
def test_cancel_stops_running_code(shell, loop):
    shell.send(f"io.write('started') io.stdout:flush() {loop}\r")
    shell.wait_until(lambda: "started" in shell.lines()[-1][:7], "that the loop runs")
    shell.send("\x03")
    shell.wait_until(
        lambda: shell.lines()[-2].endswith("interrupted!") and shell.lines()[-1] == "dvmash>",
        "the interrupt",
    )
    shell.run("1 + 1", "2")


def test_end_of_file_leaves(shell):
    shell.send("\x04")
    assert shell.wait_for_exit() == 0


def test_end_of_file_in_a_block_tells_and_goes_on(shell):
    shell.send("do\r")
    shell.wait_for_end("     >>")
    shell.send("\x04")
    shell.wait_until(lambda: "<eof>" in shell.lines()[-2], "what is missing")
    shell.run("3", "3")


def test_words_that_leave(open_shell):
    for line, status in [("exit()", 0), ("quit(4)", 4), ("\\q", 0), ("\\quit 5", 5), ("os.exit(6)", 6)]:
        shell = open_shell("-q")
        shell.send(line + "\r")
        assert shell.wait_for_exit() == status, line


def test_bare_words_say_what_to_type(shell):
    shell.run("exit", "type exit(), \\q or Ctrl-D to leave")
    shell.run("help", "type \\help, help(name) or name?")


def test_errors_do_not_change_the_status(open_shell):
    for extra, status in [({}, 0), ({"DVMASH_STRICT": "1"}, 1)]:
        shell = open_shell("-q", extra=extra)
        shell.run("error('x')", "stdin:1: x")
        shell.send("\x04")
        assert shell.wait_for_exit() == status


def test_banner(open_shell):
    shell = open_shell()
    first = shell.lines()[0]
    assert "dvmash" in first and "Lua 5.4" in first and "\\help" in first
    assert len(shell.lines()) == 2


def test_local_is_warned_about_once(shell):
    shell.send("local a = 1\r")
    shell.wait_until(lambda: any("a local is gone" in line for line in shell.lines()), "the note")
    shell.run("a", "nil")
    shell.run("local b = 1", "dvmash> local b = 1")


def test_own_prompts(shell):
    shell.send("_PROMPT = '> ' _PROMPT2 = function() return '... ' end\r")
    shell.wait_for_end(">")
    shell.send("do\r")
    shell.wait_for_end("...")


def test_prompt_after_a_script_also_when_it_failed(open_shell, tmp_path):
    script = tmp_path / "bad.lua"
    script.write_text("value = 9 error('broken')")
    shell = open_shell("-q", "-i", script)
    assert any("broken" in line for line in shell.lines())
    shell.run("value", "9")


def test_startup_file(open_shell, tmp_path):
    folder = tmp_path / ".config/dvmash"
    folder.mkdir(parents=True)
    (folder / "init.lua").write_text("answer = 42")
    open_shell("-q").run("answer", "42")
    open_shell("-q", "--no-rc").run("answer", "nil")
    open_shell("-q", "-E").run("answer", "nil")


def test_history_is_written_before_evaluation(open_shell, tmp_path):
    shell = open_shell("-q")
    shell.send("for i = 1, 1 do\r")
    shell.wait_for_end("     >>")
    shell.send("os.exit(3) end\r")
    assert shell.wait_for_exit() == 3
    shell = open_shell("-q")
    shell.send("\x10")
    shell.wait_until(lambda: "os.exit(3) end" in shell.text(), "the entry as one")
    assert "for i = 1, 1 do" in shell.text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_restore_the_terminal(open_shell, number):
    shell = open_shell("-q")
    shell.signal(number)
    assert shell.wait_for_exit() == -number


# Completion


def test_completion_of_globals_fields_and_methods(shell):
    shell.run("mach = sun4v.machine {}", "dvmash> mach = sun4v.machine {}")
    shell.send("mac\t")
    shell.wait_for_end("dvmash> mach.")
    shell.send("boo\t")
    shell.wait_for_end("dvmash> mach.boot")
    shell.send("e\t")
    shell.wait_for_end("dvmash> mach.booted")
    shell.send("\x03")
    shell.send("mach:add_\t")
    shell.wait_for_end("dvmash> mach:add_domain(")
    shell.send("\x03")
    shell.send("string.for\t")
    shell.wait_for_end("dvmash> string.format(")


def test_completion_runs_no_code(shell):
    shell.run(
        "t = setmetatable({}, { __index = function() ran = true end })",
        "dvmash> t = setmetatable({}, { __index = function() ran = true end })",
    )
    shell.send("t.a\t\t\x03")
    shell.run("ran", "nil")


def test_completion_follows_index_tables(shell):
    shell.send("base = { method = function() end } object = setmetatable({}, { __index = base })\r")
    shell.wait_for_end("dvmash>")
    shell.send("object:me\t")
    shell.wait_for_end("dvmash> object:method(")


def test_internal_names_only_when_asked_for(shell):
    shell.send("t = { _secret = 1, open = 2 }\r")
    shell.wait_for_end("dvmash>")
    shell.send("t.\t")
    shell.wait_for_end("dvmash> t.open")
    shell.send("\x03")
    shell.send("t._\t")
    shell.wait_for_end("dvmash> t._secret")


def test_completion_of_options_and_words(shell):
    shell.send("sun4v.machine { mod\t")
    shell.wait_for_end("dvmash> sun4v.machine { model =")
    shell.send('"at\t')
    shell.wait_until(lambda: shell.lines()[-1].endswith('model = "atu"'), "the word")


def test_completion_of_files_modules_and_hypercalls(open_shell, term, tmp_path):
    (tmp_path / "unique_name.txt").write_text("")
    (tmp_path / "unique_module.lua").write_text("")
    shell = open_shell("-q", term=term, cwd=str(tmp_path))
    shell.send('io.open("unique_n\t')
    shell.wait_for_end('dvmash> io.open("unique_name.txt')
    shell.send("\x03")
    shell.send('require "unique_m\t')
    shell.wait_for_end('dvmash> require "unique_module"')
    shell.send("\x03")
    shell.send('g:hypercall("pci_iommu_m\t')
    shell.wait_for_end('dvmash> g:hypercall("pci_iommu_map"')


def test_no_file_names_outside_of_strings(open_shell, tmp_path):
    (tmp_path / "unique_name.txt").write_text("")
    shell = open_shell("-q", cwd=str(tmp_path))
    shell.send("unique_n\tx\r")
    shell.wait_for_end("dvmash> unique_nx", "nil", "dvmash>")


def test_signature_after_a_bracket(shell):
    shell.send("sun4v.machine(\t\t")
    shell.wait_for_end("sun4v.machine([options]) -> machine", "dvmash> sun4v.machine(")


def test_completion_of_commands(shell):
    shell.send("\\apr\t")
    shell.wait_for_end("dvmash> \\apropos")
    shell.send("\x03")
    shell.send("\\set for\tj\t")
    shell.wait_for_end("dvmash> \\set format json")


# Commands


def test_help_pages(shell):
    shell.send("\\help shell.spark\r")
    shell.wait_until(lambda: "See also:" in shell.text(), "the page")
    assert "shell.spark(numbers)" in shell.text()
    assert "Parameters:" in shell.text() and "Example:" in shell.text()
    shell.wait_for_end("dvmash>")
    shell.send("shell.spark?\r")
    shell.wait_until(lambda: shell.raw.count(b"shell.spark(numbers)") >= 2, "the page again")


def test_help_knows_near_names(shell):
    shell.send("\\help sun4v.machne\r")
    shell.wait_until(lambda: "did you mean 'sun4v.machine'?" in shell.text(), "the suggestion")


def test_apropos(shell):
    shell.send("\\apropos sparkline\r")
    shell.wait_until(lambda: "nothing about 'sparkline'" in shell.text(), "the message")
    shell.send("\\apropos blocks\r")
    shell.wait_until(lambda: "shell.spark" in shell.text(), "what it found")


def test_unknown_command(shell):
    shell.send("\\hlep\r")
    shell.wait_for_end(
        "there is no command \\hlep; did you mean \\help? \\help lists them", "dvmash>"
    )


def test_settings(shell):
    shell.run("\\set format json", "dvmash> \\set format json")
    shell.run("{ 1, 2 }", "[1,2]")
    shell.run("\\set format", "format = json")
    shell.run("\\set format lua", "dvmash> \\set format lua")
    shell.run("\\set int hex", "dvmash> \\set int hex")
    shell.run("255", "0x00000000000000ff")
    shell.run("shell.set('int')", '"hex"')
    shell.run("\\set fromat lua", "there is no setting 'fromat'; did you mean 'format'?")


def test_redirection_and_pipes(shell, tmp_path):
    shell.run("\\set format json", "dvmash> \\set format json")
    shell.run("\\show { a = 1 } > out", "dvmash> \\show { a = 1 } > out")
    assert "a" in (tmp_path / "out").read_text()
    shell.run("\\set format > x", "'> x' is no value of format; there are lua, json, yaml, table")
    shell.send("\\show { a = 1 } | wc -l\r")
    shell.wait_for_end("3", "dvmash>")


def test_output_to_a_file_and_back(shell, tmp_path):
    shell.run("\\o results", "dvmash> \\o results")
    shell.run("6 * 7", "dvmash> 6 * 7")
    shell.run("\\o", "dvmash> \\o")
    assert (tmp_path / "results").read_text() == "42\n"
    shell.run("1", "1")


def test_load_save_and_system(shell, tmp_path):
    (tmp_path / "chunk.lua").write_text("loaded = 'yes'")
    shell.run("\\load chunk.lua", "dvmash> \\load chunk.lua")
    shell.run("loaded", '"yes"')
    shell.run("\\save inputs", "dvmash> \\save inputs")
    assert "loaded\n" in (tmp_path / "inputs").read_text()
    shell.run("\\! echo out; exit 3", "out", "status 3")


def test_edit(open_shell):
    shell = open_shell("-q", extra={"VISUAL": "sed -i s/1/5/"})
    shell.run("1 + 1", "2")
    shell.run("\\edit", "5 + 1", "6")


def test_timing_trace_and_reset(shell):
    shell.send("\\timing on\r1\r")
    shell.wait_until(lambda: "CPU" in shell.text(), "the time")
    shell.run("\\timing off", "dvmash> \\timing off")
    shell.send("m = sun4v.machine {}\r\\trace on\rm:boot()\r")
    shell.wait_until(lambda: "m: primary" in shell.text() and "= EOK" in shell.text(), "a hypercall")
    shell.wait_for_end("dvmash>")
    shell.run("\\trace off", "dvmash> \\trace off")
    shell.run("x = 1", "dvmash> x = 1")
    shell.run("\\reset", "dvmash> \\reset")
    shell.run("m, x", "nil", "1")
    shell.run("\\reset all", "dvmash> \\reset all")
    shell.run("x", "nil")


def test_inventory(shell):
    shell.send("m = sun4v.machine {}\r\\ls\r")
    shell.wait_until(lambda: any(line.startswith("m     machine") for line in shell.lines()), "m")
    shell.send("\\ls domains\r")
    shell.wait_until(lambda: any(line.startswith("primary") for line in shell.lines()), "primary")
    shell.wait_for_end("dvmash>")
    shell.run("\\ls domians", "there is nothing called 'domians' to list; did you mean 'domains'?")


def test_block_commands(shell):
    shell.send("do\r\\p\r")
    shell.wait_for_end("     >> \\p", "do", "     >>")
    shell.send("\\c\r")
    shell.wait_for_end("     >> \\c", "dvmash>")


def test_history_list(shell):
    shell.run("1 + 1", "2")
    shell.send("\\hist 2\r")
    shell.wait_until(lambda: any(line.endswith("1 + 1") for line in shell.lines()[-3:]), "the entry")


def test_hostile_values_do_not_reach_the_terminal(shell):
    shell.run("'\\27]0;title\\7'", '"\\x1b]0;title\\x07"')
    shell.run("setmetatable({}, { __tostring = function() return '\\27[31m' end })", "\\x1b[31m")
    assert b"\x1b]0;title" not in shell.raw


def test_pager_only_when_longer_than_the_screen(open_shell):
    shell = open_shell("-q", extra={"PAGER": "sed s/^/paged:/"})
    shell.send("\\help\r")
    shell.wait_until(lambda: "paged:" in shell.text(), "the pager")
    shell.wait_for_end("dvmash>")
    shell.run("\\set pager", "pager = on")
