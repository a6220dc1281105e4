"""Shows on standard error how far a long reading has come, where somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from agent.calendars import digits
from agent.language import _

T = TypeVar("T")
#: Rows between two signs of life.
ROWS_TOGETHER = 5000


def counting(rows: Iterable[T], what: str) -> Iterator[T]:
    """The rows, counted before the eyes of whoever waits for them; in a pipe nothing is shown."""
    out = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if not out.is_terminal:
        yield from rows
        return
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=out, transient=True) as shown:
        task = shown.add_task(what, total=None)
        for number, row in enumerate(rows, start=1):
            if number % ROWS_TOGETHER == 0:
                shown.update(task, description=_("{what}: {count} rows").format(what=what, count=digits(number)))
            yield row
