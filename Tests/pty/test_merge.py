"""Acceptance runs in parts: shards on several machines, and one report of them all."""

import json
import re
import shutil
import subprocess

import pytest

from conftest import DVMASH, ROOT

PAGE = (ROOT / "docs/acceptance.md").read_text()


def recipe(name):
    """A block of shell that docs/acceptance.md shows, as it is written there."""
    (text,) = re.findall(rf"^<!-- recipe: {name} -->\n\n```sh\n(.*?)^```$", PAGE, re.M | re.S)
    return text


@pytest.fixture
def files(tmp_path):
    """Five files, the second of which has a failure, where the recipes expect them."""
    folder = tmp_path / "scripts/acceptance"
    folder.mkdir(parents=True)
    for number, body in enumerate(["", "assert.are.equal(1, 2)", "print('<&>')", "", ""], 1):
        (folder / f"f{number}_spec.lua").write_text(
            f"it('t{number}', function() {body} end) pending('later {number}')"
        )
    return "scripts/acceptance"


@pytest.fixture
def parts(run, files, tmp_path):
    """Runs the files in parts; gives the reports."""

    def start(count, *arguments):
        for part in range(1, count + 1):
            run("test", files, "--seed", "7", "--shard", f"{part}/{count}", "--allow-empty",
                "--format", f"json=part-{part}.json", *arguments)
        return [f"part-{part}.json" for part in range(1, count + 1)]

    return start


def without_times(text):
    text = re.sub(r'time="[0-9.]+"', 'time=""', re.sub(r" \(\d+ ms\)", "", text))
    return re.sub(r'(duration_ms"?: ?)[0-9.e-]+', r"\1", text)


@pytest.mark.parametrize("count", [1, 7])
def test_the_parts_make_the_reports_of_the_whole(run, files, parts, tmp_path, count):
    def reports(name, *arguments):
        formats = [f"--format={format}={name}.{format}" for format in ("tap", "junit", "json", "pretty")]
        status = run("test", *arguments, *formats).returncode
        return status, [
            without_times((tmp_path / f"{name}.{format}").read_text())
            for format in ("tap", "junit", "json", "pretty")
        ]

    whole = reports("whole", files, "--seed", "7")
    assert reports("merged", "--merge", *reversed(parts(count))) == whole
    assert whole[0] == 1


def test_the_status_is_that_of_the_whole(run, files, parts):
    assert run("test", "--merge", *parts(2, "--filter", "later")).returncode == 0
    assert run("test", "--merge", *parts(2, "--filter", "nothing")).returncode == 2


def test_a_file_that_does_not_load_in_a_part(run, files, parts, tmp_path):
    (tmp_path / files / "f9_spec.lua").write_text("x = = 1")
    assert run("test", "--merge", *parts(2)).returncode == 2


def test_what_failed_in_the_parts_runs_again(run, files, parts):
    run("test", "--merge", *parts(3))
    again = run("test", files, "--rerun-failed", "--format", "json")
    assert [e["name"] for e in map(json.loads, again.stdout.splitlines()) if e["event"] == "test"] == ["t2"]


def cut(tmp_path):
    path = tmp_path / "part-2.json"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def drop_a_test(tmp_path):
    path = tmp_path / "part-2.json"
    lines = path.read_text().splitlines(keepends=True)
    del lines[1]
    path.write_text("".join(lines))


def other_seed(tmp_path):
    path = tmp_path / "part-2.json"
    path.write_text(path.read_text().replace('"seed":7', '"seed":8'))


def same_part(tmp_path):
    shutil.copy(tmp_path / "part-1.json", tmp_path / "part-2.json")


def other_division(tmp_path):
    path = tmp_path / "part-2.json"
    path.write_text(path.read_text().replace('"shard":"2/2"', '"shard":"2/3"'))


def no_report(tmp_path):
    (tmp_path / "part-2.json").write_text("not JSON\n")


def empty(tmp_path):
    (tmp_path / "part-2.json").write_text("")


def missing(tmp_path):
    (tmp_path / "part-2.json").unlink()


@pytest.mark.parametrize(
    "harm, message",
    [
        (cut, "has no end"),
        (drop_a_test, "does not have all the results"),
        (other_seed, "same --seed"),
        (same_part, "both part 1/2"),
        (other_division, "divided in different ways"),
        (no_report, "is no report"),
        (empty, "is no report"),
        (missing, "cannot read the report"),
    ],
)
def test_parts_that_do_not_make_a_whole_are_refused(run, parts, tmp_path, harm, message):
    reports = parts(2, "--filter", "later")
    harm(tmp_path)
    result = run("test", "--merge", *reports)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_a_part_that_is_left_out_is_missed(run, parts):
    result = run("test", "--merge", *parts(3)[:2])
    assert result.returncode == 2
    assert "part 3/3 is missing" in result.stderr


def test_the_same_file_in_two_reports_is_refused(run, files):
    for name in ("a", "b"):
        run("test", files, "--seed", "7", "--format", f"json={name}.json")
    result = run("test", "--merge", "a.json", "b.json")
    assert result.returncode == 2
    assert "f1_spec.lua' is in 'a.json' and in 'b.json'" in result.stderr


def test_merging_nothing_is_a_wrong_command_line(run):
    assert run("test", "--merge").returncode == 64


def shell(text, environment, folder, tools, **variables):
    """Runs a recipe with dvmash in the path."""
    tools.mkdir(exist_ok=True)
    link = tools / "dvmash"
    if not link.exists():
        link.symlink_to(DVMASH)
    return subprocess.run(
        ["/bin/sh", "-c", text], cwd=folder, capture_output=True, text=True, timeout=120,
        env={**environment, "PATH": f"{tools}:{environment['PATH']}", **variables},
    )


def expect_merged(done, folder):
    assert done.returncode == 1, done.stdout + done.stderr
    suites = re.findall(r'<testsuite name="scripts/acceptance/(f\d)', (folder / "report.xml").read_text())
    assert suites == ["f1", "f2", "f3", "f4", "f5"]


def test_the_recipe_for_gnu_parallel(environment, files, tmp_path):
    if not shutil.which("parallel"):
        pytest.skip("GNU parallel is not installed")
    done = shell(recipe("parallel"), environment, tmp_path, tmp_path / "tools")
    expect_merged(done, tmp_path)
    assert "4 passed, 1 failed, 0 errors, 5 pending, seed 7" in done.stdout
    assert len((tmp_path / "parts.log").read_text().splitlines()) == 5


def test_the_recipe_for_slurm(environment, files, tmp_path):
    tools = tmp_path / "tools"
    for task in range(1, 4):
        done = shell(recipe("slurm"), environment, tmp_path, tools,
                     SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_COUNT="3")
        assert done.returncode in (0, 1), done.stderr
    (merge,) = re.findall(r'^  "(dvmash test --merge .*)"$', PAGE, re.M)
    expect_merged(shell(merge, environment, tmp_path, tools), tmp_path)
