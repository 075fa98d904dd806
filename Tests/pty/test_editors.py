"""What dvmash gives to editors and shells works in them: definitions for the language server, names
for luacheck, completions for bash, zsh and fish."""

import json
import re
import shutil
import subprocess

import pexpect
import pytest

from conftest import DVMASH, ROOT

BUILT_IN = {
    "any", "boolean", "function", "integer", "lightuserdata", "nil", "number", "self", "string",
    "table", "thread", "userdata",
}


def definitions():
    return (ROOT / "lua/meta/dvmash.d.lua").read_text().splitlines()


def types_of(text):
    """The names of types at the beginning of an annotation, or an error where it is none."""
    names = []
    rest = text
    while True:
        match = re.match(r'("[^"]*"|fun\(\.\.\.\): \.\.\.|[a-z_][\w.]*|-?\d+)(\[\])*\??', rest)
        assert match, f"no type: {text}"
        if match[1].isidentifier() or "." in match[1] and "(" not in match[1]:
            names.append(match[1])
        rest = rest[match.end():]
        if rest.startswith("|"):
            rest = rest[1:]
        else:
            assert rest == "" or rest[0] == " ", f"no end of a type: {text}"
            return names


def test_definitions_name_only_types_that_exist():
    lines = definitions()
    assert lines[0] == "---@meta"
    classes = [m[1] for line in lines if (m := re.match(r"---@class ([\w.]+)(?:: [\w.]+)?$", line))]
    assert len(classes) == len(set(classes)) > 20
    assert len(classes) == sum(line.startswith("---@class") for line in lines)
    known = BUILT_IN | set(classes)
    used = set()
    for line in lines:
        match = re.match(r"---@(\w+) (.*)", line)
        if not match or match[1] == "class":
            continue
        kind, text = match[1], match[2]
        assert kind in ("param", "field", "return"), line
        if kind == "return":
            used |= set(types_of(text))
        else:
            name = re.match(r"([A-Za-z_]\w*|\.\.\.)\?? ", text)
            assert name, line
            used |= set(types_of(text[name.end():]))
    assert used <= known, used - known
    assert {name for name in used if name.startswith("dvmash.")}


def test_definitions_name_the_parameters_that_functions_have():
    names, functions = [], 0
    for line in definitions():
        if match := re.match(r"---@param ([\w.]+)\??", line):
            names.append(match[1])
        elif match := re.match(r"function ([\w.:]+)\((.*)\) end$", line):
            functions += 1
            assert [name for name in match[2].split(", ") if name] == names, line
            names = []
        elif not line.startswith("---"):
            assert not names, line
    assert functions > 100


def test_the_settings_of_the_language_server_lead_to_the_definitions():
    settings = json.loads((ROOT / ".luarc.json").read_text())
    assert settings["runtime.version"] == "Lua 5.4"
    for folder in settings["workspace.library"]:
        assert list((ROOT / folder).glob("*.d.lua"))


@pytest.mark.skipif(not shutil.which("luacheck"), reason="luacheck is not installed")
@pytest.mark.parametrize(
    "text, code",
    [
        ("local m = sun4v.machine {} m:boot()", None),
        ("print(shell.hist { 1 }, sun4v.status.ENOMAP)", None),
        ("sun4v.machin {}", "143"),
        ("print(shell.nothing)", "143"),
        ("sun4v.machine = nil", "122"),
        ("print(sun5v)", "113"),
    ],
)
def test_luacheck_knows_the_bindings(tmp_path, text, code):
    """With the project's own settings, which take the names from lua/."""
    path = tmp_path / "script.lua"
    path.write_text(text + "\n")
    done = subprocess.run(
        ["luacheck", "--codes", "--no-color", "--no-cache", "--config", str(ROOT / ".luacheckrc"), str(path)],
        capture_output=True, text=True, cwd=ROOT,
    )
    assert re.findall(r"\((?:W|E)(\d+)\)", done.stdout) == ([code] if code else []), done.stdout


# What is typed before Tab, and the line that it becomes.
COMPLETIONS = [
    ("dvmash conf", "conformance"),
    ("dvmash test --shu", "test --shuffle"),
    ("dvmash test --rerun", "test --rerun-failed"),
    ("dvmash md du", "md dump"),
    ("dvmash md dump --form", "md dump --format"),
    ("dvmash run --max-i", "run --max-instructions"),
    ("dvmash --max-m", "--max-memory"),
    ("dvmash --sandbox --max-i", "--sandbox --max-instructions"),
    ("dvmash --max-memory 64M --no-h", "--max-memory 64M --no-history"),
    ("dvmash --format ya", "--format yaml"),
    ("dvmash own", "own.lua"),
    ("dvmash -l u64 own", "-l u64 own.lua"),
    ("dvmash md dump gi", "md dump given.md"),
]


def complete_in(shell, arguments, prepare, environment, folder):
    """Types each line and Tab at a shell's prompt; the words that the command then gets."""
    (folder / "given.md").write_text("")
    (folder / "own.lua").write_text("")
    child = pexpect.spawn(
        shell, arguments, env={**environment, "TERM": "dumb", "PS1": "ready> "}, cwd=str(folder),
        dimensions=(24, 200), encoding="utf-8", timeout=60,
    )
    try:
        child.sendline(prepare + " dvmash() { echo \"GOT<$*>\"; }; echo PRE''PARED")
        child.expect_exact("PREPARED\r\n")
        found = []
        for typed, _ in COMPLETIONS:
            child.expect_exact("ready> ")
            child.send(typed + "\t\r")
            child.expect(r"GOT<(.*?)>\r\n")
            found.append(child.match[1].strip())
        return found
    finally:
        child.close(force=True)


def test_completion_in_bash(environment, tmp_path):
    prepare = f"PS1='ready> '; bind 'set enable-bracketed-paste off'; . '{ROOT}/completions/dvmash.bash';"
    found = complete_in("bash", ["--norc", "--noprofile"], prepare, environment, tmp_path)
    assert found == [line for _, line in COMPLETIONS]


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_completion_in_zsh(environment, tmp_path):
    prepare = (
        f"PS1='ready> '; fpath=('{ROOT}/completions' $fpath); autoload -Uz compinit; compinit -u -D;"
    )
    found = complete_in("zsh", ["-f", "-i"], prepare, environment, tmp_path)
    assert found == [line for _, line in COMPLETIONS]


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_completion_in_fish(environment, tmp_path):
    (tmp_path / "given.md").write_text("")
    (tmp_path / "own.lua").write_text("")
    for typed, line in COMPLETIONS:
        done = subprocess.run(
            ["fish", "--no-config", "-c", 'source $argv[1]; complete -C "$argv[2]"',
             str(ROOT / "completions/dvmash.fish"), typed],
            capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=60,
        )
        assert done.stderr == ""
        assert [found.split("\t")[0] for found in done.stdout.splitlines()] == [line.split()[-1]]
