"""The terminal is given back, stopped, resized, and shared with background output."""

import os
import pathlib
import re
import signal

import pytest

from conftest import PROBE
from terminal import Terminal

FATAL = ["TERM", "HUP", "QUIT", "SEGV", "BUS", "ILL", "TRAP", "ABRT", "FPE"]


@pytest.mark.parametrize("name", FATAL)
def test_a_fatal_signal_leaves_the_terminal_as_it_was(open_probe, term, name):
    probe = open_probe(term)
    probe.send("half a line")
    probe.wait_for_end("probe> half a line")
    assert probe.settings() != probe.settings_before
    number = signal.Signals["SIG" + name]
    probe.signal(number)
    assert probe.wait_for_exit() == -number
    assert probe.settings() == probe.settings_before
    if term == "xterm":
        assert probe.raw.rfind(b"\x1b[?2004l") > probe.raw.rfind(b"\x1b[?2004h") >= 0
    assert probe.screen.cursor.x == 0


def test_quitting_leaves_the_terminal_as_it_was(open_probe, term):
    probe = open_probe(term)
    probe.send("quit 7\r")
    assert probe.wait_for_exit() == 7
    assert probe.settings() == probe.settings_before
    if term == "xterm":
        assert probe.raw.rfind(b"\x1b[?2004l") > probe.raw.rfind(b"\x1b[?2004h") >= 0


def test_a_dumb_terminal_gets_no_escape_sequences(open_probe):
    probe = open_probe("dumb")
    probe.run("one", 'line "one"')
    probe.send("two\x03")
    probe.wait_for_end("dropped line", "probe>")
    probe.send("ma\t\t")
    probe.wait_for_end("machine.  map(      map_sg(", "probe> ma")
    probe.send("\x03")
    probe.wait_for_end("dropped line", "probe>")
    probe.send("spin\r")
    probe.wait_for_end("running")
    probe.send("\x03")
    probe.wait_for_end("probe>")
    probe.send("\x04")
    probe.wait_for_exit()
    assert b"\x1b" not in probe.raw


@pytest.mark.parametrize(
    "typed", ["half a line", "\x12half", "\x1b[200~half", "many\t\t\t", "\x16"]
)
def test_a_terminal_that_goes_away_ends_it_and_runs_nothing(open_probe, environment, typed):
    probe = open_probe(ignore_sighup=True)
    probe.run("whole", 'line "whole"')
    probe.send(typed)
    if typed[0] not in "\x16\x1b":
        probe.wait_until(lambda: probe.lines()[-1] != "probe>", "what was typed")
    probe.hang_up()
    assert probe.wait_for_exit() == 0
    history = pathlib.Path(environment["HOME"], ".local/state/dvmash/history").read_text()
    assert history.splitlines()[1:] == ["whole"]


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def listen(probe, pipe):
    probe.run(f"listen {pipe}", "listening")
    return open(pipe, "w", buffering=1)


def test_background_output_keeps_the_typed_line(open_probe, term, pipe):
    probe = open_probe(term)
    with listen(probe, pipe) as output:
        probe.send("half a li")
        probe.wait_for_end("probe> half a li")
        output.write("note from afar\n")
        if term == "xterm":
            probe.wait_for_end("listening", "note from afar", "probe> half a li")
        else:
            probe.wait_for_end("note from afar", "probe> half a li")
        probe.run("ne", 'line "half a line"')


def test_background_output_keeps_the_cursor(probe, pipe):
    with listen(probe, pipe) as output:
        probe.send("abd\x02")
        probe.wait_for_end("probe> abd")
        output.write("note\n")
        probe.wait_for_end("note", "probe> abd")
        probe.run("c", 'line "abcd"')


def test_background_output_keeps_a_line_longer_than_the_screen_is_wide(probe, pipe):
    text = "".join(chr(97 + index % 26) for index in range(200))
    with listen(probe, pipe) as output:
        probe.send(text)
        rows = [("probe> " + text)[start : start + 80] for start in range(0, 207, 80)]
        probe.wait_for_end("listening", *rows)
        output.write("note\n")
        probe.wait_for_end("listening", "note", *rows)


def test_background_output_in_a_reverse_search(probe, pipe):
    probe.run("needle", 'line "needle"')
    with listen(probe, pipe) as output:
        probe.send("\x12need")
        probe.wait_for_end("(reverse-i-search)`need': needle")
        output.write("note\n")
        probe.wait_for_end("note", "(reverse-i-search)`need': needle")
        probe.press("\r", "probe>")
        assert probe.lines()[-3:-1] == ["probe> needle", 'line "needle"']


def test_a_resize_draws_the_line_for_the_new_width(probe):
    probe.send("x" * 60)
    probe.wait_for_end("probe> " + "x" * 60)
    probe.resize(24, 40)
    probe.send("y")
    probe.wait_until(lambda: "y" in probe.text(), "the key after the resize")
    probe.send("\x03")
    probe.wait_for_end("dropped line", "probe>")
    probe.run("columns", "columns 40")
    probe.send("z" * 40)
    probe.wait_for_end("probe> " + "z" * 33, "z" * 7)


def test_a_resize_while_code_runs_is_seen_at_the_next_prompt(probe):
    probe.send("spin\r")
    probe.wait_for_end("running")
    probe.resize(24, 50)
    probe.send("\x03")
    probe.wait_for_end("probe>")
    probe.run("columns", "columns 50")


@pytest.mark.parametrize("stop", ["key", "signal"])
def test_stopping_and_continuing(environment, stop):
    shell = Terminal("/bin/sh", {**environment, "PS1": "shell> "}, arguments=["-i"])
    try:
        shell.wait_for_end("shell>")
        shell.send(f"'{PROBE}'\r")
        shell.wait_for_end("probe>")
        shell.send("half")
        shell.wait_for_end("probe> half")
        if stop == "key":
            shell.send("\x1a")
        else:
            # The process group of the terminal's foreground is the probe's.
            os.killpg(os.tcgetpgrp(shell.child.child_fd), signal.SIGSTOP)
        shell.wait_until(lambda: shell.lines()[-1].endswith("shell>"), "the shell's prompt")
        # After SIGSTOP the terminal is as readline left it, and a return stays a return.
        shell.send("fg\n")
        shell.wait_until(lambda: shell.lines()[-1] == "probe> half", "the line again")
        shell.send(" line\r")
        shell.wait_for_end('line "half line"', "probe>")
        shell.send("\x04")
        shell.wait_for_end("end of file", "shell>")
    finally:
        shell.close()


def test_the_prompt_goes_to_standard_error_when_output_is_redirected(environment, tmp_path):
    output = tmp_path / "output"
    command = f"'{PROBE}' > '{output}'"
    probe = Terminal("/bin/sh", environment, arguments=["-c", command])
    try:
        probe.wait_for_end("probe>")
        probe.send("abc\r")
        probe.wait_for_end("probe> abc", "probe>")
        probe.send("\x04")
        assert probe.wait_for_exit() == 0
        assert re.findall(r"\S.*", output.read_text()) == ['line "abc"', "end of file"]
    finally:
        probe.close()
