"""The terminal's other screen, on which the picture is drawn; what stood in the terminal is there again afterwards."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.live import Live

from agent.report.live.picture import Picture, drawn


class FullScreen:
    """The other screen, from now until it is closed. Drawing and closing may be done by different threads."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._live = Live(console=out, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self.is_closed = False
        self._live.start()

    def draw(self, picture: Picture) -> None:
        """Show a picture at the terminal's size of this moment. Of a closed screen nothing is seen."""
        with self._lock:
            if not self.is_closed:
                columns, lines = self._out.size
                self._live.update(drawn(picture, columns=columns, lines=lines), refresh=True)

    def close(self) -> None:
        """Back to the terminal as it was. A second time does nothing."""
        with self._lock:
            if not self.is_closed:
                self.is_closed = True
                self._live.stop()


@contextlib.contextmanager
def redrawn_on_resize(draw: Callable[[], None]) -> Iterator[None]:
    """While inside, `draw` is called when the terminal's size changes, where a system tells of that by a signal."""
    if not hasattr(signal, "SIGWINCH"):
        yield
        return
    before = signal.signal(signal.SIGWINCH, lambda *_: draw())
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
