"""What is asked further, once an endpoint was tried. Each inquiry plans by a pure function of what was seen so far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agent.inquiries import helper, isolation, names, pages, quic, speed
from agent.visit import Visit

#: One line of inquiry: it returns soon where what was seen gives no cause, and it never raises for the network's sake.
Inquiry = Callable[[Visit], Awaitable[None]]

#: In the order in which they are made: each may use what those before it have seen.
INQUIRIES: tuple[Inquiry, ...] = (
    names.inquire,
    isolation.inquire,
    pages.inquire,
    quic.inquire,
    speed.inquire,
    helper.inquire,
)
