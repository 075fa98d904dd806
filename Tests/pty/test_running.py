"""Code that runs: Ctrl-C is a signal, and the terminal is in its ordinary mode."""

import signal
import termios

import pytest


def start(probe, command):
    probe.send(command + "\r")
    probe.wait_for_end("running")


def test_ctrl_c_stops_what_runs(open_probe, term):
    probe = open_probe(term)
    for number in range(1, 6):
        start(probe, "spin")
        probe.send("\x03")
        probe.wait_for_count(b"stopped after 1", number)
        probe.wait_for_end("probe>")
    probe.run("still here", 'line "still here"')


def test_the_terminal_is_ordinary_while_code_runs(open_probe, term):
    probe = open_probe(term)
    start(probe, "spin")
    assert probe.settings() == probe.settings_before
    probe.send("\x03")
    probe.wait_for_end("probe>")
    local, special = probe.settings()[3], probe.settings()[6]
    assert not local & (termios.ICANON | termios.ECHO)
    assert special[termios.VINTR] == b"\x00"


def test_what_is_typed_meanwhile_is_the_next_line(open_probe, term):
    probe = open_probe(term)
    start(probe, "spin")
    probe.send("typed early\r")
    probe.wait_for_output(b"typed early")
    probe.signal(signal.SIGINT)
    probe.wait_for_end('line "typed early"', "probe>")


def test_the_second_warns_and_the_third_ends(open_probe, term):
    probe = open_probe(term)
    start(probe, "stubborn")
    probe.send("\x03")
    probe.wait_for_output(b"interrupt 1")
    probe.send("\x03")
    probe.wait_for_output(b"press once more to abort", b"interrupt 2")
    probe.send("\x03")
    assert probe.wait_for_exit() == -signal.SIGINT
    assert probe.settings() == probe.settings_before


def has_no_pending_signal(terminal):
    """Whether every signal sent was taken; two of a kind that wait would count as one."""
    with open(f"/proc/{terminal.child.pid}/status") as status:
        pending = [line.split()[1] for line in status if line.startswith(("SigPnd", "ShdPnd"))]
    return all(int(mask, 16) == 0 for mask in pending)


def test_the_third_ends_what_no_hook_reaches(shell):
    """A match in C that takes for ever, at the prompt of the real shell.

    It prints its first match, and is in the search for the next one from then on: no instruction of Lua
    comes in between, at which the first signal would end it.
    """
    shell.send("string.gsub('run' .. 'ning' .. ('a'):rep(1000), ('.-'):rep(30) .. 'ning', print)\r")
    shell.wait_for_output(b"running\r\n")
    shell.send("\x03")
    shell.wait_for_count(b"^C", 1)
    shell.wait_until(lambda: has_no_pending_signal(shell), "the first signal taken")
    shell.send("\x03")
    shell.wait_for_output(b"press once more to abort")
    shell.send("\x03")
    assert shell.wait_for_exit() == -signal.SIGINT
    assert shell.settings() == shell.settings_before


def test_cancel_where_the_last_instruction_waits(shell):
    shell.send("io.read()\r")
    shell.wait_until(lambda: shell.screen.cursor.y == len(shell.lines()), "that it waits")
    shell.press("\x03", "dvmash>")
    assert shell.lines()[-2].endswith("interrupted!")
    shell.run("_", "nil")


@pytest.mark.parametrize(
    "loop",
    [
        "while true do pcall(os.execute, 'kill -INT $$') end",
        "while true do pcall(shell.system, 'kill -INT $$') end",
    ],
)
def test_a_program_that_ctrl_c_ends_is_not_started_again(shell, loop):
    shell.run(loop)
    assert shell.lines()[-2].endswith("interrupted!")
    shell.run("os.execute()", "true")
    shell.run("os.execute('exit 3')", "nil", '"exit"', "3")


@pytest.mark.parametrize("name", ["TERM", "HUP", "SEGV"])
def test_a_fatal_signal_while_code_runs(open_probe, term, name):
    probe = open_probe(term)
    start(probe, "stubborn")
    number = signal.Signals["SIG" + name]
    probe.signal(number)
    assert probe.wait_for_exit() == -number
    assert probe.settings() == probe.settings_before


def test_a_foreign_program_keeps_ctrl_c_to_itself(open_probe, term):
    probe = open_probe(term)
    probe.send("foreign\r")
    probe.wait_for_end("foreign")
    for number in range(1, 6):
        probe.send("\x03")
        probe.wait_for_count(b"^C", number)
    probe.send("abc\r")
    probe.wait_for_end("foreign read 4", "probe>")


def test_a_crash_of_what_runs_leaves_the_terminal_and_the_history(open_probe, term):
    probe = open_probe(term)
    probe.send("crash\r")
    assert probe.wait_for_exit() == -signal.SIGABRT
    assert probe.settings() == probe.settings_before
    again = open_probe(term)
    again.send("\x1b[A")
    again.wait_for_end("probe> crash")
