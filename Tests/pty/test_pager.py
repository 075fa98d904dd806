"""Output that is longer than the screen."""

import pytest

LONG = "(function() local t = {} for i = 1, 40 do t[i] = i end return table.unpack(t) end)()"


@pytest.mark.parametrize(
    "line",
    ["\\help", LONG, "help()", 'shell.help("machine")', "\\show sun4v.status", "\\tutorial | cat ; cat"],
)
def test_what_is_longer_than_the_screen_goes_through_the_pager(open_shell, line):
    shell = open_shell("-q", rows=12, extra={"PAGER": "sed s/^/paged:/"})
    shell.run(line)
    assert ("paged:" in shell.text()) == ("|" not in line)


def test_what_fits_does_not(open_shell):
    shell = open_shell("-q", extra={"PAGER": "sed s/^/paged:/"})
    shell.run("1 + 1", "2")
    shell.run("('x'):rep(200)")
    assert b"paged:" not in shell.raw


def test_wrapped_lines_count(open_shell):
    shell = open_shell("-q", extra={"PAGER": "sed s/^/paged:/"})
    shell.run("('x'):rep(1990)")
    assert b"paged:" in shell.raw


@pytest.mark.parametrize(
    "extra, paged",
    [
        ({"PAGER": "sed s/^/first:/", "DVMASH_PAGER": "sed s/^/paged:/"}, True),
        ({"PAGER": "sed s/^/paged:/", "DVMASH_PAGER": ""}, False),
        ({"PAGER": " "}, False),
        ({"PAGER": "/nowhere/pager"}, False),
    ],
)
def test_which_pager(open_shell, extra, paged):
    shell = open_shell("-q", extra=extra)
    shell.run(LONG)
    last = "paged:40" if paged else "40"
    assert shell.lines()[-2] == last
    assert (b"paged:" in shell.raw) == paged


def test_a_pager_that_leaves_early(open_shell):
    shell = open_shell("-q", extra={"PAGER": "head -n 1"})
    shell.run("('x\\n'):rep(100000), " + LONG)
    shell.run("1 + 1", "2")


def test_no_pager_when_turned_off_or_dumb(open_shell):
    shell = open_shell("-q", extra={"PAGER": "sed s/^/paged:/"})
    shell.run("\\set pager off")
    shell.run(LONG)
    dumb = open_shell("-q", term="dumb", extra={"PAGER": "sed s/^/paged:/"})
    dumb.run("\\help")
    assert b"paged:" not in shell.raw + dumb.raw
