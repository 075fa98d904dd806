"""dvmash test: what it runs, what it reports, and that it never calls a bad run good."""

import json
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

MIXED = """
describe("things", function()
  it("pass #fast", function() print("captured") assert.is_true(true) end)
  it("fail", function() assert.are.equal(1, 2) end)
  it("break", function() error({ code = "broken" }) end)
  it("leave", function() os.exit(0) end)
  pending("wait")
end)
"""


@pytest.fixture
def spec(tmp_path):
    def write(name, text):
        path = tmp_path / f"{name}_spec.lua"
        path.write_text(text)
        return path

    return write


def events(run, *arguments):
    result = run("test", "--format", "json", "--seed", "7", *arguments)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def by_name(found):
    return {event["name"]: event for event in found if event["event"] == "test"}


def test_outcomes(run, spec):
    result, found = events(run, spec("mixed", MIXED))
    tests = by_name(found)
    assert {name: test["status"] for name, test in tests.items()} == {
        "things pass #fast": "success", "things fail": "failure", "things break": "error",
        "things leave": "failure", "things wait": "pending",
    }
    assert "os.exit(0)" in tests["things leave"]["message"]
    assert tests["things pass #fast"]["output"] == "captured\n"
    assert tests["things fail"]["line"] == 4
    assert found[-1] == {
        "event": "end", "passed": 1, "failed": 2, "errors": 1, "pending": 1, "seed": 7,
    }
    assert result.returncode == 1


def test_good_run(run, spec):
    assert run("test", spec("good", "it('is fine', function() end)")).returncode == 0


@pytest.mark.parametrize(
    "text", ["x = = 1", "error('at load')", "", "describe('empty', function() end)"]
)
def test_file_that_does_not_load_or_is_empty(run, spec, text):
    assert run("test", spec("bad", text)).returncode == 2


def test_nothing_selected(run, spec, tmp_path):
    path = spec("one", "it('is there', function() end)")
    assert run("test", path, "--filter", "absent").returncode == 2
    assert run("test", path, "--filter", "absent", "--allow-empty").returncode == 0
    assert run("test", tmp_path / "missing").returncode == 2


def test_report_that_cannot_be_written(run, spec):
    path = spec("one", "it('is there', function() end)")
    assert run("test", path, "--format", "tap=/nowhere/at/all").returncode == 2


def test_many_failures_stay_one(run, spec):
    path = spec("many", "for i = 1, 256 do it('n' .. i, function() assert(false) end) end")
    assert run("test", path).returncode == 1


def test_timeout(run, spec):
    path = spec("loop", "it('spins', function() while true do end end)")
    result, found = events(run, path, "--timeout", "1")
    assert result.returncode == 1
    assert "longer than 1.0 seconds" in by_name(found)["spins"]["message"]


def test_process_that_dies(run, spec):
    path = spec("dies", "it('dies', function() os.execute('kill -SEGV $PPID') while true do end end)")
    result, found = events(run, path)
    assert result.returncode == 1
    assert "died of signal 11" in by_name(found)["dies"]["message"]


def test_files_do_not_share_a_state(run, spec):
    first = spec("a", "it('sets', function() leaked = 1 end)")
    second = spec("b", "it('sees nothing', function() assert.is_nil(rawget(_G, 'leaked')) end)")
    assert run("test", first, second).returncode == 0


def test_selection(run, spec):
    path = spec("mixed", MIXED)
    assert list(by_name(events(run, path, "--tag", "fast")[1])) == ["things pass #fast"]
    assert "things fail" not in by_name(events(run, path, "--exclude", "fail")[1])
    listed = run("test", "--list", path).stdout.splitlines()
    assert len(listed) == 5 and listed[0].endswith("things pass #fast")


def test_shuffle_repeats_with_the_seed(run, spec):
    text = "for i = 1, 9 do it('n' .. i, function() end) end"
    paths = [spec(name, text) for name in "abcd"]
    orders = [
        [(event["file"], event["name"]) for event in events(run, "--shuffle", *paths)[1] if event["event"] == "test"]
        for _ in range(2)
    ]
    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0])


def test_shards_cover_everything_once(run, spec):
    paths = [spec(name, "it('runs', function() end)") for name in "abcde"]
    files = []
    for part in ("1/2", "2/2"):
        files += [e["file"] for e in events(run, "--shard", part, "--jobs", "2", *paths)[1] if e["event"] == "file"]
    assert sorted(files) == sorted(map(str, paths))


def test_repeat_and_bail(run, spec):
    path = spec("one", "it('runs', function() end)")
    assert events(run, "--repeat", "3", path)[1][-1]["passed"] == 3
    path = spec("two", "it('a', function() assert(false) end) it('b', function() assert(false) end)")
    assert events(run, "--bail", path)[1][-1]["failed"] == 1


def test_rerun_failed(run, spec):
    path = spec("mixed", MIXED)
    events(run, path)
    assert set(by_name(events(run, "--rerun-failed", path)[1])) == {
        "things fail", "things break", "things leave",
    }


def test_failure_tells_what_the_machine_did(run, spec):
    path = spec("m", "it('fails', function() local m = sun4v.machine {} m:boot() assert(false) end)")
    message = by_name(events(run, path)[1])["fails"]["message"]
    assert "last events of machine 1" in message and "hypercall" in message


def test_tap_satisfies_prove(run, spec, tmp_path):
    path = spec("good", "it('has # and \\\\ in it', function() end) pending('later')")
    tap = run("test", path, "--format", "tap", "--seed", "7").stdout
    assert tap.startswith("TAP version 13\n1..1\n# seed 7\n")
    assert "    ok 1 - has \\# and \\\\ in it\n" in tap
    assert "    ok 2 - later # SKIP" in tap
    file = tmp_path / "out.tap"
    file.write_text(tap)
    assert subprocess.run(["prove", str(file)], capture_output=True).returncode == 0


def test_junit_parses_whatever_a_test_says(run, spec, tmp_path):
    path = spec("odd", "it('odd \\1 <&\\\">', function() print('\\27[0m\\0') error('\\2]]>') end)")
    report = tmp_path / "report.xml"
    run("test", path, "--format", f"junit={report}", "--seed", "7")
    root = ElementTree.parse(report).getroot()
    assert root.tag == "testsuites" and root.get("errors") == "1"
    case = root.find("testsuite/testcase")
    assert case.find("error") is not None and case.find("system-out") is not None
    assert root.find("testsuite/properties/property[@name='seed']").get("value") == "7"


def test_ordinary_busted_runs_on_dvmash(environment, spec):
    from conftest import DVMASH

    path = spec("plain", "describe('x', function() it('y', function() assert.is_true(true) end) end)")
    # busted hands the name of the interpreter to a shell as it is, spaces and all.
    link = path.parent / "dvmash"
    link.symlink_to(DVMASH)
    result = subprocess.run(
        ["busted", f"--lua={link}", str(path)], capture_output=True, text=True, env=environment
    )
    assert result.returncode == 0, result.stdout + result.stderr
