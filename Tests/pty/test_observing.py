"""What the shell shows of machines at work: traces, the log, watching, progress."""

import signal

import pytest

GUEST = (
    'm = sun4v.machine {} m:domain("primary"):add_root_complex { name = "pci@400" } '
    'g = m:add_domain { name = "ldg1" } m:boot()'
)


def booted(shell):
    for part in (
        "m = sun4v.machine {}",
        'bus = m:domain("primary"):add_root_complex { name = "pci@400" }',
        'g = m:add_domain { name = "ldg1" }',
        "m:boot()",
    ):
        shell.run(part)


# Traces


def test_trace_of_a_machine_made_in_the_same_line(shell):
    shell.run("\\trace on")
    shell.run("m = sun4v.machine {} m:boot()")
    assert any(line.startswith("m: primary api_set_version(0x") for line in shell.lines())
    assert " = EOK" in shell.text()
    shell.run("do local n = sun4v.machine {} n:boot() end")
    assert any(line.startswith("machine 2: primary ") for line in shell.lines())


def test_a_trace_is_broken_at_words(shell):
    shell.run("m = sun4v.machine {}")
    shell.run("\\trace on")
    shell.run("m:boot()")
    begin = next(i for i, line in enumerate(shell.lines()) if line.startswith("m: primary api_set_version"))
    assert shell.lines()[begin].endswith(",")
    assert shell.lines()[begin + 1].startswith("    0x")


def test_full_trace_has_names(shell):
    shell.run("m = sun4v.machine {}")
    shell.run("\\set trace full")
    shell.run("m:boot()")
    assert "api_set_version(group=0x" in shell.text().replace("\n", "")
    shell.run("\\trace", "trace = off")
    shell.run("\\set trace loud", "'loud' is no value of trace; there are off, on, full")


def test_trace_in_a_script(run):
    result = run("-e", "shell.trace(true) m = sun4v.machine {} m:boot()")
    assert result.stderr.startswith("m: primary ")


# The log


def test_log_levels_of_a_run(run):
    assert run("-e", GUEST).stderr == ""
    made = "dvmash: info: machine 1 made: t2, seed 0\n"
    info = run("--log-level", "info", "-e", GUEST).stderr
    assert info.startswith(made) and "m: session_up at " in info and "hypercall" not in info
    assert run("-v", "-e", GUEST).stderr == info
    assert run("-e", GUEST, extra={"DVMASH_LOG": "info"}).stderr == info
    assert run("-E", "-e", GUEST, extra={"DVMASH_LOG": "info"}).stderr == ""
    assert run("-v", "--log-level", "error", "-e", GUEST).stderr == ""
    trace = run("-vvv", "-e", GUEST).stderr
    assert "dvmash: trace: m: hypercall at 0: primary " in trace
    assert "m: packet at " in trace


def test_log_of_faults_at_notice(run):
    device = 'f = m.root_complexes[1]:add_function { bdf = "01:00.0", name = "net0" }'
    program = GUEST.replace("m:boot()", f"{device} m:boot() pcall(f.read, f, 0, 4)")
    found = run("--log-level", "notice", "-e", program)
    assert "dvmash: notice: m: fault at " in found.stderr, found.stderr
    assert "dva=0x0000000000000000" in found.stderr
    assert "info" not in found.stderr


def test_log_level_that_is_none(run):
    result = run("-e", "x = 1", extra={"DVMASH_LOG": "loud"})
    assert result.returncode == 0
    assert result.stderr == (
        "dvmash: warning: DVMASH_LOG is 'loud'; levels are error, warning, notice, info, debug, trace\n"
    )
    assert run("--log-level", "loud").returncode == 64


def test_log_at_the_prompt(shell):
    shell.run("\\set log", "log = warning")
    shell.run("\\set log info", "dvmash> \\set log info")
    shell.run("m = sun4v.machine { seed = 7 }", "dvmash: info: machine 1 made: t2, seed 7")
    shell.run("\\set log warning", "dvmash> \\set log warning")
    shell.run("m = sun4v.machine {}", "dvmash> m = sun4v.machine {}")


# Watching


def test_watching_every_step(shell):
    booted(shell)
    shell.run('shell.watch("m.booted", "steps", 3)', "-- 1", "true", "-- 2", "true", "-- 3", "true")


def test_watching_ends_when_nothing_is_due(shell):
    shell.run("m = sun4v.machine {}")
    shell.run("\\watch steps m.booted", "-- 1", "false", "-- nothing is due any more")


def test_cancel_ends_watching(shell):
    shell.send("\\watch 0.01 1 + 1\r")
    shell.wait_for_output(b"-- 3\r\n")
    shell.press("\x03", "dvmash>")
    assert "interrupted!" in shell.lines()[-2]
    shell.send("\\watch 3600 6 * 7\r")
    shell.wait_until(lambda: shell.lines()[-1] == "42", "the value")
    shell.press("\x03", "dvmash>")
    shell.run("1 + 1", "2")


def test_mistakes_in_watching(shell):
    shell.run("\\watch", "\\watch needs an expression")
    shell.run("\\watch steps 1", "-- 1", "1", "there is no machine in a global variable to take steps")
    shell.run("\\watch 1 +")
    assert shell.lines()[-2].startswith("watch:1:")
    shell.run('shell.watch("1", "soon")')
    assert "'soon' is no pace" in shell.lines()[-2]


# Progress


def start_search(shell):
    """Starts what would take hours."""
    shell.run("function setup() local m = sun4v.machine { memory = '1M', queue = 16 }", prompt="     >>")
    for line in (
        "m:domain('primary'):add_root_complex { name = 'pci@400', window = { size = '256K' } }",
        "for i = 1, 4 do m:add_domain { name = 'ldg' .. i, memory = '1M' } end",
    ):
        shell.run(line, prompt="     >>")
    shell.run("m:boot() return m end")
    shell.send("sun4v.explore { setup = setup, actions = {} }\r")


def test_progress_is_shown_and_erased(open_shell):
    silent = [open_shell(term="dumb"), open_shell("--color", "never"), open_shell("-q")]
    shell = open_shell()
    for one in (*silent, shell):
        start_search(one)
    shell.wait_until(lambda: shell.lines()[-1].startswith("exploring: "), "the progress")
    assert " states, " in shell.lines()[-1]
    shell.press("\x03", "dvmash>")
    assert "exploring:" not in shell.text()
    shell.run("1 + 1", "2")
    for one in silent:
        one.press("\x03", "dvmash>")
        assert b"exploring:" not in one.raw


MACHINES = """
function setup()
  local m = sun4v.machine { memory = '1M', queue = 16 }
  m:domain('primary'):add_root_complex { name = 'pci@400', window = { size = '256K' } }
  m:add_domain { name = 'ldg1', memory = '1M' }
  m:boot()
  return m
end
function traffic()
  local m = sun4v.machine {}
  local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
  local nic = bus:add_device { type = "nic", bdf = "01:00.0", name = "net0" }
  m:boot()
  nic:attach(m:domain("primary"), { entries = 256 })
  nic:traffic { frames = 1 << 40, buffer = m:domain("primary"):allocate("512K") }
end
"""


@pytest.mark.parametrize(
    "program, task",
    [
        ("sun4v.simulate { setup = setup, seeds = 1 << 40, actions = {} }", "simulating"),
        ("sun4v.compare_paths { guests = { 1, 2, 4, 8 }, operations = 1000000 }", "comparing"),
        ("traffic()", "moving"),
    ],
)
def test_progress_of_every_long_operation(open_shell, tmp_path, program, task):
    (tmp_path / "machines.lua").write_text(MACHINES)
    shell = open_shell(cwd=str(tmp_path))
    shell.run("dofile('machines.lua')")
    row = shell.screen.row()
    shell.send(program + "\r")
    shell.wait_for_output(task.encode() + b": ", b" s\x1b[K")
    shell.press("\x03", "dvmash>")
    assert shell.screen.row() > row
    assert not any(line.startswith(task + ":") for line in shell.lines())


def test_progress_of_a_benchmark(open_shell):
    bench = open_shell("bench", "w1", "--runs", "1000", ready=())
    bench.wait_until(lambda: "w1 (1 of 1), " in bench.text(), "the progress")
    bench.send("\x03")
    assert bench.wait_for_exit() == -signal.SIGINT


def start_tests(open_shell, folder, *arguments, **options):
    """Runs tests of which one lasts until the file `go` is there."""
    (folder / "a_spec.lua").write_text("it('is quick', function() end)\n")
    wait = f"repeat local file = io.open('{folder}/go') until file"
    (folder / "b_spec.lua").write_text(f"it('lasts', function() {wait} end)\n")
    return open_shell("test", *arguments, folder, ready=(), **options)


def test_progress_of_tests_gives_way_to_the_report(open_shell, tmp_path):
    silent = [
        start_tests(open_shell, tmp_path, term="dumb"),
        start_tests(open_shell, tmp_path, "--color", "never"),
        start_tests(open_shell, tmp_path, "--capture", "off"),
    ]
    shell = start_tests(open_shell, tmp_path, "--format", "pretty")
    shell.wait_until(lambda: shell.lines()[-1:] and shell.lines()[-1].startswith("testing: "), "the progress")
    assert " of 2 files, " in shell.lines()[-1]
    assert "b_spec.lua" in shell.text()
    (tmp_path / "go").touch()
    assert shell.wait_for_exit() == 0
    assert "testing:" not in shell.text()
    assert "  ok   lasts" in shell.text()
    for one in silent:
        assert one.wait_for_exit() == 0
        assert b"testing:" not in one.raw


def test_no_progress_where_standard_error_is_no_terminal(run):
    program = "m = sun4v.machine {} m:boot() m:run { steps = 100000 }"
    assert run("-e", program).stderr == ""
