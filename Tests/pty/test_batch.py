"""The command line without a terminal: forms, exit statuses, arguments, limits."""

import os
import signal
import subprocess

import pytest

from conftest import DVMASH


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "arguments, status",
    [
        (["-e", "x = 1"], 0),
        (["-e", "os.exit()"], 0),
        (["-e", "os.exit(true)"], 0),
        (["-e", "error('boom')"], 1),
        (["-e", "x = = 1"], 1),
        (["-e", "os.exit(false)"], 1),
        (["-e", "os.exit(7)"], 7),
        (["-e", "os.exit(255)"], 255),
        (["--max-memory", "4M", "-e", "local t = {} while true do t[#t + 1] = ('x'):rep(99) end"], 1),
        (["test", "--filter", "nothing", "."], 2),
        (["test", "missing"], 2),
        (["--bogus"], 64),
        (["--max-memory", "many"], 64),
        (["--timeout", "-1"], 64),
        (["test", "--format", "nonsense"], 64),
        (["missing.lua"], 66),
        (["."], 66),
        (["-l", "missing_module"], 66),
        (["-i", "--rc", "missing.lua"], 66),
        (["--max-instructions", "100000", "-e", "while true do end"], 124),
        (["--timeout", "0.2", "-e", "while true do pcall(function() while true do end end) end"], 124),
        (["--timeout", "0.2", "-e", "string.find(('a'):rep(99), ('a*'):rep(99) .. 'b')"], 124),
        (["--version"], 0),
        (["-V"], 0),
        (["--help"], 0),
    ],
)
def test_exit_status(run, arguments, status):
    result = run(*arguments)
    assert result.returncode == status, result.stderr


def test_help_lists_every_status(run):
    for arguments in (["--help"], ["run", "--help"]):
        text = run(*arguments).stdout
        for status in ("0", "1", "2", "64", "66", "70", "74", "124", "130", "141", "143"):
            assert any(line.split()[:1] == [status] for line in text.splitlines()), status


def test_full_device_is_told(run):
    with open("/dev/full", "w") as full:
        result = run("-e", "print(1)", stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 74
    assert result.stderr.count("cannot write") == 1


def test_full_device_does_not_hide_a_failure(run):
    with open("/dev/full", "w") as full:
        result = run("-e", "print(1) os.exit(3)", stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 3


def test_reader_that_goes_away_is_silent(run, environment, tmp_path):
    read, written = os.pipe()
    os.close(read)
    try:
        result = run("-e", "print(1)", stdout=written, stderr=subprocess.PIPE)
    finally:
        os.close(written)
    assert result.returncode == -signal.SIGPIPE
    assert result.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_a_script(environment, tmp_path, number):
    child = subprocess.Popen(
        [DVMASH, "-e", "print('ready') io.stdout:flush() while true do end"],
        stdout=subprocess.PIPE, env=environment, cwd=tmp_path,
    )
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(number)
    assert child.wait(timeout=60) == -number
    child.stdout.close()


def test_arguments_and_negative_indices(run, tmp_path):
    script = write(
        tmp_path, "args.lua", "#!/usr/bin/env dvmash\nprint(arg[0], arg[1], arg[2], arg[-1], ...)"
    )
    result = run("-W", script, "a", "--help")
    assert result.stdout == f"{script}\ta\t--help\t-W\ta\t--help\n"


def test_script_from_standard_input(run):
    assert run(input="print('hello')").stdout == "hello\n"
    assert run("-", "x", input="print(arg[0], ...)").stdout == "-\tx\n"


def test_order_of_modules_chunks_and_script(run, tmp_path):
    write(tmp_path, "first.lua", "print('module') return 7")
    script = write(tmp_path, "script.lua", "print('script', n)")
    result = run("-e", "print('chunk', n)", "-l", "n=first", script)
    assert result.stdout == "module\nchunk\t7\nscript\t7\n"


def test_modules_beside_the_script_come_first(run, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    write(tmp_path, "helper.lua", "return 'working directory'")
    write(folder, "helper.lua", "return 'beside the script'")
    script = write(folder, "main.lua", "print((require('helper')))")
    assert run(script).stdout == "beside the script\n"


def test_modules_in_the_data_directory(run, tmp_path):
    modules = tmp_path / ".local/share/dvmash/lua"
    modules.mkdir(parents=True)
    write(modules, "mine.lua", "return 'mine'")
    assert run("-e", "print((require('mine')))").stdout == "mine\n"


def test_ignoring_the_environment(run, tmp_path):
    write(tmp_path, "elsewhere.lua", "return 1")
    extra = {"LUA_PATH": str(tmp_path / "?.lua") + ";;"}
    program = "print(package.path:find(os.getenv('LUA_PATH'):sub(1, -3), 1, true) ~= nil)"
    assert run("-e", program, extra=extra).stdout == "true\n"
    assert run("-E", "-e", program, extra=extra).stdout == "false\n"


def test_error_has_a_traceback_on_standard_error(run, tmp_path):
    script = write(tmp_path, "bad.lua", "local function f() error('boom') end\nf()\n")
    result = run(script)
    assert result.stdout == ""
    assert "bad.lua:1: boom\nstack traceback:" in result.stderr
    assert "bad.lua:2: in main chunk" in result.stderr


@pytest.mark.parametrize("words", [["-e"], ["-e", "x = 1", "-e"], "joined", ["-p"]])
def test_a_chunk_need_not_be_utf8(run, words):
    chunk = b"#'\xff\xfe\xe4'"
    if words == "joined":
        words, chunk = [], b"-eio.write(" + chunk + b", '\\n')"
    elif words[-1] == "-e":
        chunk = b"io.write(" + chunk + b", '\\n')"
    assert run(*words, chunk).stdout == "3\n"


@pytest.mark.parametrize(
    "value, expected",
    [
        ("{ code = 'x', text = 'y' }", "error object: { code = \"x\", text = \"y\" }"),
        ("nil", "nil raised"),
        ("12", "dvmash: 12\n"),
        ("true", "error object: true"),
        ("setmetatable({}, { __tostring = function() return 'own text' end })", "own text"),
        ("setmetatable({}, { __tostring = function() error('no') end })", "__tostring fails"),
        ("'escape \\27[31m'", "escape \\x1b[31m"),
    ],
)
def test_error_objects_of_every_kind(run, value, expected):
    result = run("-e", f"error({value})")
    assert result.returncode == 1
    assert expected in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize(
    "format, expected",
    [
        ("lua", "{ 1, 2, name = \"x\" }\n"),
        ("json", '{"1":1,"2":2,"name":"x"}\n'),
        ("yaml", '---\n"1": 1\n"2": 2\nname: "x"\n'),
        ("table", "name  value\n----  -----\n1         1\n2         2\nname  x\n"),
    ],
)
def test_formats(run, format, expected):
    text = run("--format", format, "-p", "{ 1, 2, name = 'x' }").stdout
    if format == "table":
        assert text.splitlines()[0].split() == ["name", "value"]
        assert [line.split() for line in text.splitlines()[2:]] == [["1", "1"], ["2", "2"], ["name", "x"]]
    else:
        assert text == expected


def test_display_of_shared_and_cyclic_tables(run):
    assert run("-p", "(function() local t = {} t.self = t return t end)()").stdout == (
        "<1>{ self = <table 1> }\n"
    )
    assert run("-p", "(function() local t = {} t[t] = t return t end)()").stdout == (
        "<1>{ [table] = <table 1> }\n"
    )


def test_display_limits(run):
    deep = run("-p", "{ { { { { { } } } } } }").stdout
    assert deep == "{ { { { {…} } } } }\n"
    many = run("-p", "(function() local t = {} for i = 1, 150 do t[i] = 0 end return t end)()").stdout
    assert "… 50 more" in many
    assert len(run("-p", "('x'):rep(5000)").stdout) < 2100


def test_display_of_numbers_and_text(run):
    assert run("-p", "-1, 2^53, 0x80000000, 7").stdout == (
        "-1  -- 0xffffffffffffffff\n9007199254740992.0\n"
        "2147483648  -- 0x0000000080000000\n7\n"
    )
    assert run("-p", r"'a\0\27\xffü\u{202e}'").stdout == '"a\\x00\\x1b\\xffü\\u{202e}"\n'


def test_display_runs_no_metamethods_but_tostring(run):
    program = "setmetatable({ 1 }, { __index = error, __pairs = error, __len = error })"
    assert run("-p", program).stdout == "{ 1 }\n"


def test_json_keeps_large_integers(run):
    assert run("--format", "json", "-p", "2^53 // 1 | 0, -1").stdout == (
        '"0x0020000000000000"\n-1\n'
    )


def test_sandbox(run):
    for name in ("io.open", "os.execute", "debug.sethook", "package.loadlib", "loadfile", "shell.save"):
        assert run("--sandbox", "-p", name).stdout in ("nil\n", ""), name
    assert run("--sandbox", "-p", "1 + 1").stdout == "2\n"
    result = run("--sandbox", "-p", "pcall(os.exit, 3)")
    assert result.returncode == 0
    assert result.stdout == 'false\n"there is no os.exit in a sandbox"\n'


def test_a_sandboxed_script_cannot_look_into_files(run, tmp_path):
    write(tmp_path, "secret.txt", "hush: no module\n")
    write(tmp_path, "module.lua", "return 'a module'")
    for trick in (
        "package.path = path", "rawset(package, 'path', path)", "package = { path = path }",
        "setmetatable(package, { __index = function() return path end }) package.path = nil",
        "package.searchers[2], package.path = package.searchers[2], path",
    ):
        program = (
            f"local path = '{tmp_path}/?.txt' {trick} local _, message = pcall(require, 'secret')"
            " print(message) print((require 'module'))"
        )
        result = run("--sandbox", "-e", program)
        assert "hush" not in result.stdout and "not found" in result.stdout
        assert result.stdout.endswith("a module\n")
    assert run("--sandbox", "-p", "package.searchpath").stdout == "nil\n"


def test_require_uses_the_library_whatever_the_global_is(run, tmp_path):
    write(tmp_path, "module.lua", "return 'a module'")
    assert run("-e", "package = nil print((require 'module'))").stdout == "a module\n"


@pytest.mark.parametrize(
    "arguments, hint",
    [
        (["tset"], "; did you mean 'dvmash test'?"),
        (["missing.lua"], "No such file or directory"),
        (["--max-memory", "4M", "-e", "x = ('x'):rep(1e8)"], "not enough memory; --max-memory is 4M"),
        (["--max-memory", "100K"], "; --max-memory 100K is too little to begin with"),
        (["--max-instructions", "5000", "-e", "while true do end"], "--max-instructions is 5000"),
    ],
)
def test_messages_say_what_would_be_right(run, arguments, hint):
    assert run(*arguments).stderr.rstrip().endswith(hint)


def test_seed_makes_random_numbers_repeat(run):
    program = ["--seed", "7", "-p", "math.random(1 << 40)"]
    assert run(*program).stdout == run(*program).stdout


def test_a_script_called_like_a_subcommand(run, tmp_path):
    write(tmp_path, "test", "print('script')")
    assert run("./test").stdout == "script\n"


def test_engine_is_there(run):
    program = "local m = sun4v.machine {} m:boot() m:check() print(m.booted)"
    assert run("-e", program).stdout == "true\n"


@pytest.mark.parametrize("variable, colored", [({}, False), ({"CLICOLOR_FORCE": "1"}, True),
                                               ({"CLICOLOR_FORCE": "1", "NO_COLOR": "0"}, False)])
def test_colours_of_a_pipe(run, variable, colored):
    assert ("\x1b" in run("-p", "1", extra=variable).stdout) == colored
    assert "\x1b" in run("--color", "always", "-p", "1", extra=variable).stdout
