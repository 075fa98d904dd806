"""Commands with a backslash and their output, on a real pseudo-terminal."""


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
