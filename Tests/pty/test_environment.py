"""What a run without a prompt takes from its surroundings, and what it leaves alone: variables,
startup files, history, folders of modules, colours."""

import os

import pytest


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def traps(tmp_path):
    """Startup files wherever one could be looked for, each of which would print."""
    for place in [".config/dvmash/init.lua", ".dvmash.lua", ".luarc.lua", "etc/dvmash/init.lua"]:
        write(tmp_path / place, "print('startup file')")
    return {
        "LUA_INIT": "print('LUA_INIT')",
        "LUA_INIT_5_4": f"@{tmp_path}/.luarc.lua",
        "XDG_CONFIG_DIRS": f"{tmp_path}/etc",
    }


def test_batch_reads_no_startup_files_and_keeps_no_history(run, tmp_path, traps):
    script = write(tmp_path / "script.lua", "print('script')")
    assert run(script, extra=traps).stdout == "script\n"
    assert run("-", input="print('input')", extra=traps).stdout == "input\n"
    assert run("-e", "print('chunk')", extra=traps).stdout == "chunk\n"
    assert run("-p", "1", extra=traps).stdout == "1\n"
    assert not (tmp_path / ".local").exists()


def test_acceptance_scripts_depend_on_nothing_around_them(run, tmp_path, traps):
    write(tmp_path / "elsewhere/helper.lua", "return 'elsewhere'")
    spec = write(
        tmp_path / "x_spec.lua",
        "it('is alone', function()"
        " assert.is_false((pcall(require, 'helper')))"
        " assert.is_nil(package.path:find('elsewhere', 1, true)) end)",
    )
    extra = {**traps, "LUA_PATH": f"{tmp_path}/elsewhere/?.lua;;", "DVMASH_STRICT": "1"}
    result = run("test", spec, "--format", "json", extra=extra)
    assert result.returncode == 0, result.stdout
    assert "startup" not in result.stdout and "LUA_INIT" not in result.stdout


def test_a_prompt_without_a_terminal_runs_what_it_reads(run, tmp_path):
    script = write(tmp_path / "script.lua", "value = 41")
    result = run("-q", "-i", "--no-rc", script, input="value + 1\n")
    assert "42" in result.stdout.splitlines()
    assert result.returncode == 0
    failing = write(tmp_path / "failing.lua", "value = 41 error('no')")
    result = run("-q", "-i", "--no-rc", failing, input="value + 1\n")
    assert "42" in result.stdout.splitlines()
    assert "failing.lua:1: no" in result.stderr


@pytest.mark.parametrize("given", ["relative/data", ""])
def test_folders_that_are_not_absolute_count_as_unset(run, tmp_path, given):
    write(tmp_path / "relative/data/dvmash/lua/mine.lua", "return 'relative'")
    write(tmp_path / ".local/share/dvmash/lua/mine.lua", "return 'default'")
    result = run("-e", "print((require('mine')))", extra={"XDG_DATA_HOME": given})
    assert result.stdout == "default\n"


def test_modules_come_from_the_first_folder_that_has_them(run, tmp_path):
    script = write(tmp_path / "scripts/main.lua", "print((require('mine')))")
    places = [
        tmp_path / "scripts/mine.lua", tmp_path / "data/dvmash/lua/mine.lua",
        tmp_path / "lua path/mine.lua",
    ]
    for place in places:
        write(place, f"return '{place.parent.name}'")
    extra = {"XDG_DATA_HOME": str(tmp_path / "data"), "LUA_PATH": f"{tmp_path}/lua path/?.lua"}
    for place in places:
        assert run(script, extra=extra).stdout == f"{place.parent.name}\n"
        os.remove(place)
    assert run(script, extra=extra).returncode == 1


@pytest.mark.parametrize(
    "variables, arguments, colored",
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"CLICOLOR_FORCE": "1"}, [], True),
        ({"CLICOLOR_FORCE": "0"}, [], False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, [], True),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({"FORCE_COLOR": "1"}, ["--color", "never"], False),
    ],
)
def test_colours_are_decided_by_option_then_variables(run, variables, arguments, colored):
    result = run(*arguments, "-p", "'text'", extra=variables)
    assert ("\x1b[" in result.stdout) == colored
    spec = ["test", "--allow-empty", "--format", "pretty", *arguments]
    assert ("\x1b[" in run(*spec, extra=variables).stdout) == colored


def test_results_go_to_standard_output_and_all_else_to_standard_error(run):
    result = run("-W", "-v", "-e", "warn('careful') io.stderr:write('mine\\n')", "-p", "6 * 7")
    assert result.stdout == "42\n"
    assert "careful" in result.stderr and "mine" in result.stderr


def test_the_help_of_the_root_names_both_options_for_the_version(run):
    text = run("--help").stdout
    assert "-V" in text and "--version" in text
    assert run("-V").stdout == run("--version").stdout


def test_options_after_the_script_belong_to_it(run, tmp_path):
    script = write(tmp_path / "script.lua", "print(...)")
    options = ["-V", "--version", "--help", "-e", "x", "--", "test", "-"]
    assert run(script, *options).stdout == "\t".join(options) + "\n"
