"""Pictures and charts on a terminal, in pipes and in files."""

import xml.etree.ElementTree as ElementTree

import pytest

SETUP = (
    "m = sun4v.machine { seed = 42 }"
    " bus = m:domain('primary'):add_root_complex { name = 'pci@400', window = { size = '4M' } }"
    " nic = bus:add_function { bdf = '01:00.0', name = 'net0' }"
    " ldg1 = m:add_domain { name = 'ldg1' } ldg2 = m:add_domain { name = 'ldg2' } m:boot()"
    " rec = m:record { every = 500 }"
    " grant, buffer = ldg1:negotiate { pages = 20 }, ldg1:allocate('64K')"
    " map = ldg1:map { buffer = buffer, grant = grant, device = nic }"
    " ldg2:negotiate { pages = 30 }"
)
PICTURE = [
    "DVA window of pci@400, at 16000 ns",
    "a cell is 1 page of 8K; amounts are in pages",
    "                    +0x0            +0x20000",
    "0x0000000080000000  ................................",
    "*",
    "0x0000000080200000  AAAAAAAAaaaaaaaaaaaabbbbbbbbbbbb  ldg1 20, ldg2 12",
    "0x0000000080240000  bbbbbbbbbbbbbbbbbb::::::::::::::  ldg2 18",
    "0x0000000080280000  ::::::::::::::::::::::::::::::::",
    "*",
    "0x00000000803c0000  ::::::::::::::::::::::::::::::::",
    "A ldg1 mapped 8   a ldg1 granted 12   b ldg2 granted 30   : free 206",
    ". private 256",
]


@pytest.fixture
def ready(shell, tmp_path):
    (tmp_path / "setup.lua").write_text(SETUP)
    shell.run("dofile 'setup.lua'", "dvmash> dofile 'setup.lua'")
    return shell


def test_picture_at_the_prompt(ready, term):
    ready.run("bus:picture()", *PICTURE)
    assert (b"\x1b[7;34mAAAAAAAA\x1b[0m\x1b[34maaaa" in ready.raw) == (term == "xterm")
    assert b"\\x1b" not in ready.raw


def test_print_shows_the_same(ready):
    ready.run("print(bus:picture())", *PICTURE)


def test_picture_is_as_wide_as_the_terminal(open_shell, tmp_path, term):
    (tmp_path / "setup.lua").write_text(SETUP)
    shell = open_shell("-q", term=term, columns=120, cwd=str(tmp_path))
    shell.run("dofile 'setup.lua'", "dvmash> dofile 'setup.lua'")
    shell.run(
        "bus:picture { height = 1 }",
        "a cell is 8 pages of 8K; amounts are in pages",
        "                    +0x0                            +0x200000",
        "0x0000000080000000  " + 32 * "." + "Aaabbbb" + 25 * ":" + "  ldg1 20, ldg2 30",
        "A ldg1 mapped 8   a ldg1 granted 12   b ldg2 granted 30   : free 206   . private 256",
    )


def test_settings_of_the_prompt_hold(ready):
    ready.send("\\set color off\r")
    ready.wait_for_end("dvmash> \\set color off", "dvmash>")
    before = len(ready.raw)
    ready.run("bus:picture()", *PICTURE)
    assert b"\x1b[34m" not in ready.raw[before:]


def test_chart_at_the_prompt(ready, term):
    ready.send("rec:chart { height = 3 }\r")
    ready.wait_for_end(
        "\u2501\u2501 granted  \u2501\u2501 mapped  \u2501\u2501 fragmentation"
        if term == "xterm" else "* granted  o mapped  + fragmentation",
        "dvmash>",
    )
    drawn = ready.text().split("fragmentation")[0]
    assert any(0x2800 < ord(c) < 0x2900 for c in drawn) == (term == "xterm")


def test_plain_in_a_pipe(run):
    result = run("-e", SETUP + " print(bus:picture())")
    assert result.stdout.splitlines() == PICTURE


def test_colours_follow_the_rules(run):
    script = SETUP + " print(bus:picture())"
    assert "\x1b[34m" in run("--color", "always", "-e", script).stdout
    assert "\x1b[34m" in run("-e", script, extra={"FORCE_COLOR": "1"}).stdout
    assert "\x1b" not in run("-e", script, extra={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
    assert "\x1b" not in run("--color", "never", "-e", script, extra={"FORCE_COLOR": "1"}).stdout


def test_ascii_where_the_locale_has_no_more(run):
    script = SETUP + " print(rec:chart { lines = { 'granted' } })"
    assert run("-e", script, extra={"LANG": "C"}).stdout.isascii()
    assert not run("-e", script).stdout.isascii()


def test_files_are_well_formed_and_the_same_each_time(run, tmp_path):
    script = SETUP + " m:picture { file = 'map.svg' } rec:chart { file = 'use.svg' }"
    found = []
    for _ in range(2):
        assert run("-e", script).returncode == 0
        found.append([(tmp_path / name).read_bytes() for name in ("map.svg", "use.svg")])
    assert found[0] == found[1]
    for document in found[0]:
        assert ElementTree.fromstring(document).tag == "{http://www.w3.org/2000/svg}svg"
        assert b"http" not in document.replace(b"http://www.w3.org/2000/svg", b"")


def test_sandbox_writes_no_drawing(run, tmp_path):
    result = run("--sandbox", "-e", SETUP + " bus:picture { file = 'map.svg' }")
    assert result.returncode == 1 and "no files in the sandbox" in result.stderr
    assert not (tmp_path / "map.svg").exists()
