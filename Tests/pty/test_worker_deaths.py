"""dvmash test where workers hang or die: whatever happens, each test is in the report, and none that
did not pass is called passed."""

import json
import os

import pytest

DIE = "os.execute('kill -KILL $PPID') while true do end"
HANG = "while true do end"


@pytest.fixture
def report(run, tmp_path):
    """Runs one file of tests; gives the status and the tests, as pairs of name and event."""

    def start(text, *arguments):
        (tmp_path / "x_spec.lua").write_text(text)
        result = run("test", "--format", "json", "--seed", "7", "x_spec.lua", *arguments)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        return result.returncode, [(e["name"], e) for e in lines if e["event"] == "test"]

    return start


def statuses(tests):
    return [(name, event["status"]) for name, event in tests]


@pytest.mark.parametrize(
    "body, reason", [(DIE, "died of signal 9"), (HANG, "took longer than 5.0 seconds")]
)
def test_the_tests_after_one_that_dies_run(report, body, reason):
    status, tests = report(
        "it('first', function() print('1') end)"
        f"it('bad', function() print('2') {body} end)"
        "describe('more', function() pending('later')"
        " it('third', function() print('3') assert(false) end)"
        " it('fourth', function() print('4') end) end)",
        "--timeout", "5",
    )
    assert status == 1
    assert statuses(tests) == [
        ("first", "success"), ("bad", "error"), ("more later", "pending"),
        ("more third", "failure"), ("more fourth", "success"),
    ]
    found = dict(tests)
    assert reason in found["bad"]["message"]
    assert "run in a new process" in found["bad"]["message"]
    assert [found[name]["output"] for name in ("first", "bad", "more third", "more fourth")] == [
        "1\n", "2\n", "3\n", "4\n",
    ]


def test_a_shuffled_and_repeated_run_goes_on_where_it_died(report):
    text = "for i = 1, 6 do it('n' .. i, function() if i == 3 then " + DIE + " end end) end"
    status, tests = report(text, "--shuffle", "--repeat", "2")
    assert status == 1
    names = [name for name, _ in tests]
    assert sorted(names) == sorted(f"n{i}" for i in range(1, 7) for _ in range(2))
    assert [name for name, event in tests if event["status"] != "success"] == ["n3", "n3"]
    assert names == [name for name, _ in report(text.replace(DIE, ""), "--shuffle", "--repeat", "2")[1]]


@pytest.mark.parametrize("stage", ["setup", "lazy_setup", "before_each"])
def test_the_tests_that_a_dying_preparation_keeps_from_running(report, stage):
    status, tests = report(
        "it('before', function() end)"
        f"describe('block', function() {stage}(function() {DIE} end)"
        " it('one', function() end) it('two', function() end) end)"
        "it('after', function() end)"
    )
    assert status == 1
    found = dict(tests)
    assert found["before"]["status"] == "success"
    assert {name: found[name]["status"] for name in ("block one", "block two", "after")} == {
        "block one": "error", "block two": "error", "after": "error",
    }
    assert "did not run" in found["after"]["message"]


@pytest.mark.parametrize("stage", ["setup", "lazy_setup", "before_each"])
def test_the_tests_that_a_failing_preparation_keeps_from_running(report, stage):
    status, tests = report(
        f"describe('block', function() {stage}(function() error('no disk') end)"
        " it('one', function() end) end)"
    )
    assert status == 1
    assert any("no disk" in event["message"] for _, event in tests)
    assert "success" not in {event["status"] for _, event in tests}


def test_a_failing_teardown_is_an_error(report):
    status, tests = report(
        "describe('block', function() teardown(function() error('no') end)"
        " it('one', function() end) end)"
    )
    assert status == 1
    assert ("block one", "success") in statuses(tests)


def test_a_process_that_dies_while_it_loads_did_not_load(report):
    assert report(f"it('never', function() end) {DIE}")[0] == 2


def test_nothing_runs_after_a_death_with_bail(report):
    status, tests = report(
        f"it('bad', function() {DIE} end) it('next', function() end)", "--bail"
    )
    assert status == 1
    assert statuses(tests) == [("bad", "error")]


@pytest.mark.parametrize("call", ["os.exit(0)", "os.exit(true, true)", "pcall(os.exit, 0)"])
def test_leaving_the_process_is_a_failure(report, call):
    status, tests = report(f"it('leaves', function() {call} end) it('next', function() end)")
    assert status == 1
    assert statuses(tests) == [("leaves", "failure"), ("next", "success")]
    assert "os.exit(" in tests[0][1]["message"]


def test_a_test_cannot_tell_of_itself(run, report):
    assert run("-p", "shell.test_event").stdout == "nil\n"
    status, tests = report("it('has no way to', function() assert.is_nil(shell.test_event) end)")
    assert status == 0
    assert statuses(tests) == [("has no way to", "success")]


def test_leaving_while_loading_does_not_load(report):
    assert report("os.exit(0)")[0] == 2


def test_what_a_test_leaves_behind_does_not_hold_the_run_up(report):
    # The child keeps what it inherits open for far longer than any run may take.
    status, tests = report("it('starts', function() os.execute('sleep 1000 &') end)")
    assert (status, statuses(tests)) == (0, [("starts", "success")])


def test_each_test_has_its_own_output(report):
    _, tests = report(
        "for i = 1, 200 do it('n' .. i, function()"
        " print('print ' .. i) io.stderr:write('error ' .. i .. '\\n') end) end"
    )
    for number, (_, event) in enumerate(tests, 1):
        assert sorted(event["output"].splitlines()) == [f"error {number}", f"print {number}"]


def test_output_without_end_is_cut(report):
    status, tests = report(
        "it('talks', function() local s = ('x'):rep(65536)"
        " for _ = 1, 64 do io.write(s) end end) it('next', function() print('mine') end)"
    )
    assert status == 0
    assert tests[0][1]["output"] == "x" * (1 << 20)
    assert tests[1][1]["output"] == "mine\n"


def test_output_without_end_does_not_outlast_the_limit(report):
    status, tests = report(
        "it('talks', function() while true do io.write(('x'):rep(65536)) end end)"
        " it('next', function() print('mine') end)",
        "--timeout", "2",
    )
    assert status == 1
    assert statuses(tests) == [("talks", "error"), ("next", "success")]
    assert "took longer than 2.0 seconds" in tests[0][1]["message"]
    assert tests[0][1]["output"] == "x" * (1 << 20)
    assert tests[1][1]["output"] == "mine\n"


def test_many_files_at_once_are_reported_in_order(run, tmp_path):
    for number in range(8):
        body = DIE if number == 3 else "print(1)"
        (tmp_path / f"f{number}_spec.lua").write_text(
            f"it('bad', function() {body} end) it('next', function() end)"
        )
    result = run("test", "--format", "json", "--jobs", "4", ".")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    files = [event for event in events if event["event"] == "file"]
    assert [os.path.basename(e["file"]) for e in files] == [f"f{n}_spec.lua" for n in range(8)]
    assert [e["passed"] for e in files] == [n != 3 for n in range(8)]
    assert events[-1]["passed"] == 15 and events[-1]["errors"] == 1
    assert result.returncode == 1


def test_rerun_takes_what_failed_from_anywhere(run, tmp_path):
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "a_spec.lua").write_text(
        "it('good', function() end) it('bad', function() assert(os.getenv('FIXED')) end)"
    )
    (folder / "b_spec.lua").write_text("it('also', function() assert(os.getenv('FIXED')) end)")

    def again(*arguments, **options):
        result = run("test", "--rerun-failed", "--format", "json", *arguments, **options)
        events = [json.loads(line) for line in result.stdout.splitlines()]
        return result.returncode, [e["name"] for e in events if e["event"] == "test"]

    assert run("test", "specs/a_spec.lua").returncode == 1
    # Another run, of another file, as the parts of a run are, keeps what is known of the first.
    assert run("test", "b_spec.lua", cwd=folder).returncode == 1
    assert again() == (1, ["bad", "also"])
    assert again("b_spec.lua", extra={"FIXED": "1"}, cwd=folder) == (0, ["also"])
    assert again("specs", extra={"FIXED": "1"}) == (0, ["bad"])
    result = run("test", "--rerun-failed", "specs")
    assert result.returncode == 2
    assert "nothing here failed last time" in result.stderr


def test_rerun_runs_a_file_whole_that_failed_outside_of_its_tests(run, tmp_path):
    (tmp_path / "x_spec.lua").write_text(
        "describe('block', function() setup(function() error('no') end) it('one', function() end) end)"
    )
    assert run("test", "x_spec.lua").returncode == 1
    again = run("test", "x_spec.lua", "--rerun-failed", "--format", "json")
    assert again.returncode == 1 and "no" in again.stdout
