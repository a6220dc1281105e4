"""Shows how a sweep goes on: a line for each platform as it is finished, and a live bar where there is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from agent.report.output import console
from agent.sweep import Progress as Report

#: What is reported and is no platform, in plain words.
NAMES = {"ladder": "your line"}


@contextmanager
def shown_progress() -> Iterator[Report]:
    """A function to report to while inside. In a pipe it prints one line for each platform that is done."""
    out = console()
    if not out.is_terminal:
        yield _print_when_done
        return
    columns = TextColumn("{task.description:<10}"), BarColumn(bar_width=30), MofNCompleteColumn()
    with Progress(*columns, console=out, transient=True) as bars:
        rows: dict[str, int] = {}

        def report(platform: str, done: int, total: int) -> None:
            platform = NAMES.get(platform, platform)
            if platform not in rows:
                rows[platform] = int(bars.add_task(platform, total=total))
            bars.update(bars.task_ids[rows[platform]], completed=done)

        yield report


def _print_when_done(platform: str, done: int, total: int) -> None:
    if done == total:
        with suppress(BrokenPipeError):  # whoever read has left; the sweep goes on to its end
            print(f"{NAMES.get(platform, platform)}: {done} of {total} measured", flush=True)
