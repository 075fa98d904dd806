"""Ordinary Lua programs and ordinary busted suites do under dvmash what they do under lua5.4."""

import re
import shutil
import subprocess

import pytest

from conftest import DVMASH, ROOT

PROGRAMS = sorted((ROOT / "Tests/programs").glob("*.lua"))
ARGUMENTS = ["a", "b c", ""]


@pytest.mark.skipif(not shutil.which("lua5.4"), reason="lua5.4 is not installed")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_behaves_as_under_lua(environment, tmp_path, program):
    given = program.with_suffix(".in")
    text = given.read_bytes() if given.exists() else b""

    def outcome(interpreter, name):
        folder = tmp_path / name
        folder.mkdir()
        done = subprocess.run(
            [interpreter, str(program), *ARGUMENTS], input=text, capture_output=True, cwd=folder,
            env=environment, timeout=60,
        )
        # The messages of an interpreter begin with its name, and its own frame ends a traceback.
        # dvmash adds a traceback to the text of an error object, where lua5.4 has none.
        errors = re.sub(rb"^(lua5\.4|dvmash): ", b"", done.stderr)
        errors = re.sub(rb"\n\t\[C\]: in \?\n$", b"\n", errors)
        left = sorted(path.name for path in folder.iterdir())
        if program.stem == "objects":
            errors = errors.split(b"\nstack traceback:")[0] + b"\n" * (b"stack" in errors)
        return done.returncode, done.stdout, errors, left

    expected = outcome("lua5.4", "lua")
    assert outcome(DVMASH, "dvmash") == expected
    assert expected[1] != b""


def test_the_same_from_standard_input(environment, tmp_path):
    """Without a file, the program itself is what standard input has."""
    program = (ROOT / "Tests/programs/closures.lua").read_bytes()
    outputs = [
        subprocess.run([name, "-"], input=program, capture_output=True, env=environment, timeout=60).stdout
        for name in ("lua5.4", DVMASH)
    ]
    assert outputs[0] == outputs[1] != b""


SUITE = r"""
local stack = require("stack")

describe("a stack #unit", function()
  local s
  setup(function() _G.prepared = true end)
  teardown(function() _G.prepared = nil end)
  before_each(function() s = stack.new() end)
  after_each(function() s = nil end)

  it("is empty at first", function()
    assert.is_true(prepared)
    assert.are.equal(0, s:size())
    assert.is_nil(s:pop())
  end)

  it("gives back what came last", function()
    s:push(1)
    s:push({ 2, "two" })
    assert.are.same({ 2, "two" }, s:pop())
    assert.are_not.equal(2, s:pop())
  end)

  describe("when it is misused", function()
    it("raises", function()
      assert.has_error(function() s:push(nil) end, "nothing to push")
      assert.has_no.errors(function() s:push(false) end)
    end)
  end)

  it("tells who listens", function()
    local listener = spy.new(function() end)
    s.on_push = listener
    s:push("x")
    assert.spy(listener).was.called(1)
    assert.spy(listener).was_called_with("x")
    local stubbed = stub(s, "size").returns(99)
    assert.are.equal(99, s:size())
    stubbed:revert()
    assert.are.equal(1, s:size())
  end)

  it("cleans up", function()
    finally(function() assert.is_truthy(s) end)
    assert.message("why").is_string("text")
    assert.matches("^a.c$", "abc")
    assert.is_near(1, 1.0001, 0.01)
  end)

  pending("grows without bounds")
end)

insulate("names inside", function()
  it("stay inside", function() leaked = 1 assert.is_equal(1, leaked) end)
end)

it("fails on purpose", function() assert.are.same({ 1, { 2 } }, { 1, { 3 } }) end)
"""

STACK = r"""
local Stack = {}
Stack.__index = Stack
function Stack.new() return setmetatable({ items = {} }, Stack) end
function Stack:push(item)
  if item == nil then error("nothing to push", 0) end
  self.items[#self.items + 1] = item
  if self.on_push then self.on_push(item) end
end
function Stack:pop() return table.remove(self.items) end
function Stack:size() return #self.items end
return Stack
"""


@pytest.mark.skipif(not shutil.which("busted"), reason="busted is not installed")
@pytest.mark.skipif(not shutil.which("lua5.4"), reason="lua5.4 is not installed")
def test_an_ordinary_busted_suite(environment, tmp_path):
    (tmp_path / "stack.lua").write_text(STACK)
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/stack_spec.lua").write_text(SUITE)
    # busted hands the name of the interpreter to a shell as it is, spaces and all.
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "dvmash").symlink_to(DVMASH)
    environment = {**environment, "PATH": f"{tools}:{environment['PATH']}"}

    def busted(interpreter):
        done = subprocess.run(
            ["busted", f"--lua={interpreter}", "--output=TAP", "--shuffle", "--seed=7"],
            cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=60,
        )
        output = re.sub(r"table: 0x[0-9a-f]+", "table", done.stdout)
        return done.returncode, output, done.stderr

    expected = busted("lua5.4")
    assert expected[0] == 1 and expected[1].endswith("\n1..8\n")
    assert expected[1].count("\nnot ok") == 1 and expected[1].count("\nok") == 6
    assert busted("dvmash") == expected
