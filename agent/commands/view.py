"""How a running agent tells people how it fares: in lines, or in one picture where a terminal can be drawn on."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TYPE_CHECKING

from agent.report.live.lines import Lines, View, can_be_drawn_on

if TYPE_CHECKING:
    import asyncio

    from agent.records import Sweep
    from agent.verdict.records import Verdict


@contextlib.asynccontextmanager
async def view_until(stop: asyncio.Event, recent: Callable[[], Iterable[tuple[Sweep, Verdict]]]) -> AsyncIterator[View]:
    """The view that standard output allows. `recent` gives what the last days' sweeps from here found.

    The terminal is as it was on leaving, and already when `stop` is set: whoever then ends the process by force finds
    it so too.
    """
    if not can_be_drawn_on(sys.stdout):
        yield Lines()
        return
    from agent.report.live.view import live_view  # rich: only where somebody looks at it

    async with live_view(stop, recent(), lines=Lines()) as view:
        yield view
