"""Whether a slow endpoint is slow for its name: the same page under this name and an innocent one, turn by turn.

Nothing is fetched where the endpoint itself came at a usual speed. Where it did not, one transfer under each name
mostly ends the matter: a slow line, server or page is as slow under either.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.catalog.records import Endpoint
from agent.plan import Attempt
from agent.vantage import Anchor
from agent.verdict.flows import was_slow
from agent.verdict.seen import Try
from agent.verdict.speed_signs import HERE, PLACES, TRANSFERS, Place, comparable, ratio
from agent.visit import Visit

#: Bytes of a body in a transfer. Twice what a first try reads: on a line of 100 ms the quick ones need four round trips
#: for them, and so can be ten times as quick as one that is throttled to 256 kbit/s.
TRANSFER_BYTES = 131072
#: The same in the first transfer under each name, which is all that a slow line is ever burdened with.
FIRST_TRANSFER_BYTES = 32768
#: Bytes of the sweep's budget that are left to endpoints which nobody has looked at yet.
RESERVE_BYTES = 4 * 1024 * 1024
#: As long as an innocent name is not so many times quicker, there is nothing to prove.
PROMISING = 3.0


async def inquire(visit: Visit) -> None:
    """Make the transfers, one after the other: side by side they would slow each other down.

    They are kept from the visit's tries: what comes under another name is no success of the endpoint.
    """
    made: list[Try] = []
    while pair := next_pair(visit.endpoint, visit.tries, visit.given.anchor, made):
        if not visit.given.affords(RESERVE_BYTES):
            return
        made += [await visit.line.attempt(visit.label, visit.endpoint, attempt) for attempt in pair]


def next_pair(
    endpoint: Endpoint, tries: Sequence[Try], anchor: Anchor | None, made: Sequence[Try]
) -> tuple[Attempt, ...]:
    """The next transfer under each name; nothing once enough is known, or nothing more can be.

    At the endpoint's own server first; if that does not give an innocent name the same, at the anchor.
    """
    slow = was_slow(tries)
    if slow is None or anchor is None or not endpoint.hostname or endpoint.method != "GET":
        return ()
    for place in PLACES:
        suspects = [one for one in made if one.variation == place.suspect]
        innocents = [one for one in made if one.variation == place.innocent]
        if not innocents:
            return _pair(place, endpoint, slow.address, anchor, body_bytes=FIRST_TRANSFER_BYTES)
        if not comparable(place, suspects, innocents):
            continue
        times = ratio(suspects, innocents)
        if times is None or times < PROMISING or len(suspects) >= TRANSFERS:
            return ()
        pair = _pair(place, endpoint, slow.address, anchor, body_bytes=TRANSFER_BYTES)
        return pair if len(suspects) % 2 == 0 else pair[::-1]  # so that whatever grows with time is nobody's fault
    return ()


def _pair(place: Place, endpoint: Endpoint, address: str, anchor: Anchor, *, body_bytes: int) -> tuple[Attempt, ...]:
    """This name, then an innocent one. Under TLS the page is the same for both: only the name in the clear differs."""
    is_here = place is HERE
    names = {place.suspect: endpoint.hostname, place.innocent: anchor.name if is_here else anchor.other_name}
    host = endpoint.hostname if is_here else anchor.name
    return tuple(
        Attempt(
            variation=variation,
            address=address if is_here else anchor.address,
            name=name,
            path=None if is_here else "/",
            body_bytes=body_bytes,
            wants_page=True,
            host=host if endpoint.protocol == "https" else "",
        )
        for variation, name in names.items()
    )
