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


# Completion


def test_completion_of_globals_fields_and_methods(shell):
    shell.run("mach = sun4v.machine {}", "dvmash> mach = sun4v.machine {}")
    shell.send("mac\t")
    shell.wait_for_end("dvmash> mach.")
    shell.send("boo\t")
    shell.wait_for_end("dvmash> mach.boot")
    shell.send("e\t")
    shell.wait_for_end("dvmash> mach.booted")
    shell.cancel()
    shell.send("mach:add_\t")
    shell.wait_for_end("dvmash> mach:add_domain(")
    shell.cancel()
    shell.send("string.for\t")
    shell.wait_for_end("dvmash> string.format(")


def test_completion_runs_no_code(shell):
    shell.run(
        "t = setmetatable({}, { __index = function() ran = true end })",
        "dvmash> t = setmetatable({}, { __index = function() ran = true end })",
    )
    shell.send("t.a\t\tx")
    shell.wait_for_end("dvmash> t.ax")
    shell.cancel()
    shell.run("ran", "nil")


def test_completion_follows_index_tables(shell):
    shell.run("base = { method = function() end } object = setmetatable({}, { __index = base })")
    shell.send("object:me\t")
    shell.wait_for_end("dvmash> object:method(")


@pytest.mark.parametrize(
    "typed, completed",
    [
        ('m:domain("nowhere"):add_root_c\t', 'm:domain("nowhere"):add_root_complex('),
        ("m:domain('(\"'):alloc\t", "m:domain('(\"'):allocate("),
        ("sun4v.machine {}:boo\t", "sun4v.machine {}:boot("),
        ("m.domains[1]:alloc\t", "m.domains[1]:allocate("),
        ("m:domain(f({ 1 }, [[)]])):x\t", "m:domain(f({ 1 }, [[)]])):x"),
        ('m:domain("x"):add_root_complex { na\t', 'm:domain("x"):add_root_complex { name ='),
        ("print(1):x\t", "print(1):x"),
    ],
)
def test_completion_through_results_calls_nothing(shell, typed, completed):
    shell.run("m = sun4v.machine {}")
    shell.send(typed + "|")
    shell.wait_until(lambda: shell.lines()[-1].endswith("|"), "the key after Tab")
    assert shell.lines()[-1].removesuffix("|").rstrip() == "dvmash> " + completed
    shell.cancel()
    shell.run("#m.domains", "1")


def test_internal_names_only_when_asked_for(shell):
    shell.run("t = { _secret = 1, open = 2 }")
    shell.send("t.\t")
    shell.wait_for_end("dvmash> t.open")
    shell.cancel()
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
    shell.cancel()
    shell.send('require "unique_m\t')
    shell.wait_for_end('dvmash> require "unique_module"')
    shell.cancel()
    shell.send('g:hypercall("pci_iommu_m\t')
    shell.wait_for_end('dvmash> g:hypercall("pci_iommu_map"')


def test_no_file_names_outside_of_strings(shell, tmp_path):
    (tmp_path / "unique_name.txt").write_text("")
    shell.send("unique_n\tx\r")
    shell.wait_for_end("dvmash> unique_nx", "nil", "dvmash>")


def test_signature_after_a_bracket(shell):
    shell.send("sun4v.machine(\t\t")
    shell.wait_for_end("sun4v.machine([options]) -> machine", "dvmash> sun4v.machine(")


def test_completion_of_commands(shell):
    shell.send("\\apr\t")
    shell.wait_for_end("dvmash> \\apropos")
    shell.cancel()
    shell.send("\\set for\tj\t")
    shell.wait_for_end("dvmash> \\set format json")


# Commands


def test_help_pages(shell):
    shell.run("\\help shell.spark")
    for part in ("shell.spark(numbers)", "Parameters:", "Example:", "See also:"):
        assert part in shell.text()
    shell.run("shell.spark?")
    assert shell.raw.count(b"shell.spark(numbers)") == 2


def test_help_knows_near_names(shell):
    shell.run("\\help sun4v.machne")
    assert "did you mean 'sun4v.machine'?" in shell.text()


def test_apropos(shell):
    shell.run("\\apropos sparkline", "nothing about 'sparkline'")
    shell.run("\\apropos blocks")
    assert "shell.spark" in shell.text()


def test_unknown_command(shell):
    shell.run("\\hlep", "there is no command \\hlep; did you mean \\help? \\help lists them")


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
    shell.run("\\show { a = 1 } | wc -l", "3")


def test_output_to_a_file_and_back(shell, tmp_path):
    shell.run("\\o results", "dvmash> \\o results")
    shell.run("6 * 7", "dvmash> 6 * 7")
    shell.run("\\o", "dvmash> \\o")
    assert (tmp_path / "results").read_text() == "42\n"
    shell.run("1", "1")


def test_results_are_in_the_file_at_once_or_it_is_told(shell, tmp_path):
    shell.run("\\o results")
    shell.run("6 * 7", "dvmash> 6 * 7")
    assert (tmp_path / "results").read_text() == "42\n"
    shell.run("\\o /dev/full")
    shell.run("6 * 7")
    told = "cannot write '/dev/full': No space left on device; results are shown here again"
    assert "".join(shell.lines()).endswith(told + "dvmash>")
    shell.run("6 * 7", "42")
    shell.run("\\show { 1 } > /dev/full", "cannot write '/dev/full': No space left on device")
    shell.run("\\save /dev/full", "cannot write '/dev/full': No space left on device")
    shell.run("6 * 7", "42")


def test_load_save_and_system(shell, tmp_path):
    (tmp_path / "chunk.lua").write_text("loaded = 'yes'")
    shell.run("\\load chunk.lua", "dvmash> \\load chunk.lua")
    shell.run("loaded", '"yes"')
    shell.run("\\save inputs", "dvmash> \\save inputs")
    assert "loaded\n" in (tmp_path / "inputs").read_text()
    shell.run("\\! echo out; exit 3", "out", "status 3")


def test_edit(open_shell, term):
    shell = open_shell("-q", term=term, extra={"VISUAL": "sed -i s/1/5/"})
    shell.run("1 + 1", "2")
    shell.run("\\edit", "5 + 1", "6")
    shell.run("first = 1", "dvmash> first = 1")
    shell.run("\\edit 1", "5 + 1", "6")
    shell.run("\\edit 99", "'99' is no entry of the history; \\hist lists them")


def test_timing_trace_and_reset(shell):
    shell.run("\\timing on")
    shell.run("1")
    assert "CPU" in shell.text()
    shell.run("\\timing off", "dvmash> \\timing off")
    shell.run("m = sun4v.machine {}")
    shell.run("\\trace on")
    shell.run("m:boot()")
    assert "m: primary" in shell.text() and "= EOK" in shell.text()
    shell.run("\\trace off", "dvmash> \\trace off")
    shell.run("x = 1", "dvmash> x = 1")
    shell.run("\\reset", "dvmash> \\reset")
    shell.run("m, x", "nil", "1")
    shell.run("kept = { 'text', deep = { m = sun4v.machine {} }, sun4v.machine {} }")
    shell.run("\\reset", "dvmash> \\reset")
    shell.run("kept", '{ "text", deep = {} }')
    shell.run("\\reset all", "dvmash> \\reset all")
    shell.run("x", "nil")


def test_inventory(shell):
    shell.run("m = sun4v.machine {}")
    shell.run("\\ls")
    assert any(line.startswith("m     machine") for line in shell.lines())
    shell.run("\\ls domains")
    assert any(line.startswith("primary") for line in shell.lines())
    shell.run("kept = { machine = sun4v.machine { seed = 3 }, 'other' }")
    shell.run("m:boot() buffer = m:domain('primary'):allocate('8K')")
    shell.run("\\ls")
    assert any(line.startswith("kept.machine  machine") for line in shell.lines())
    shown = " ".join(shell.text().split())
    assert "m holds 1 domain, 0 root complexes" in shown and "1 buffer, 0 mappings" in shown
    shell.run("\\ls buffers")
    assert shell.lines()[-2].startswith("0x") and shell.lines()[-4].startswith("ra")
    shell.run("\\ls maps", "(empty)")
    shell.run("\\ls snapshots", "no global variable leads to a snapshot")
    shell.run("\\ls domians", "there is nothing called 'domians' to list; did you mean 'domains'?")


def test_stats(shell):
    shell.run("m = sun4v.machine { seed = 3 }")
    shell.run("\\stats")
    names = [line.split("  ")[0] for line in shell.lines()]
    assert "Lua memory, bytes" in names and "m: domains" in names
    shell.run("\\stats | grep -c 'Lua memory'", "2")


def test_what_there_would_be_is_told(shell):
    shell.run("\\set nonsense on")
    assert "there is no setting 'nonsense'; there are format, int, depth" in shell.text()
    shell.run("\\ls nonsense")
    assert "nothing called 'nonsense' to list; there are machines, domains" in shell.text()
    shell.run("nonsense?", "there is no help about 'nonsense'; \\apropos WORD searches")
    shell.run("print?")
    assert "manual.html#pdf-print" in "".join(shell.lines())


def test_block_commands(shell):
    shell.run("do", prompt="     >>")
    shell.run("\\p", "     >> \\p", "do", prompt="     >>")
    shell.run("\\c", "     >> \\c")
    shell.run("\\c", "\\c is for a block of several lines, and there is none")
    shell.run("for i = 1, 1 do", prompt="     >>")
    told = "in a block there are \\c to drop it, \\p to show it and \\e to edit it"
    shell.run("\\help", told, prompt="     >>")
    shell.run("print('kept') end", "kept")


def test_history_list(shell):
    shell.run("1 + 1", "2")
    shell.run("\\hist 2")
    assert any(line.endswith("1 + 1") for line in shell.lines()[-3:])


def test_hostile_values_do_not_reach_the_terminal(shell):
    shell.run("'\\27]0;title\\7'", '"\\x1b]0;title\\x07"')
    shell.run("setmetatable({}, { __tostring = function() return '\\27[31m' end })", "\\x1b[31m")
    assert b"\x1b]0;title" not in shell.raw


def test_pager_only_when_longer_than_the_screen(open_shell):
    shell = open_shell("-q", extra={"PAGER": "sed s/^/paged:/"})
    shell.run("\\help")
    assert "paged:" in shell.text()
    shell.run("\\set pager", "pager = on")
