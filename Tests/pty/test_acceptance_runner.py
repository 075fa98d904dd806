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
    assert "    not ok 2 - later # TODO" in tap
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


MACHINE = """
local function machine()
  local m = sun4v.machine { seed = 1, memory = "16M" }
  m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "16M" } }
  m:add_domain { name = "ldg1", memory = "16M" }
  m:boot()
  return m
end
"""


@pytest.mark.parametrize(
    "made",
    [
        "it('fails', function() local m = machine() m:domain('ldg1'):negotiate { pages = 3 } error('no') end)",
        "local m before_each(function() m = machine() end)"
        " it('fails', function() m:domain('ldg1'):negotiate { pages = 3 } error('no') end)",
        "local m setup(function() m = machine() end) it('passes', function() end)"
        " it('fails', function() m:domain('ldg1'):negotiate { pages = 3 } error('no') end)",
    ],
    ids=["in the test", "in before_each", "in setup"],
)
def test_failure_tells_the_last_events(run, spec, made):
    _, found = events(run, spec("events", MACHINE + f"describe('m', function() {made} end)"))
    message = by_name(found)["m fails"]["message"]
    told = message.split("last events of machine 1:\n")[1].splitlines()
    assert len(told) == 10
    assert any(line.startswith("  grant at ") and "pages=0x3" in line for line in told), message
    assert all(line.startswith("  ") for line in told)
    assert "machine 2" not in message and "invariants" not in message


def test_failure_tells_no_events_of_machines_of_other_tests(run, spec):
    text = MACHINE + """
    describe("m", function()
      local kept = machine()
      it("passes", function() kept = machine() end)
      it("fails", function() error("no") end)
    end)
    """
    _, found = events(run, spec("others", text))
    assert "last events" not in by_name(found)["m fails"]["message"]


PLANTED = """
local function setup()
  local m = sun4v.machine {
    memory = "1M", queue = 16, seed = 1, retransmit = 500000, forgets_answers = true,
  }
  m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "256K" } }
  m:add_domain { name = "ldg1", memory = "1M" }
  m:boot()
  m:run { time = 1000000000 }
  return m
end
local actions = { ask = function(m) return m:domain("ldg1"):request { pages = 1 } end }
describe("planted", function()
  it("breaks", function()
    local r = sun4v.explore { setup = setup, actions = actions, timeouts = 1, depth = 200 }
    local script = r.violation.script:gsub("m:check%(%)", "")
    load(script)(setup, actions)
    error("the model may be wrong")
  end)
end)
"""


def test_failure_tells_the_broken_invariant(run, spec):
    _, found = events(run, spec("planted", PLANTED))
    message = by_name(found)["planted breaks"]["message"]
    assert "broken invariants of machine 2: request 3 of ldg1 for 1 ranges has more" in message
    assert "last events of machine" in message


EXPECTATIONS = """
describe("expectations", function()
  local m, bus, nic, ldg1, grant, buffer, map
  before_each(function()
    m = sun4v.machine { seed = 1 }
    bus = m:domain("primary"):add_root_complex { name = "pci@400" }
    nic = bus:add_function { bdf = "01:00.0", name = "net0" }
    ldg1 = m:add_domain { name = "ldg1" }
    m:boot()
    grant, buffer = ldg1:negotiate { pages = 2 }, ldg1:allocate("8K")
    map = ldg1:map { buffer = buffer, grant = grant, device = nic, direction = "to_device" }
  end)
  it("hold", function()
    assert.maps_to(bus, map.dva, buffer)
    assert.does_not_map_to(bus, map.dva + 8192)
    assert.reaches(nic, map.dva)
    assert.does_not_reach(nic, map.dva, "write")
    assert.faults_with(function() nic:write(map.dva, "x") end, "TTE_PRT")
    assert.does_not_fault_with(function() nic:read(map.dva, 1) end)
    assert.refuses_with(function() m:boot() end, "wrong_state")
    assert.has_status(ldg1:hypercall("pci_iommu_getmap", bus.handle, 0), "ENOACCESS")
    assert.has_no.status(ldg1:hypercall("pci_iommu_getmap", bus.handle, 0), "EOK")
    assert.is_sound(m)
    assert.leaks(m)
    map:unmap() grant:release() buffer:free()
    assert.no_leaks(m)
  end)
  it("maps", function()
    assert.maps_to(bus, map.dva + 8192, buffer)
  end)
  it("does not map", function()
    assert.does_not_map_to(bus, map.dva)
  end)
  it("leaks", function()
    assert.no_leaks(m)
  end)
  it("misspells", function()
    assert.has_status("EOK", "EINVALL")
  end)
end)
"""


def test_expectations_are_assertions(run, spec):
    _, found = events(run, spec("expect", EXPECTATIONS))
    tests = {name.removeprefix("expectations "): test for name, test in by_name(found).items()}
    assert {name: test["status"] for name, test in tests.items()} == {
        "hold": "success", "maps": "failure", "does not map": "failure", "leaks": "failure",
        "misspells": "error",
    }
    told = {name: test.get("message", "").split("\nlast events")[0] for name, test in tests.items()}
    assert told["maps"].endswith("\nfound no valid entry")
    assert "expected that DVA 0x00000000c0002000 of pci@400 maps to" in told["maps"]
    assert "did not expect that DVA 0x00000000c0000000 of pci@400 maps to memory" in told["does not map"]
    assert "expected that nothing is held\nheld: grant 1 of ldg1" in told["leaks"]
    assert "did you mean 'EINVAL'?" in told["misspells"]
    lines = EXPECTATIONS.splitlines()
    for name, test in tests.items():
        at = lines[test["line"] - 1]
        assert test["status"] != "failure" or lines[test["line"] - 2].strip().startswith(f'it("{name}"'), at
    assert all(test["file"].endswith("expect_spec.lua") for test in tests.values())


def test_expectations_under_busted_alone(run, tmp_path):
    (tmp_path / "plain.lua").write_text(
        "local assert = sun4v.expect.install()\n"
        "local m = sun4v.machine {} m:boot()\n"
        "assert.is_sound(m)\n"
        "local ok, message = pcall(assert.leaks, m)\n"
        "print(ok, message)\n"
    )
    path = ";".join(f"/usr/share/lua/5.{v}/?.lua;/usr/share/lua/5.{v}/?/init.lua" for v in (4, 3, 1))
    result = run(tmp_path / "plain.lua", extra={"LUA_PATH": path})
    assert result.stdout.startswith("false\t"), result.stderr
    assert "expected that something is held\nnothing is held" in result.stdout
