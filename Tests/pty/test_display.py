"""How values look on a screen of 80 columns, and what they are for programs."""

import json

import pytest

ENGINE = """
m = sun4v.machine { seed = 42 }
bus = m:domain("primary"):add_root_complex { name = "pci@400" }
nic = bus:add_function { bdf = "01:00.0", name = "net0" }
ldg1 = m:add_domain { name = "ldg1", memory = "64M" }
m:boot()
grant = ldg1:negotiate { pages = 4 }
buffer = ldg1:allocate("32K")
map = ldg1:map { buffer = buffer, grant = grant, device = nic }
"""


@pytest.fixture
def ready(shell, tmp_path):
    (tmp_path / "engine.lua").write_text(ENGINE)
    shell.run("dofile 'engine.lua'", "dvmash> dofile 'engine.lua'")
    return shell


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("domains", ["name     id  role     running  memory",
                     "-------  --  -------  -------  ------",
                     "primary   0  control  true         1G",
                     "ldg1      1  guest    true        64M"]),
        ("grants", ["id  dva                 pages  size  state  domain  root_complex",
                    "--  ------------------  -----  ----  -----  ------  ------------",
                    " 1  0x00000000c0000000      4   32K  live   ldg1    pci@400"]),
        ("functions", ["name  bdf      root_complex  domain", "----  -------  ------------  -------",
                       "net0  01:00.0  pci@400       primary"]),
        ("root_complexes",
         ["name     handle              window                    reserved",
          "-------  ------------------  ------------------------  ------------------------",
          "pci@400  0x0000000000000400  2G at 0x0000000080000000  1G at 0x00000000c0000000"]),
        ("iotsbs", ["bus      granted   pages  valid  window",
                    "-------  -------  ------  -----  ------------------------",
                    "pci@400        4  262144      4  2G at 0x0000000080000000"]),
    ],
)
def test_inventories_have_the_columns_that_matter(ready, kind, expected):
    ready.run(f"\\ls {kind}", *expected)


def test_a_table_wider_than_the_screen_has_a_line_for_each_cell(ready):
    ready.run("\\show { map, map }")
    block = ["dva        0x00000000c0000000", "length     32K", "pages      4",
             "direction  bidirectional", "device     01:00.0", "live       true",
             "buffer     0x0000000080006000", "grant      1", "domain     ldg1"]
    assert ready.lines()[-20:-1] == [*block, "", *block]
    ready.run("\\set width 200")
    ready.run("\\show map")
    assert b"dva                 length  pages  direction" in ready.raw


def test_what_goes_to_a_file_or_a_program_keeps_its_rows(ready, tmp_path):
    ready.run("\\show map > rows")
    assert len((tmp_path / "rows").read_text().splitlines()) == 3
    ready.run("\\show map | wc -l", "3")


def test_a_sentence_at_the_end_of_a_row_goes_on_below_itself(ready):
    ready.run("\\ls")
    lines = ready.lines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("map "))
    assert lines[begin].split()[:2] == ["map", "mapping"]
    assert lines[begin + 1] == " " * lines[begin].index("mapping of") + "bidirectional"
    assert any(line.startswith("m holds 2 domains, 1 root complex, 1 function,") for line in lines)


def test_help_is_broken_at_words_on_the_screen_only(open_shell, tmp_path, term):
    shell = open_shell("-q", term=term, rows=200, cwd=str(tmp_path))
    shell.run("\\set pager off")
    for topic in ("", " domain", " domain:map", " sun4v.machine", " \\watch", " pci_iommu_map"):
        row = shell.screen.row()
        shell.run(f"\\help{topic}")
        shown = shell.lines()[-(shell.screen.row() - row) : -1]
        shell.run(f"\\help{topic} > page")
        page = (tmp_path / "page").read_text()
        assert " ".join(shown).split() == page.split()
        assert len(shown) >= len(page.splitlines())


def test_the_tutorial_can_be_typed(open_shell, term):
    shell = open_shell("-q", term=term, rows=60)
    shell.run("\\tutorial")
    lines = [line.strip() for line in shell.lines() if line.startswith("  ")]
    assert len(lines) == 14 and all(len(line) < 80 for line in lines)
    for line in lines:
        shell.run(line)
    assert " valid" in "".join(shell.lines()[-3:-1])
    assert any(line == '"hello"' for line in shell.lines())


# For programs


def test_objects_are_records_in_json_and_yaml(run, tmp_path):
    (tmp_path / "engine.lua").write_text(ENGINE)
    found = json.loads(run("--format", "json", "-l", "engine", "-p", "grant").stdout)
    assert found == {
        "id": 1, "dva": "0x00000000c0000000", "pages": 4, "size": 32768, "state": "live",
        "domain": "ldg1", "root_complex": "pci@400",
    }
    domains = json.loads(run("--format", "json", "-l", "engine", "-p", "m.domains").stdout)
    assert [domain["name"] for domain in domains] == ["primary", "ldg1"]
    yaml = run("--format", "yaml", "-l", "engine", "-p", "grant").stdout
    assert yaml.startswith('---\nid: 1\ndva: "0x00000000c0000000"\n')


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_data_is_whole_or_refused(run, format):
    long = run("--format", format, "-p", "(function() local t = {} for i = 1, 150000 do t[i] = i end return t end)()")
    assert long.returncode == 0
    assert "150000" in long.stdout
    shared = "(function() local t = {} for i = 1, 60 do t = { t, t } end return t end)()"
    refused = run("--format", format, "-p", shared)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "more than 2000000 parts" in refused.stderr


def test_what_nobody_reads_stays_closed(run):
    program = (
        "local function grow(n) local t = {} for i = 1, 60 do t[i] = n > 1 and grow(n - 1) or i end return t end"
        " x = grow(4)"
    )
    result = run("-e", program, "-p", "x")
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) < 25_000
    assert "{…}" in result.stdout


def test_cancel_stops_what_is_shown(shell):
    shell.run("stuck = { __tostring = function() io.write('.'):flush() while true do end end }")
    shell.run("slow = {} for i = 1, 50 do slow[i] = setmetatable({}, stuck) end")
    for format in ("lua", "json", "yaml", "table"):
        shell.run(f"\\set format {format}")
        shell.send("slow\r")
        shell.wait_until(lambda: shell.lines()[-1] == ".", "that it is shown")
        shell.press("\x03", "dvmash>")
        assert "interrupted!" in shell.lines()[-2]


# The prompt


def test_a_coloured_prompt_takes_no_room(open_shell, term):
    shell = open_shell("-q", term=term)
    shell.run("_PROMPT = '\\27[1;32mdv\\27[0m> '", prompt="dv>")
    assert (b"\x1b[1;32mdv\x1b[0m> " in shell.raw) == (term == "xterm")
    if term == "xterm":
        shell.send("x" * 76 + "y\x01z")
        shell.wait_for_end("dv> z" + "x" * 75, "xy")


def test_a_prompt_does_not_drive_the_terminal(shell):
    shell.run("_PROMPT = '\\27]0;title\\7> '", prompt="\\x1b]0;title\\x07>")
    assert b"\x1b]0;title" not in shell.raw
