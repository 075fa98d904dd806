"""Ctrl-C and Ctrl-D at the prompt."""

import signal

import pytest


def test_ctrl_c_drops_the_line(open_probe, term):
    probe = open_probe(term)
    probe.send("something wrong\x03")
    probe.wait_for_end("probe> something wrong^C", "dropped line", "probe>")
    probe.run("right", 'line "right"')


def test_ctrl_c_shows_the_mark_after_the_line_wherever_the_cursor_is(open_probe, term):
    probe = open_probe(term)
    probe.send("abc\x01\x03")
    probe.wait_for_end("probe> abc^C", "dropped line", "probe>")


def test_ctrl_c_drops_a_block(open_probe, term):
    probe = open_probe(term)
    probe.run("for x do\\", "probe> for x do\\", prompt="   >>")
    probe.send("half\x03")
    probe.wait_for_end("   >> half^C", "dropped block", "probe>")
    probe.run("alone", 'line "alone"')


def test_ctrl_c_leaves_the_reverse_search(open_probe, term):
    probe = open_probe(term)
    probe.run("needle", 'line "needle"')
    probe.send("\x12need")
    probe.wait_for_end("(reverse-i-search)`need': needle")
    probe.send("\x03")
    probe.wait_for_end("dropped line", "probe>")
    probe.run("after", 'line "after"')


def test_quick_cancels_lose_no_key(open_probe, term):
    probe = open_probe(term)
    count = 200
    probe.send("".join(f"typed{number}\x03" for number in range(count)) + "last\r")
    probe.wait_for_output(b'line "last"')
    assert probe.raw.count(b"dropped line") == count
    for number in range(count):
        assert f"typed{number}^C".encode() in probe.raw


def test_keys_after_a_cancel_are_the_next_line(open_probe, term):
    probe = open_probe(term)
    probe.send("abc\x03def\r")
    probe.wait_for_end("dropped line", "probe> def", 'line "def"', "probe>")


def test_ctrl_c_in_a_history_entry_leaves_the_entry_as_it_was(open_probe, term):
    probe = open_probe(term)
    probe.run("original", 'line "original"')
    probe.send("\x1b[A changed\x03")
    probe.wait_for_end("probe> original changed^C", "dropped line", "probe>")
    probe.send("\x1b[A")
    probe.wait_for_end("probe> original")


@pytest.mark.parametrize("mode", ["", "\x1b"], ids=["insertion", "movement"])
def test_ctrl_c_in_vi_mode(open_probe, term, environment, mode):
    with open(environment["INPUTRC"], "w") as file:
        file.write("set editing-mode vi\nset keyseq-timeout 0\n")
    probe = open_probe(term)
    probe.send("abc" + mode)
    probe.wait_for_end("probe> abc")
    probe.send("\x03")
    probe.wait_for_end("probe> abc^C", "dropped line", "probe>")
    probe.run("x", 'line "x"')


def test_sigint_from_outside_drops_the_line_each_time(open_probe, term):
    probe = open_probe(term)
    for number in range(1, 51):
        probe.send(f"try{number}")
        probe.wait_for_output(f"try{number}".encode())
        probe.signal(signal.SIGINT)
        probe.wait_for_count(b"dropped line\r\n", number)
    probe.run("whole", 'line "whole"')


def test_sigint_from_outside_leaves_the_reverse_search(open_probe, term):
    probe = open_probe(term)
    probe.run("needle", 'line "needle"')
    probe.send("\x12need")
    probe.wait_for_end("(reverse-i-search)`need': needle")
    probe.signal(signal.SIGINT)
    probe.wait_for_end("dropped line", "probe>")
    probe.run("after", 'line "after"')


def test_sigint_from_outside_ends_a_paste_without_an_end(probe):
    probe.send("\x1b[200~pasted without end")
    probe.signal(signal.SIGINT)
    probe.wait_for_output(b"dropped line")
    probe.signal(signal.SIGINT)
    probe.wait_for_count(b"dropped line", 2)


def test_ctrl_d_leaves_on_an_empty_line_only(open_probe, term):
    probe = open_probe(term)
    probe.send("abc\x04")
    probe.send("\r")
    probe.wait_for_end('line "abc"', "probe>")
    probe.send("\x04")
    assert probe.wait_for_exit() == 0
    assert probe.lines()[-2:] == ["probe>", "end of file"]
    assert probe.settings() == probe.settings_before


def test_ctrl_d_in_a_block(open_probe, term):
    probe = open_probe(term)
    probe.run("block\\", prompt="   >>")
    probe.send("\x04")
    assert probe.wait_for_exit() == 0
