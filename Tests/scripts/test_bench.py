"""The benchmark as a command; what it measures is nothing for a test."""

import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DVMASH = os.environ.get("DVMASH_BIN", str(ROOT / ".build/debug/dvmash"))


def bench(*arguments):
    return subprocess.run(
        [DVMASH, "bench", "--runs", "1", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )


def test_json_has_each_row_with_its_goals():
    done = bench("--json", "device")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["subject"]: row for row in json.loads(done.stdout)}
    assert {"copy 1 MiB", "read 1 MiB", "write 1 MiB", "read 64", "write 64"} <= rows.keys()
    (goal,) = rows["read 1 MiB"]["goals"]
    assert (goal["against"], goal["unit"], goal["most"]) == ("floor", "ratio", 1.25)
    assert goal["reached"] == rows["read 1 MiB"]["ratio_to_floor"]
    assert goal["met"] == rows["read 1 MiB"]["met"]


def test_a_table_ends_with_the_goals_that_were_met_and_missed():
    done = bench("device", "driver")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    (summary,) = (number for number, line in enumerate(lines) if line.startswith("goals: "))
    met, missed = re.fullmatch(r"goals: (\d+) met, (\d+) missed", lines[summary]).groups()
    assert int(met) + int(missed) == 7
    named = lines[summary + 1 :]
    assert len(named) == int(missed)
    assert all(re.match(r"- (device|driver) .*: .* \(≤ .*\)$", line) for line in named)


def test_passes_add_their_runs_to_each_row():
    rows = json.loads(bench("--json", "--passes", 3, "driver", "devices").stdout)
    measured = [row for row in rows if not row["workload"].startswith("growth of")]
    assert {row["workload"] for row in measured} == {"driver", "devices"}
    assert all(len(row["samples_ns"]) == 3 for row in measured)
    assert all(row["samples_ns"] == sorted(row["samples_ns"]) for row in measured)
    assert len({(row["workload"], row["subject"]) for row in rows}) == len(rows)
    wrong = bench("--passes", 0, "driver")
    assert wrong.returncode == 64
    assert "--passes is 0; it must be 1 to 100." in wrong.stderr


def test_the_ends_of_a_curve_are_compared():
    done = bench("--json", "devices")
    rows = {(row["workload"], row["subject"]): row for row in json.loads(done.stdout)}
    first = rows["growth of devices", "1 devices"]["median_ns"]
    last = rows["growth of devices", "4096 devices"]
    assert last["ratio_to_floor"] == pytest.approx(last["median_ns"] / first, abs=0.002)


def test_an_earlier_run_gives_a_column(tmp_path):
    before = tmp_path / "before.json"
    before.write_text(bench("--json", "driver").stdout)
    done = bench("--compare", before, "driver")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].endswith("÷ before")
    before.write_text("[{")
    wrong = bench("--compare", before, "driver")
    assert wrong.returncode == 1
    assert "wanted the output of dvmash bench --json" in wrong.stderr


def test_charts_are_drawn_of_what_was_measured(tmp_path):
    done = bench("--charts", tmp_path, "devices", "driver")
    assert done.returncode == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["devices.svg", "goals.svg"]
    for file in tmp_path.iterdir():
        assert xml.etree.ElementTree.parse(file).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_a_directory_that_is_not_there_is_told_before_anything_is_measured(tmp_path):
    done = bench("--charts", tmp_path / "none", "device")
    assert (done.returncode, done.stdout) == (73, "")
    assert done.stderr == f"dvmash: {tmp_path}/none: cannot be written: No such file or directory\n"
