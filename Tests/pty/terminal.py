"""A program on a pseudo-terminal, with the screen that a person would see.

Nothing here sleeps: a test says what the screen will show, and waits until it does.
"""

import os
import termios
import time

import pexpect
import pyte

TIMEOUT = 20


def fresh_settings():
    """The settings that a pseudo-terminal has before any program changes them."""
    ends = os.openpty()
    try:
        return termios.tcgetattr(ends[1])
    finally:
        for end in ends:
            os.close(end)


class Screen(pyte.Screen):
    """A screen that counts the lines that left it, so that a row keeps its number for ever."""

    gone = 0

    def index(self):
        bottom = self.margins.bottom if self.margins else self.lines - 1
        if self.cursor.y == bottom:
            self.gone += 1
        super().index()

    def row(self):
        return self.gone + self.cursor.y


class Terminal:
    settings_before = fresh_settings()

    def __init__(self, command, environment, arguments=(), term="xterm", rows=24, columns=80, prompt="probe>", **options):
        self.prompt = prompt
        self.continuation = ">>".rjust(len(prompt))
        self.screen = Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.just_acted = False
        self.next_prompt = prompt
        # Through env, since pexpect takes a command without arguments apart at its spaces.
        self.child = pexpect.spawn(
            "/usr/bin/env",
            [str(command), *arguments],
            env={**environment, "TERM": term},
            dimensions=(rows, columns),
            timeout=TIMEOUT,
            **options,
        )
        self.child.delaybeforesend = None

    def settings(self):
        return termios.tcgetattr(self.child.child_fd)

    def send(self, text):
        self.just_acted = True
        self.child.send(text)

    def signal(self, number):
        self.just_acted = True
        os.kill(self.child.pid, number)

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def _read(self, deadline):
        """Reads what is there, or waits for more; False at the end."""
        try:
            data = self.child.read_nonblocking(65536, max(0.01, deadline - time.monotonic()))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self.stream.feed(data)
        return True

    def wait_until(self, condition, what):
        """Reads until the condition holds.

        What holds already when nothing was read since the last key or signal was there before it:
        a test that waits for that would type on too early, now and then.
        """
        if self.just_acted and condition():
            raise AssertionError(
                f"the screen showed {what} before the last key or signal; it shows\n{self.text()}"
            )
        self.just_acted = False
        deadline = time.monotonic() + TIMEOUT
        alive = True
        while not condition():
            if not alive or time.monotonic() > deadline:
                raise AssertionError(f"the screen never showed {what}; it shows\n{self.text()}")
            # In short reads: what is waited for may happen without a byte on the screen.
            alive = self._read(min(deadline, time.monotonic() + 0.1))

    def lines(self):
        """The lines of the screen down to the last that is not blank."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def text(self):
        return "\n".join(self.lines())

    def wait_for_end(self, *expected):
        """Waits until the screen ends with these lines."""
        self.wait_until(
            lambda: self.lines()[-len(expected) :] == list(expected), f"at its end {expected}"
        )

    def wait_for_output(self, *expected):
        """Waits until all these byte strings have been written, in this order."""

        def found():
            position = 0
            for part in expected:
                position = self.raw.find(part, position)
                if position < 0:
                    return False
                position += len(part)
            return True

        self.wait_until(found, f"{expected}")

    def wait_for_count(self, part, count):
        self.wait_until(lambda: self.raw.count(part) >= count, f"{count} times {part}")

    def cursor_line(self):
        """The line of the cursor, if nothing but blanks is below it."""
        lines = self.lines()
        return lines[-1] if len(lines) == self.screen.cursor.y + 1 else ""

    def run(self, line, *expected, prompt=None):
        """Types a line at a prompt; when the next prompt is there, these lines are above it.

        That prompt is on a later row than the one that was typed at: text on the screen from before
        never counts. The next prompt is the ordinary one unless told.
        """
        prompts = (self.prompt, self.continuation, self.next_prompt)
        assert not self.just_acted, "say what the last key or signal shows before a line is typed"
        self.wait_until(lambda: self.cursor_line().startswith(prompts), "a prompt")
        self.next_prompt = prompt or self.prompt
        self.press(line + "\r", self.next_prompt)
        if expected:
            above = self.lines()[-len(expected) - 1 : -1]
            assert above == list(expected), f"after {line!r} the screen shows\n{self.text()}"

    def cancel(self):
        """Ctrl-C at a prompt; waits for the next one."""
        self.press("\x03", self.prompt)

    def press(self, keys, prompt):
        """Types keys and waits for a prompt on a later row."""
        row = self.screen.row()
        self.send(keys)
        self.wait_until(
            lambda: self.screen.row() > row and self.cursor_line() == prompt,
            f"{prompt!r} after {keys!r}",
        )

    def wait_for_exit(self):
        """Reads to the end; the exit status, or the signal as a negative number."""
        deadline = time.monotonic() + TIMEOUT
        while not self.child.closed and self._read(deadline):
            assert time.monotonic() < deadline, f"still running; the screen shows\n{self.text()}"
        self.child.wait()
        if self.child.signalstatus is not None:
            return -self.child.signalstatus
        return self.child.exitstatus

    def hang_up(self):
        """The person's end of the terminal goes away."""
        os.close(self.child.child_fd)
        self.child.closed = self.child.ptyproc.closed = True

    def close(self):
        self.child.close(force=True)
