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
        shell.run(line, prompt="     >>")
    shell.run(lines[-1], f"     >> {lines[-1]}", result)


@pytest.mark.parametrize("line", ['x = "abc', "x = )", "1 = 2"])
def test_mistakes_are_told_at_once(shell, line):
    shell.run(line)
    assert shell.lines()[-2].startswith("stdin:1:")


def test_cancel_drops_a_line_and_a_block(shell):
    shell.send("abc\x03")
    shell.wait_for_end("dvmash> abc^C", "dvmash>")
    shell.run("for i = 1, 2 do", prompt="     >>")
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
    assert shell.screen.cursor.y == 1


def test_end_of_file_in_a_block_tells_and_goes_on(shell):
    shell.run("do", prompt="     >>")
    shell.press("\x04", "dvmash>")
    assert "<eof>" in shell.lines()[-2]
    assert shell.lines()[-3] == "     >>"
    shell.run("3", "3")


def test_words_that_leave(open_shell, term):
    for line, status in [("exit()", 0), ("quit(4)", 4), ("\\q", 0), ("\\quit 5", 5), ("os.exit(6)", 6)]:
        shell = open_shell("-q", term=term)
        shell.send(line + "\r")
        assert shell.wait_for_exit() == status, line


def test_bare_words_say_what_to_type(shell):
    shell.run("exit", "type exit(), \\q or Ctrl-D to leave")
    shell.run("help", "type \\help, help(name) or name?")


def test_errors_do_not_change_the_status(open_shell, term):
    for extra, status in [({}, 0), ({"DVMASH_STRICT": "1"}, 1)]:
        shell = open_shell("-q", term=term, extra=extra)
        shell.run("error('x')", "stdin:1: x")
        shell.send("\x04")
        assert shell.wait_for_exit() == status


def test_banner(open_shell, term):
    shell = open_shell(term=term)
    first = shell.lines()[0]
    assert "dvmash" in first and "Lua 5.4" in first and "\\help" in first
    assert len(shell.lines()) == 2


def test_local_is_warned_about_once(shell):
    shell.run("do local inner = 1 end for i = 1, 2 do local inner = i end")
    assert "note:" not in shell.text()
    note = "note: local 'b' is gone after its input; leave 'local' out to keep it"
    shell.run("a = 1 local b <const> = 2", note)
    shell.run("b", "nil")
    shell.run("local c = 1", "dvmash> local c = 1")


def test_names_that_lead_to_nothing(shell):
    shell.run("pritn(1)")
    assert "(global 'pritn'); did you mean 'print'?" in shell.text()
    shell.run("string.fromat('x')")
    assert "did you mean 'string.format'?" in "".join(shell.lines())
    shell.run("answer = 42")
    shell.run("anwser.x")
    assert "did you mean 'answer'?" in shell.lines()[-2]
    shell.run("zzzzzz()", "stdin:1: attempt to call a nil value (global 'zzzzzz')")
    shell.run("({}).fromat()", "stdin:1: attempt to call a nil value (field 'fromat')")


def test_own_prompts(shell):
    shell.run("_PROMPT = '> ' _PROMPT2 = function() return '... ' end", prompt=">")
    shell.run("do", prompt="...")


def test_prompt_after_a_script_also_when_it_failed(open_shell, term, tmp_path):
    script = tmp_path / "bad.lua"
    script.write_text("value = 9 error('broken')")
    shell = open_shell("-q", "-i", script, term=term)
    assert any("broken" in line for line in shell.lines())
    shell.run("value", "9")


def test_startup_file(open_shell, tmp_path):
    folder = tmp_path / ".config/dvmash"
    folder.mkdir(parents=True)
    (folder / "init.lua").write_text("answer = 42")
    open_shell("-q").run("answer", "42")
    open_shell("-q", "--no-rc").run("answer", "nil")
    open_shell("-q", "-E").run("answer", "nil")


def test_history_is_written_before_evaluation(open_shell, term, tmp_path):
    shell = open_shell("-q", term=term)
    shell.run("for i = 1, 1 do", prompt="     >>")
    shell.send("os.exit(3) end\r")
    assert shell.wait_for_exit() == 3
    shell = open_shell("-q", term=term)
    shell.send("\x10")
    shell.wait_until(lambda: "os.exit(3) end" in shell.text(), "the entry as one")
    assert "for i = 1, 1 do" in shell.text()


@pytest.mark.parametrize(
    "name", ["TERM", "HUP", "QUIT", "SEGV", "BUS", "ILL", "TRAP", "ABRT", "FPE", "KILL"]
)
@pytest.mark.parametrize("running", [False, True], ids=["editing", "running"])
def test_signals_restore_the_terminal(open_shell, term, name, running):
    shell = open_shell("-q", term=term)
    if running:
        shell.send("io.write('running'):flush() while true do end\r")
        shell.wait_until(lambda: shell.lines()[-1] == "running", "that it runs")
    else:
        shell.send("half a line")
        shell.wait_for_end("dvmash> half a line")
    number = signal.Signals["SIG" + name]
    shell.signal(number)
    assert shell.wait_for_exit() == -number
    if running or name != "KILL":  # nothing helps against that one but not to have the terminal
        assert shell.settings() == shell.settings_before
        assert shell.raw.count(b"\x1b[?2004h") == shell.raw.count(b"\x1b[?2004l")
