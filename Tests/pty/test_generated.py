"""The files that are made from the binary are what it would make now."""

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import DVMASH, ROOT


def test_generated_files_are_fresh(environment):
    result = subprocess.run(
        [str(ROOT / "scripts/generate"), "--check"], capture_output=True, text=True,
        env={**environment, "DVMASH_BIN": DVMASH},
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("shell, file", [("bash", "dvmash.bash"), ("zsh", "_dvmash"), ("fish", "dvmash.fish")])
def test_completions_are_in_order(shell, file):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    assert subprocess.run([shell, "-n", str(ROOT / "completions" / file)]).returncode == 0


def test_registry_as_json_describes_everything(run):
    registry = json.loads(run("api", "--format", "json").stdout)
    functions = [f for module in registry["modules"] for f in module["functions"]]
    functions += [f for kind in registry["types"] for f in kind["methods"]]
    assert len(functions) > 40
    for function in functions:
        assert function["summary"], function["name"]


def test_definitions_are_lua(run, tmp_path):
    file = tmp_path / "definitions.lua"
    for form in ("luals", "luacheck"):
        file.write_text(run("api", "--format", form).stdout)
        assert run("-e", f"assert(loadfile({json.dumps(str(file))}))").returncode == 0


def test_tour_is_a_picture_of_its_text():
    picture = ElementTree.parse(ROOT / "docs/tour.svg").getroot()
    shown = ["".join(node.itertext()) for node in picture.iter("{http://www.w3.org/2000/svg}text")]
    text = (ROOT / "docs/tour.txt").read_text()
    assert len(text.splitlines()) > 40 and "error" not in text

    def ink(pieces):
        """What is written, without spaces and braille."""
        return "".join(c for c in "".join(pieces) if not c.isspace() and not 0x2800 <= ord(c) < 0x2900)

    assert shown[0] == "dvmash"
    assert ink(shown[1:]) == ink(text)
    assert "docs/tour.svg" in (ROOT / "README.md").read_text()
