"""The history: several lines as one entry, across runs, with two shells open."""

import pathlib
import stat

UP = "\x1b[A"


def history_file(environment):
    return pathlib.Path(environment["HOME"], ".local/state/dvmash/history")


def leave(probe):
    probe.send("\x04")
    assert probe.wait_for_exit() == 0


def test_an_entry_of_several_lines_is_one_entry_in_the_next_run(open_probe):
    probe = open_probe()
    probe.run("before", 'line "before"')
    probe.send("first\\\r\\\rlast\r")
    probe.wait_for_end('line "first\\\\\\n\\\\\\nlast"', "probe>")
    leave(probe)
    again = open_probe()
    again.send(UP)
    again.wait_for_end("probe> first\\", "\\", "last")
    again.send(UP)
    again.wait_for_end("probe> before")
    again.send("\x1b[B\r")
    again.wait_for_end('line "first\\\\\\n\\\\\\nlast"', "probe>")


def test_two_shells_keep_each_others_entries(open_probe):
    one, two = open_probe(), open_probe()
    one.run("one a", 'line "one a"')
    two.run("two a", 'line "two a"')
    one.run("one b", 'line "one b"')
    two.send(UP)
    two.wait_for_end("probe> two a")
    leave(one)
    two.cancel()
    two.run("two b", 'line "two b"')
    two.signal(9)
    three = open_probe()
    three.run(
        "history",
        'entry "one a"',
        'entry "two a"',
        'entry "one b"',
        'entry "two b"',
        'entry "history"',
    )


def test_blanks_repeats_and_secrets_are_left_out(probe):
    for line in ["x", "x", "", "   ", " secret", "y"]:
        probe.run(line, f'line "{line}"')
    probe.run("history", 'line "y"', "probe> history", 'entry "x"', 'entry "y"', 'entry "history"')


def test_the_file_is_for_its_owner_only(probe, environment):
    probe.run("x", 'line "x"')
    path = history_file(environment)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_environment_names_file_and_size(open_probe, tmp_path):
    path = tmp_path / "elsewhere"
    extra = {"DVMASH_HISTFILE": str(path), "DVMASH_HISTSIZE": "3"}
    probe = open_probe(extra=extra)
    for line in "abcde":
        probe.run(line, f'line "{line}"')
    leave(probe)
    again = open_probe(extra=extra)
    assert [line for line in path.read_text().splitlines() if line[0] != "#"] == ["c", "d", "e"]
    again.send(UP + UP + UP + UP)
    again.wait_for_end("probe> c")


def test_an_empty_name_means_no_history(open_probe, environment):
    probe = open_probe(extra={"DVMASH_HISTFILE": ""})
    probe.run("x", 'line "x"')
    leave(probe)
    assert not history_file(environment).exists()


def test_a_file_of_any_bytes_does_no_harm(open_probe, tmp_path):
    path = tmp_path / "history"
    path.write_bytes(bytes(range(256)) * 20 + b"\n#5\n\xff\xfe\x00\x1b[31mred\n#6\nlast\n")
    probe = open_probe(extra={"DVMASH_HISTFILE": str(path)})
    probe.send(UP)
    probe.wait_for_end("probe> last")
    probe.send(UP * 5)
    probe.send("\x03")
    probe.wait_for_end("dropped line", "probe>")
    assert b"\x1b[31m" not in probe.raw


def test_a_file_that_cannot_be_written_is_told(open_probe):
    # Not even root makes files there.
    probe = open_probe(extra={"DVMASH_HISTFILE": "/proc/self/history"})
    probe.send("x\r")
    probe.wait_for_output(b"history: cannot open the history file '/proc/self/history': ")
    probe.wait_for_end('line "x"', "probe>")


def test_what_is_not_a_file_is_told(open_probe, tmp_path):
    message = f"history: cannot use what is not a file, the history file '{tmp_path}'"
    probe = open_probe(extra={"DVMASH_HISTFILE": str(tmp_path)})
    assert message in "".join(probe.lines())
    probe.run("x", 'line "x"')
