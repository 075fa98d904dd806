"""What is typed and pasted, completed, and written in inputrc."""

import os
import subprocess

import pytest

from conftest import PROBE


def test_a_paste_waits_for_enter_and_keeps_its_tabs(probe):
    probe.send("\x1b[200~if x then\r\n\tma\tb\rend\x1b[201~")
    probe.wait_for_output(b"end")
    assert b"line" not in probe.raw
    probe.send("\r")
    probe.wait_for_output(b"line ")
    probe.wait_for_end("probe>")
    echoed = [line for line in probe.lines() if line.startswith("line ")]
    assert echoed == ['line "if x then\\n\\tma\\tb\\nend"'] or echoed == [
        'line "if x then\\n\\n\\tma\\tb\\nend"'
    ]


def test_ctrl_c_drops_a_paste(probe):
    probe.send("\x1b[200~one\rtwo\x1b[201~")
    probe.wait_for_output(b"two")
    probe.send("\x03")
    probe.wait_for_end("two^C", "dropped line", "probe>")


def test_a_line_can_begin_with_text(probe):
    probe.send("prefill abc\r")
    probe.wait_for_end("probe> abc")
    probe.run("d", 'line "abcd"')
    probe.run("", 'line ""')


def test_characters_of_several_bytes(probe):
    probe.send("größe \U0001f600\x7f!\r")
    probe.wait_for_end('line "größe !"', "probe>")


@pytest.mark.parametrize(
    "typed", [b"a\xff\xfeb", b"\xc3", b"\xe2\x82", b"\xf0\x9f", b"\x80\x81", b"\xed\xa0\x80"]
)
def test_bytes_that_are_not_utf8_do_no_harm(open_probe, typed):
    for language in ["C.UTF-8", "C", ""]:
        probe = open_probe(extra={"LANG": language})
        probe.send(typed + b"\r")
        probe.send(b"\r\x15after\r")
        probe.wait_until(lambda: 'after"' in probe.text(), "the line after")
        probe.send(b"\t\t\x03")
        probe.wait_for_end("dropped line", "probe>")


def test_random_keys_do_no_harm(open_probe):
    """Every byte but those that end or stop the probe, in an order that is always the same."""
    state = 12345
    keys = bytearray()
    while len(keys) < 4000:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        byte = (state >> 16) & 0xFF
        if byte not in (0x04, 0x13, 0x1A, 0x1C):
            keys.append(byte)
    probe = open_probe()
    # In pieces, so that the terminal's own buffer never overflows.
    for start in range(0, len(keys), 200):
        probe.send(bytes(keys[start : start + 200]))
        probe.send(b"\x1b[201~\x07\x03")
        probe.send(f"\x03\x15mark{start}\r".encode())
        probe.wait_for_output(f'mark{start}"'.encode())


@pytest.mark.parametrize(
    "typed",
    [b"\x1b[24~", b"f\x1b[24~xx", b"\x1b[201~", b"\x18Q", b"\x1b3\x12\x1b[24~", b"\xed", b"f\xc3x"],
)
def test_keys_without_a_meaning_in_a_search_do_no_harm(probe, typed):
    probe.run("first", 'line "first"')
    probe.send(b"\x1b[A\x0b\x94\x12" + typed + b"\x1b[201~\x07\x03\x03\x15last\r")
    probe.wait_for_end('line "last"', "probe>")


@pytest.mark.parametrize("typed", [b"\x1d\x1b\x15", b"\x1b\x1d\x1b\x15", b"\x1d\x1b[201~"])
def test_searching_for_a_character_does_no_harm(probe, typed):
    probe.send(typed + b"\x03last\r")
    probe.wait_for_end('line "last"', "probe>")


@pytest.mark.parametrize("key", ["\x1b[D", "\x1b"])
def test_a_search_ends_with_the_line_it_found(probe, key):
    probe.run("needle", 'line "needle"')
    probe.send("\x12ne")
    probe.wait_for_end("(reverse-i-search)`ne': needle")
    probe.send(key)
    probe.send("\x01\x06\x06X\r")
    probe.wait_for_end('line "neXedle"', "probe>")


def test_inputrc_has_a_section_for_the_program(open_probe, environment):
    with open(environment["INPUTRC"], "w") as file:
        file.write('$if dvmash\n"\\C-xh": "hello"\n$endif\n')
    probe = open_probe()
    probe.send("\x18h\r")
    probe.wait_for_end('line "hello"', "probe>")


def test_ctrl_c_stays_a_key_whatever_inputrc_says(open_probe, environment):
    with open(environment["INPUTRC"], "w") as file:
        file.write('"\\C-c": "oops"\n')
    probe = open_probe()
    probe.send("abc\x03")
    probe.wait_for_end("dropped line", "probe>")


@pytest.mark.parametrize(
    "typed, completed",
    [
        ("mach\t", "machine."),
        ("x = mac\t", "x = machine."),
        ("ma\t", "ma"),
        ("map_\t", "map_sg("),
        ("m.do\t", "m.domain."),
        ("m:ro\t", "m:root_complex."),
        ("grö\t", "größe("),
        ("größe.do\t", "größe.domain."),
        ('open("oth\t', 'open("other.lua'),
        ('open("my\t', 'open("my-file'),
        ('open("my-file t\t', 'open("my-file two.lua'),
        ("nothing\t", "nothing"),
        ("ba\t", "ba"),
    ],
)
def test_completion(open_probe, term, typed, completed):
    probe = open_probe(term)
    probe.send(typed)
    probe.send("|")
    probe.wait_until(lambda: probe.lines()[-1].endswith("|"), "the key after Tab")
    shown = probe.lines()[-1].removeprefix("probe> ").removesuffix("|").rstrip()
    assert shown == completed


def test_the_second_tab_lists_with_suffixes(open_probe, term):
    probe = open_probe(term)
    probe.send("ma\t\t")
    probe.wait_for_end("probe> ma", "machine.  map(      map_sg(", "probe> ma")


def test_completion_in_the_middle_of_a_line(probe):
    probe.send("mach + 1\x01\x06\x06\x06\x06\t\r")
    probe.wait_for_end('line "machine. + 1"', "probe>")


def test_the_second_tab_after_a_parenthesis_shows_the_signature(open_probe, term):
    probe = open_probe(term)
    probe.send("map(\t\t")
    probe.wait_for_end("probe> map(", "map(dva, length) -> mapping", "probe> map(")


def test_ctrl_c_at_the_question_whether_to_list_all(probe):
    probe.send("many\t\t\t")
    probe.wait_until(lambda: "possibilities" in probe.text(), "the question")
    probe.send("\x03")
    probe.wait_for_end("dropped line", "probe>")
    probe.run("after", 'line "after"')


def test_lines_without_a_terminal(environment):
    def run(data):
        return subprocess.run(
            [PROBE], input=data, env=environment, capture_output=True, timeout=20, check=True
        ).stdout.decode()

    assert run(b"one\ntwo") == 'line "one"\nline "two"\nend of file\n'
    assert run(b"") == "end of file\n"
    assert run(b"a\xff\nb\0c\n").startswith('line "a\ufffd"\nline ')
    assert run(b"x" * 100_000) == f'line "{"x" * 100_000}"\nend of file\n'


def test_the_rest_of_standard_input_is_left_for_others(environment, tmp_path):
    script = tmp_path / "script"
    script.write_bytes(b"quit\nfor the next program\n")
    with open(script) as file:
        for command, expected in [([PROBE], ""), (["cat"], "for the next program\n")]:
            done = subprocess.run(
                command, stdin=file, env={**os.environ, **environment}, capture_output=True
            )
            assert done.stdout.decode() == expected
