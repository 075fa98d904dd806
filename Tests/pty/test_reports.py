"""The reports of dvmash test, read by the programs that they are for."""

import re
import shutil
import subprocess

import pytest

from conftest import DVMASH, ROOT
from test_merge import PAGE, shell

# Whatever a report may have to hold: each outcome, text that XML and TAP give a meaning, bytes that
# are no text, names that are empty or have lines, and entries that are no tests.
ODD = r"""
describe("odd <&\"> # \\ names", function()
  it("passes", function() print("\27[0m\0 \xff ]]> <out>") end)
  it("fails", function() assert.are.equal("<a>", "b\n\1") end)
  it("breaks\nin two", function() error({ code = "x", text = "]]>" }) end)
  it("", function() end)
  it("skips", function() pending("no <device>") end)
  pending("later")
end)
describe("prepared", function()
  before_each(function() error("no") end)
  it("never runs", function() end)
end)
"""


@pytest.fixture
def specs(tmp_path):
    folder = tmp_path / "scripts/acceptance"
    folder.mkdir(parents=True)
    (folder / "good_spec.lua").write_text("it('one', function() end) it('two', function() end)")
    (folder / "odd_spec.lua").write_text(ODD)
    (folder / "broken_spec.lua").write_text("x = = 1")
    return folder


def needs(program):
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


def xmllint(report):
    return subprocess.run(
        ["xmllint", "--noout", "--schema", str(ROOT / "docs/junit.xsd"), str(report)],
        capture_output=True, text=True,
    )


@needs("xmllint")
@pytest.mark.parametrize("arguments", [[], ["--filter", "nothing", "--allow-empty"], ["--repeat", "2"]])
def test_junit_is_what_the_schema_says(run, specs, tmp_path, arguments):
    run("test", specs, "--format", "junit=report.xml", *arguments)
    done = xmllint(tmp_path / "report.xml")
    assert done.returncode == 0, done.stderr


@needs("xmllint")
@pytest.mark.parametrize(
    "old, new",
    [
        ('errors="', 'errors="-'),
        (' classname="', ' class="'),
        ("<error ", "<fault/><error "),
        ('time="0.', 'time="1e-'),
        ('type="assertion"', 'type="wrong"'),
        ("    <properties>", "    <properties/><properties>"),
    ],
)
def test_the_schema_refuses_what_is_wrong(run, specs, tmp_path, old, new):
    run("test", specs, "--format", "junit=report.xml")
    report = tmp_path / "report.xml"
    text = report.read_text()
    assert old in text
    report.write_text(text.replace(old, new, 1))
    assert xmllint(report).returncode == 3


@needs("prove")
def test_the_recipe_for_prove(environment, specs, tmp_path):
    (recipe,) = re.findall(r"^prove .*$", PAGE, re.M)
    done = shell(recipe, environment, tmp_path, tmp_path / "tools")
    assert "Result: FAIL" in done.stdout and done.returncode != 0
    for name in ("broken", "odd"):
        (specs / f"{name}_spec.lua").unlink()
    done = shell(recipe, environment, tmp_path, tmp_path / "tools")
    assert "Result: PASS" in done.stdout and done.returncode == 0, done.stdout + done.stderr


def test_tap_tells_what_was_expected(run, specs):
    text = run("test", specs / "odd_spec.lua", "--format", "tap", "--seed", "7").stdout
    assert '      expected: "(string) \'<a>\'"\n' in text
    assert "      actual: \"(string) 'b" in text
    assert "    ok 5 - odd <&\"> \\# \\\\ names skips # SKIP " in text
    assert "    not ok 6 - odd <&\"> \\# \\\\ names later # TODO pending\n" in text
    assert "    not ok 8 - prepared never runs\n" in text


def test_shuffled_acceptance_scripts_have_one_order(run):
    arguments = ["test", ROOT / "scripts/acceptance", "--list", "--shuffle", "--seed"]
    first, again, other = (run(*arguments, seed) for seed in ("7", "7", "8"))
    assert first.returncode == 0
    assert len(first.stdout.splitlines()) > 10
    assert first.stdout == again.stdout
    assert first.stdout != other.stdout
    assert sorted(first.stdout.splitlines()) == sorted(other.stdout.splitlines())


def test_reports_side_by_side(run, specs, tmp_path):
    good = specs / "good_spec.lua"
    done = run("test", good, "--seed", "7", "--format", "pretty", "--format", "tap=a.tap",
               "--format", "tap14=b.tap", "--format", "junit=c.xml", "--format", "json=d.json")
    assert done.returncode == 0
    assert "2 passed" in done.stdout
    tap = (tmp_path / "a.tap").read_text().splitlines()
    assert tap[0] == "TAP version 13"
    assert (tmp_path / "b.tap").read_text().splitlines() == ["TAP version 14", *tap[1:]]
    for name in ("a.tap", "b.tap", "c.xml", "d.json"):
        assert re.search(r'seed[" :=a-z]*7', (tmp_path / name).read_text()), name


@pytest.mark.parametrize("format", ["json", "pretty"])
def test_tests_are_reported_as_they_end(environment, tmp_path, format):
    """The second test goes on until the report of the first was read."""
    (tmp_path / "x_spec.lua").write_text(
        "it('first', function() end)"
        "it('second', function() while not io.open('go') do end end)"
    )
    child = subprocess.Popen(
        [DVMASH, "test", "x_spec.lua", "--format", format], stdout=subprocess.PIPE, text=True,
        env=environment, cwd=tmp_path,
    )
    with child.stdout as lines:
        assert any("first" in line for line in lines)
        (tmp_path / "go").write_text("")
        assert "second" in lines.read()
    assert child.wait(timeout=60) == 0


def test_a_report_on_a_full_device(run, specs):
    good = specs / "good_spec.lua"
    result = run("test", good, "--format", "json=/dev/full")
    assert result.returncode == 2
    assert "/dev/full" in result.stderr


def test_output_goes_into_no_report_without_capture(run, specs):
    for format in ("pretty", "tap", "json"):
        text = run("test", specs, "--format", format, "--capture", "off").stdout
        assert "<out>" not in text
