import os
import pathlib
import signal
import subprocess

import pytest

from terminal import Terminal

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SANITIZERS = ["ASAN_OPTIONS", "TSAN_OPTIONS"]
DVMASH = os.environ.get("DVMASH_BIN", str(ROOT / ".build/debug/dvmash"))
PROBE = os.environ.get("LINE_EDITOR_PROBE", str(ROOT / ".build/debug/LineEditorProbe"))

# What runs under nohup ignores hangups, and so would every process that the tests start and expect
# to be ended by one.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def environment(tmp_path):
    """An environment of its own: nothing of the person who runs the tests comes in."""
    sanitizers = {name: os.environ[name] for name in SANITIZERS if name in os.environ}
    return {
        **sanitizers,
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "INPUTRC": str(tmp_path / "inputrc"),
        "SWIFT_BACKTRACE": "enable=no",
    }


@pytest.fixture(params=["xterm", "dumb"])
def term(request):
    return request.param


@pytest.fixture
def open_probe(environment):
    """Starts a probe and waits for its prompt; ends those that are left."""
    opened = []

    def start(term="xterm", extra=None, ready=("probe>",), **options):
        terminal = Terminal(PROBE, {**environment, **(extra or {})}, term=term, **options)
        opened.append(terminal)
        terminal.wait_for_end(*ready)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture
def probe(open_probe):
    return open_probe()


@pytest.fixture
def open_shell(environment):
    """Starts dvmash at its prompt; ends those that are left."""
    opened = []

    def start(*arguments, term="xterm", extra=None, ready=("dvmash>",), **options):
        terminal = Terminal(
            DVMASH, {**environment, **(extra or {})}, map(str, arguments), term=term, prompt="dvmash>", **options
        )
        opened.append(terminal)
        terminal.wait_for_end(*ready)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture
def shell(open_shell, term, tmp_path):
    return open_shell("-q", term=term, cwd=str(tmp_path))


@pytest.fixture
def run(environment, tmp_path):
    """Runs dvmash in batch; gives status, standard output and standard error."""

    def start(*arguments, input="", extra=None, **options):
        return subprocess.run(
            [DVMASH, *(word if isinstance(word, bytes) else str(word) for word in arguments)],
            input=input,
            capture_output="stdout" not in options,
            text=True,
            timeout=60,
            cwd=options.pop("cwd", tmp_path),
            env={**environment, **(extra or {})},
            **options,
        )

    return start
