"""Every exit status: how it comes about, and that help, manual page and README have the same list."""

import re
import signal
import subprocess

import pytest

from conftest import DVMASH, ROOT

# What ends with each status that a process can choose: arguments after the name of the program.
WAYS = [
    (0, ["-e", "os.exit()"]),
    (0, ["-p", "1"]),
    (1, ["-e", "error('no')"]),
    (1, ["test", "fails_spec.lua"]),
    (1, ["md", "dump", "fails_spec.lua"]),
    (1, ["md", "diff", "a.md", "b.md"]),
    (1, ["conformance", "fails_spec.lua"]),
    (1, ["bench", "--compare", "fails_spec.lua"]),
    (2, ["test", "."]),
    (2, ["test", "empty", "--format", "tap"]),
    (2, ["test", "fails_spec.lua", "--format", "tap=/nowhere/at/all"]),
    (2, ["test", "--merge", "missing.json"]),
    (64, ["--bogus"]),
    (64, ["test", "--shard", "3/2"]),
    (64, ["test", "--timeout", "0"]),
    (64, ["md", "dump"]),
    (64, ["conformance"]),
    (64, ["reference", "nothing"]),
    (64, ["bench", "nothing"]),
    (64, ["api", "--format", "nothing"]),
    (66, ["missing.lua"]),
    (66, ["-l", "missing"]),
    (66, ["md", "dump", "missing.md"]),
    (66, ["md", "lint", "."]),
    (66, ["md", "compile", "missing.md"]),
    (66, ["md", "diff", "a.md", "missing.md"]),
    (66, ["conformance", "missing.json"]),
    (66, ["bench", "--compare", "missing.json"]),
    (70, ["-e", "error({ code = 'internal' })"]),
    (73, ["md", "compile", "a.md", "--output", "/nowhere/at/all"]),
    (73, ["reference", "--output", "/nowhere/at/all"]),
    (124, ["--max-instructions", "100000", "-e", "while true do end"]),
    (124, ["--timeout", "0.2", "-e", "while true do end"]),
]

# What has to write to standard output.
WRITING = [
    ["--help"],
    ["--version"],
    ["-V"],
    ["test", "--help"],
    ["--generate-completion-script", "bash"],
    ["-e", "print(1)"],
    ["-p", "1"],
    ["api"],
    ["api", "--format", "man"],
    ["reference", "faults"],
    ["md", "dump", "a.md"],
    ["md", "compile", "a.md", "--output", "-"],
    ["md", "lint", "--rules"],
    ["test", "passes.lua", "--format", "tap"],
    ["test", "passes.lua", "--list"],
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "fails_spec.lua").write_text("it('fails', function() assert(false) end)")
    (tmp_path / "broken_spec.lua").write_text("x = = 1")
    (tmp_path / "passes.lua").write_text("it('passes', function() end)")
    (tmp_path / "empty").mkdir()
    for name, value in (("a", 1), ("b", 2)):
        (tmp_path / f"{name}.md").write_text(f"node root root {{ number = {value}; }}\n")
    return tmp_path


@pytest.mark.parametrize("status, arguments", WAYS)
def test_status(run, folder, status, arguments):
    result = run(*arguments)
    assert result.returncode == status, result.stdout + result.stderr
    assert result.returncode == 0 or result.stdout + result.stderr != ""


@pytest.mark.parametrize("arguments", WRITING)
def test_standard_output_that_is_full(run, folder, arguments):
    with open("/dev/full", "w") as full:
        result = run(*arguments, stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 74
    assert result.stderr.count("standard output") == 1


@pytest.mark.parametrize("arguments", WRITING)
def test_standard_output_that_is_closed(environment, folder, arguments):
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", DVMASH, *arguments],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    assert done.returncode == 74
    assert "standard output" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("limit", [[], ["--timeout", "1000"]])
def test_signals(environment, tmp_path, number, limit):
    """The process dies of the signal itself, which a shell shows as 128 and its number."""
    child = subprocess.Popen(
        [DVMASH, *limit, "-e", "io.stdout:write('ready\\n'):flush() while true do end"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=tmp_path,
    )
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(number)
    assert child.wait(timeout=60) == -number
    child.stdout.close()


def test_a_reader_that_goes_away(environment, tmp_path):
    done = subprocess.run(
        ["/bin/bash", "-c", '"$@" | head -n 1; exit "${PIPESTATUS[0]}"', "bash", DVMASH, "-e",
         "while true do print('line') end"],
        capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=60,
    )
    assert done.returncode == 141
    assert (done.stdout, done.stderr) == ("line\n", "")


def listed(text):
    return {int(code): meaning.strip() for code, meaning in re.findall(r"^ +(\d+)  (.*)$", text, re.M)}


def test_every_status_of_the_list_is_tested(run):
    codes = set(listed(run("--help").stdout))
    assert codes == {status for status, _ in WAYS} | {74, 129, 130, 141, 143}


def test_the_list_is_the_same_everywhere(run):
    codes = set(listed(run("--help").stdout))
    assert set(listed(run("run", "--help").stdout)) == codes
    manual = run("api", "--format", "man").stdout.split(".Sh EXIT STATUS")[1]
    assert {int(code) for code in re.findall(r"^\.It (\d+)$", manual, re.M)} == codes
    table = (ROOT / "README.md").read_text().split("## Exit status")[1].split("\n## ")[0]
    documented = {
        int(code) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.M) for code in row.split(",")
    }
    # 69 is that of the scripts of the checkout.
    assert documented == codes | {69}
