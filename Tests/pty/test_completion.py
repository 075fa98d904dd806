"""Completion at the prompt, on a real pseudo-terminal."""

import pytest


def test_completion_of_globals_fields_and_methods(shell):
    shell.run("mach = sun4v.machine {}", "dvmash> mach = sun4v.machine {}")
    shell.send("mac\t")
    shell.wait_for_end("dvmash> mach.")
    shell.send("boo\t")
    shell.wait_for_end("dvmash> mach.boot")
    shell.send("e\t")
    shell.wait_for_end("dvmash> mach.booted")
    shell.cancel()
    shell.send("mach:add_\t")
    shell.wait_for_end("dvmash> mach:add_domain(")
    shell.cancel()
    shell.send("string.for\t")
    shell.wait_for_end("dvmash> string.format(")


def test_completion_runs_no_code(shell):
    shell.run(
        "t = setmetatable({}, { __index = function() ran = true end })",
        "dvmash> t = setmetatable({}, { __index = function() ran = true end })",
    )
    shell.send("t.a\t\tx")
    shell.wait_for_end("dvmash> t.ax")
    shell.cancel()
    shell.run("ran", "nil")


def test_completion_follows_index_tables(shell):
    shell.run("base = { method = function() end } object = setmetatable({}, { __index = base })")
    shell.send("object:me\t")
    shell.wait_for_end("dvmash> object:method(")


@pytest.mark.parametrize(
    "typed, completed",
    [
        ('m:domain("nowhere"):add_root_c\t', 'm:domain("nowhere"):add_root_complex('),
        ("m:domain('(\"'):alloc\t", "m:domain('(\"'):allocate("),
        ("sun4v.machine {}:boo\t", "sun4v.machine {}:boot("),
        ("m.domains[1]:alloc\t", "m.domains[1]:allocate("),
        ("m:domain(f({ 1 }, [[)]])):x\t", "m:domain(f({ 1 }, [[)]])):x"),
        ('m:domain("x"):add_root_complex { na\t', 'm:domain("x"):add_root_complex { name ='),
        ("print(1):x\t", "print(1):x"),
    ],
)
def test_completion_through_results_calls_nothing(shell, typed, completed):
    shell.run("m = sun4v.machine {}")
    shell.send(typed + "|")
    shell.wait_until(lambda: shell.lines()[-1].endswith("|"), "the key after Tab")
    assert shell.lines()[-1].removesuffix("|").rstrip() == "dvmash> " + completed
    shell.cancel()
    shell.run("#m.domains", "1")


def test_internal_names_only_when_asked_for(shell):
    shell.run("t = { _secret = 1, open = 2 }")
    shell.send("t.\t")
    shell.wait_for_end("dvmash> t.open")
    shell.cancel()
    shell.send("t._\t")
    shell.wait_for_end("dvmash> t._secret")


def test_completion_of_options_and_words(shell):
    shell.send("sun4v.machine { mod\t")
    shell.wait_for_end("dvmash> sun4v.machine { model =")
    shell.send('"at\t')
    shell.wait_until(lambda: shell.lines()[-1].endswith('model = "atu"'), "the word")


def test_completion_of_files_modules_and_hypercalls(open_shell, term, tmp_path):
    (tmp_path / "unique_name.txt").write_text("")
    (tmp_path / "unique_module.lua").write_text("")
    shell = open_shell("-q", term=term, cwd=str(tmp_path))
    shell.send('io.open("unique_n\t')
    shell.wait_for_end('dvmash> io.open("unique_name.txt')
    shell.cancel()
    shell.send('require "unique_m\t')
    shell.wait_for_end('dvmash> require "unique_module"')
    shell.cancel()
    shell.send('g:hypercall("pci_iommu_m\t')
    shell.wait_for_end('dvmash> g:hypercall("pci_iommu_map"')


def test_no_file_names_outside_of_strings(shell, tmp_path):
    (tmp_path / "unique_name.txt").write_text("")
    shell.send("unique_n\tx\r")
    shell.wait_for_end("dvmash> unique_nx", "nil", "dvmash>")


def test_signature_after_a_bracket(shell):
    shell.send("sun4v.machine(\t\t")
    shell.wait_for_end("sun4v.machine([options]) -> machine", "dvmash> sun4v.machine(")


def test_completion_of_commands(shell):
    shell.send("\\apr\t")
    shell.wait_for_end("dvmash> \\apropos")
    shell.cancel()
    shell.send("\\set for\tj\t")
    shell.wait_for_end("dvmash> \\set format json")
