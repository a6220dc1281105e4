"""Long output goes through its reader's pager, in a terminal alone: what is longer than the screen scrolls away."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping

from rich.console import Console

#: less: end at once when all fits (F), pass colours alone (R), leave the text on the screen (X).
LESS_OPTIONS = "FRX"
#: less keeps what was searched for in its user's home; "-" is no file.
NO_HISTORY = "-"


@contextlib.contextmanager
def paged(out: Console, *, wanted: bool = True) -> Iterator[None]:
    """While inside, what is printed on `out` is kept; afterwards it is shown, by a pager where it fills the screen.

    Nothing is kept back in a pipe, or where no key can be pressed.
    """
    command = pager() if wanted and out.is_terminal and sys.stdin.isatty() else None
    if command is None:
        yield
        return
    with out.capture() as captured:
        yield
    text = captured.get()
    if text.count("\n") < out.height or not _shown_by(command, text):
        out.file.write(text)
        out.file.flush()


def pager(variables: Mapping[str, str] = os.environ) -> list[str] | None:
    """The words that start the reader's pager: PAGER, or less. None: there is none, or none is wanted."""
    if variables.get("TERM") == "dumb":
        return None
    try:
        words = shlex.split(variables["PAGER"]) if "PAGER" in variables else ["less"]
    except ValueError:  # a quotation mark without its fellow
        return None
    return words if words and words != ["cat"] and shutil.which(words[0]) else None


def _shown_by(command: list[str], text: str) -> bool:
    """Whether a pager showed the text. Ctrl+C is the pager's while it runs."""
    environment = {"LESS": LESS_OPTIONS, "LESSHISTFILE": NO_HISTORY, "LV": "-c", **os.environ}
    before = signal.signal(signal.SIGINT, lambda *_: None)  # not ignored: the pager would inherit that
    try:
        # The reader's own program, and no word of what was measured among its arguments. Who leaves early has seen it.
        shown = subprocess.run(command, input=text.encode(errors="replace"), env=environment, check=False)  # noqa: S603
        return shown.returncode == 0
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, before)
