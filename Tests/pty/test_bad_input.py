"""Scripts that do their worst without a terminal: each ends with its status and a message, and none
crashes the process, hangs it, or writes control characters to standard error."""

import os
import signal
import subprocess

import pytest

from conftest import DVMASH

HOSTILE = """
local function raises() error({}) end
local function overflows(x) return tostring(x) end
local meta = {
  __index = raises, __newindex = raises, __len = raises, __call = raises, __eq = raises,
  __lt = raises, __le = raises, __concat = raises, __unm = raises, __pairs = raises,
  __name = "\\27[31mname\\0",
}
"""

# What is done, and the status that it ends with.
SCRIPTS = {
    # __tostring
    "print of an object whose text raises": ("print(setmetatable({}, { __tostring = error }))", 1),
    "print of an object whose text is none": (
        "print(setmetatable({}, { __tostring = function() return {} end }))", 1),
    "text that asks for itself": (
        "local t = setmetatable({}, { __tostring = function(x) return tostring(x) .. '!' end }) print(t)", 1),
    "text of an error that asks for itself": (
        "error(setmetatable({}, { __tostring = function(x) return tostring(x) .. '!' end }))", 1),
    "text of an error that yields": (
        "error(setmetatable({}, { __tostring = function() coroutine.yield() end }))", 1),
    "text of an error that leaves": (
        "error(setmetatable({}, { __tostring = function() os.exit(9) end }))", None),
    "name with control characters": (HOSTILE + "print(pcall(math.abs, setmetatable({}, meta)))", 0),
    # __index and others
    "chain of __index without end": (
        "local t = {} setmetatable(t, { __index = t }) print(t.x)", 1),
    "__index that calls itself": (
        "local t = setmetatable({}, { __index = function(t, k) return t[k .. 1] end }) print(t.x)", 1),
    "globals that raise": (HOSTILE + "setmetatable(_G, meta) print(undefined)", 1),
    "globals without print and error": (
        "for name in pairs(_G) do _G[name] = nil end local x = nil + 1", 1),
    "string methods that raise": ("getmetatable('').__index = error return ('x'):upper()", 1),
    "error with a hostile metatable": (HOSTILE + "error(setmetatable({}, meta))", 1),
    "error with a locked metatable": (
        "error(setmetatable({}, { __metatable = false, __tostring = function() return 'x' end }))", 1),
    # __gc and __close
    "finalizers that raise": (
        "for _ = 1, 100 do setmetatable({}, { __gc = function() error('no') end }) end collectgarbage()", 0),
    "finalizers that make finalizers": (
        "local function again() setmetatable({}, { __gc = again }) end again() collectgarbage() collectgarbage()", 0),
    "finalizer of an error object": (
        "error(setmetatable({}, { __gc = function() error('gc') end, __tostring = function()"
        " collectgarbage() return 'text' end }))", 1),
    "closing that raises": (
        "local x <close> = setmetatable({}, { __close = function() error('closing') end }) error('first')", 1),
    "closing that overflows": (
        "local function deep() local x <close> = setmetatable({}, { __close = function() deep() end }) end deep()", 1),
    # errors of every type
    **{
        f"error object {value}": (f"error({value})", 1)
        for value in [
            "", "nil", "true", "false", "7", "-0.0", "0/0", "print", "coroutine.create(print)",
            "io.stdout", "{}", "_G", "('x'):rep(1 << 20)", "'\\0\\27[2J\\xff\\u{202e}'",
            "setmetatable({}, { __index = function() error() end })", "sun4v.machine {}",
        ]
    },
    # depth
    "recursion without end": ("local function f() return 1 + f() end f()", 1),
    "recursion through pcall": ("local function f() pcall(f) error('x') end f()", 1),
    "recursion through gsub": ("local function f() return ('x'):gsub('x', f) end f()", 1),
    "recursion through sort": ("local function f() table.sort({ 1, 2, 3 }, f) end f()", 1),
    "recursion through coroutines": ("local function f() coroutine.wrap(f)() end f()", 1),
    "recursion through require": ("package.preload.a = function() package.loaded.a = nil return require('a') end require('a')", 1),
    "recursion through load": ("local function f() return load(f) end f() error('done')", 1),
    "recursion through handlers": ("local function f() error('x') end xpcall(f, f) xpcall(error, f) f()", 1),
    "many parentheses": ("assert(load('return ' .. ('('):rep(1e6)))", 1),
    "many tables": ("assert(load('return ' .. ('{'):rep(1e6)))", 1),
    "many operators": ("assert(load('return ' .. ('-'):rep(1e6, ' ') .. '1'))", 1),
    "many blocks": ("assert(load(('do '):rep(1e6)))", 1),
    "deep patterns": ("return ('x'):find(('('):rep(100))", 1),
    "patterns that go deep": ("return (('x'):rep(1e6)):find(('x?'):rep(1e6))", 1),
    # size
    "a string too large": ("return ('x'):rep(1 << 62)", 1),
    "a string of a format": ("return ('%99999d'):format(1)", 1),
    "a table too large": ("return table.unpack({}, 1, 1e7)", 1),
    "a concatenation too large": (
        "local s = 'x' while true do s = s .. s end", 1),
    "keys without end": ("local t = {} local n = 0 while true do n = n + 1 t[n] = n .. '' end", 1),
    "closures without end": ("local f = print while true do local g = f f = function() return g end end", 1),
    "coroutines without end": ("local t = {} while true do t[#t + 1] = coroutine.create(print) end", 1),
}


@pytest.mark.parametrize("script, status", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_hostile_scripts(run, script, status):
    result = run("--max-memory", "64M", "--timeout", "50", "-e", script)
    assert result.returncode >= 0, f"died of signal {-result.returncode}"
    assert result.returncode not in (70, 124), result.stderr
    if status is not None:
        assert result.returncode == status, result.stderr
    if result.returncode == 1:
        assert result.stderr.startswith("dvmash: ")
    assert not set(result.stderr) & {chr(code) for code in range(32) if chr(code) not in "\n\t"}


@pytest.mark.parametrize(
    "value",
    [
        "(function() local t = {} for _ = 1, 1e5 do t = { t } end return t end)()",
        "(function() local t = {} t.a, t[t] = t, t return { t, t } end)()",
        "setmetatable({}, { __tostring = error, __name = {} })",
        "('\\xff\\xfe'):rep(1e6)",
        "{ [0 / 1] = 1, [-0.5] = 2, [print] = 3, [true] = 4, ['\\0'] = 5 }",
        "_G",
    ],
)
@pytest.mark.parametrize("format", ["lua", "json", "yaml", "table"])
def test_hostile_values_are_shown(run, format, value):
    result = run("--format", format, "--timeout", "50", "-p", value)
    assert result.returncode in (0, 1), result.stderr
    assert "\x1b" not in result.stdout and "\0" not in result.stdout


def raw(environment, *arguments, **options):
    return subprocess.run(
        [DVMASH.encode(), *arguments], env=environment, capture_output=True, timeout=60, **options
    )


def test_bytes_that_are_no_text(environment, tmp_path):
    """Arguments, names of files and what they hold are bytes, as for lua5.4."""
    odd = b"odd \xff\xfe \xe2\x82 name.lua"
    path = os.path.join(os.fsencode(tmp_path), odd)
    with open(path, "wb") as file:
        file.write(b"-- \xff\nio.write(arg[0], '|', ..., '|\xff\\xfe|', os.getenv('ODD'))\n")
    done = raw({**environment, "ODD": b"\x80value"}, path, b"argument \xff\xc0")
    assert done.returncode == 0, done.stderr
    assert done.stdout == path + b"|argument \xff\xc0|\xff\xfe|\x80value"


@pytest.mark.parametrize("text", [b"x = \xff", b"\xff\xfe\0x", b"\x1bLua", b"\0", b"x = '\xff"])
def test_scripts_that_are_no_text(environment, tmp_path, text):
    path = tmp_path / "bad.lua"
    path.write_bytes(text)
    done = raw(environment, os.fsencode(path), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(b"dvmash: ")
    assert b"\xff" not in done.stderr and b"\x1b" not in done.stderr


@pytest.mark.parametrize(
    "redirection, printing, reading",
    [
        ("<&-", 0, 66), ("2>&-", 0, 0), ("<&- >&- 2>&-", 74, 66), (">&- 2>&-", 74, 0),
        ("</", 0, 66), ("2>/dev/full", 0, 0),
    ],
)
def test_standard_streams_that_are_missing(environment, tmp_path, redirection, printing, reading):
    def status(*arguments):
        return subprocess.run(
            ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", DVMASH, *arguments],
            env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
        ).returncode

    assert status("-e", "local x = 1") == 0
    assert status("-e", "error('no')") == 1
    assert status("-e", "print(io.read())") == printing
    assert status() == reading


@pytest.mark.parametrize(
    "script",
    [
        "setmetatable({}, { __gc = function() io.write('ready\\n'):flush() while true do end end })",
        "local x <close> = setmetatable({}, { __close = function()"
        " io.write('ready\\n'):flush() while true do end end })",
        "io.write('ready\\n'):flush() error(setmetatable({}, { __tostring = function() while true do end end }))",
    ],
    ids=["__gc", "__close", "__tostring"],
)
def test_what_hangs_ends_by_a_signal(environment, tmp_path, script):
    child = subprocess.Popen(
        [DVMASH, "-e", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment, cwd=tmp_path,
    )
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=60) == -signal.SIGINT
    child.stdout.close()


GROWTH = (
    "local m = sun4v.machine { memory = '64G' } local p = m:domain('primary')"
    " p:add_root_complex { name = 'pci@400' } m:boot() local bytes = ('x'):rep(1 << 20)"
    " kept = {} while true do kept[#kept + 1] = p:allocate('1M') pcall(kept[#kept].write, kept[#kept], 0, bytes) end"
)


def test_machines_do_not_grow_beyond_the_memory_limit(run):
    result = run("--sandbox", "--max-memory", "16M", "--timeout", "50", "-e", GROWTH)
    assert result.returncode == 1
    assert result.stderr == (
        "dvmash: not enough memory: machines and what they hold take more than the 16M of --max-memory\n"
    )


ESCAPES = {
    "no hook": "debug.sethook() while true do end",
    "another hook": "debug.sethook(function() end, 'c') while true do end",
    "a hook in a coroutine": "coroutine.wrap(function() pcall(debug.sethook) while true do end end)()",
    "a hook of a coroutine": (
        "co = coroutine.create(function() while true do end end) pcall(debug.sethook, co) coroutine.resume(co)"),
    "a finalizer": "pcall(setmetatable, {}, { __gc = function() while true do end end }) collectgarbage()"
                   " while true do end",
    "a finalizer by debug": "pcall(debug.setmetatable, {}, { __gc = function() while true do end end })"
                            " collectgarbage() while true do end",
    "a finalizer of files": "pcall(function() getmetatable(io.write()).__gc = function() while true do end end end)"
                            " while true do end",
    "many short coroutines": "while true do coroutine.wrap(function() end)() end",
    "coroutines that yield": "local f = coroutine.wrap(function() while true do coroutine.yield() end end)"
                             " while true do f() end",
    "a comparison": "table.sort({ 3, 1, 2 }, function() while true do end end)",
    "a handler": "xpcall(error, function() while true do end end)",
    "closing": "do local x <close> = setmetatable({}, { __close = function() while true do end end }) end",
    "a reader": "load(function() while true do end end)",
    "an error of an error": "while true do pcall(error, setmetatable({}, { __tostring = error })) end",
}


@pytest.mark.parametrize("sandbox", [[], ["--sandbox"]], ids=["open", "sandbox"])
@pytest.mark.parametrize("script", ESCAPES.values(), ids=ESCAPES.keys())
def test_no_script_escapes_the_instruction_limit(run, script, sandbox):
    result = run(*sandbox, "--max-instructions", "1000000", "-e", script)
    if sandbox and "sethook" in script and "pcall" not in script:
        assert result.returncode == 1  # there is no such function
    elif "pcall" not in script and "sethook" in script:
        assert result.returncode == 1
        assert "no hooks here" in result.stderr
    else:
        assert result.returncode == 124, result.stderr


def test_a_limit_is_told_where_only_the_text_of_a_value_was_stopped(run):
    stuck = "setmetatable({}, { __tostring = function() while true do end end })"
    for limit in (["--timeout", "0.5"], ["--max-instructions", "1000000"]):
        assert run(*limit, "-p", stuck).returncode == 124
        assert run(*limit, "-e", f"error({stuck})").returncode == 124


def test_what_hangs_ends_by_the_time_limit(run):
    script = "setmetatable({}, { __gc = function() while true do end end })"
    assert run("--timeout", "0.5", "-e", script).returncode == 124
