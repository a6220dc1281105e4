"""A process in a terminal of its own, of any size: what it draws, and what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pytest

from tests.dideban_process import PATIENCE_S, ROOT, environment

needs_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind.")
#: What a terminal is told beside text: cursor, colours, screens.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][0-9A-B]|\r")
OTHER_SCREEN, FIRST_SCREEN, HIDDEN, SHOWN = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25l", "\x1b[?25h"


@dataclass
class Terminal:
    """The screen of a running process, as the bytes that were written to it."""

    pid: int
    descriptor: int
    written: str = ""
    #: Set once it has ended.
    code: int | None = None
    _bytes: bytes = field(default=b"")

    def until(self, words: str | Callable[[str], object]) -> str:
        """Read until `words` were written, or until it holds of what was written. Fails when the process ends first."""
        holds = (lambda text: words in plain(text)) if isinstance(words, str) else words
        give_up_at = time.monotonic() + PATIENCE_S
        while not holds(self.written):
            assert self._read(), f"it ended without {words!r}: {self.written[-2000:]!r}"
            assert time.monotonic() < give_up_at, f"it never wrote {words!r}: {self.written[-2000:]!r}"
        return self.written

    def send(self, number: int) -> None:
        """A signal to the process."""
        os.kill(self.pid, number)

    def resize(self, columns: int, lines: int) -> None:
        """Another size, of which the process is told as by a real terminal."""
        set_size(self.descriptor, columns, lines)

    def press(self, keys: str) -> None:
        """What somebody types."""
        os.write(self.descriptor, keys.encode())

    def to_the_end(self) -> int:
        """Its exit code, once all it wrote is read."""
        while self._read():
            pass
        _pid, status = os.waitpid(self.pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def last_frame(self) -> str:
        """What was drawn last on the other screen, as text."""
        return plain(self.written.split(OTHER_SCREEN)[-1].split(FIRST_SCREEN)[0].split("\x1b[H")[-1])

    def _read(self) -> bool:
        if not select.select([self.descriptor], [], [], PATIENCE_S)[0]:
            raise AssertionError(f"nothing was written for a long time after {self.written[-500:]!r}")
        try:
            data = os.read(self.descriptor, 65_536)
        except OSError:  # Linux's way to say that the other end is closed
            data = b""
        self._bytes += data
        self.written = self._bytes.decode("utf-8", "replace")
        return bool(data)


@contextlib.contextmanager
def in_a_terminal(
    command: Sequence[str], *, columns: int = 80, lines: int = 24, variables: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Terminal]:
    """Run a command from the checkout in a terminal of that size. It is killed on leaving, if it still lives."""
    import pty

    pid, descriptor = pty.fork()
    if pid == 0:  # the child: nothing but its program may come out of here
        try:
            set_size(0, columns, lines)
            own = environment(**{"TERM": "xterm-256color", **variables})
            for name in ("COLUMNS", "LINES", "NO_COLOR"):
                if name not in variables:
                    own.pop(name, None)
            os.chdir(ROOT)
            os.execvpe(command[0], list(command), own)  # noqa: S606 -- no shell is wanted
        finally:
            os._exit(127)
    terminal = Terminal(pid=pid, descriptor=descriptor)
    try:
        yield terminal
    finally:
        if terminal.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(descriptor)


def plain(text: str) -> str:
    """What a terminal shows of `text`."""
    return CONTROL.sub("", text)


def set_size(descriptor: int, columns: int, lines: int) -> None:
    """Tell a terminal its size."""
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
