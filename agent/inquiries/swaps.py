"""Which part of a connection that fails sets the failure off: one thing is changed at a time (docs/method.md 4)."""

from __future__ import annotations

from collections.abc import Sequence

from agent.catalog.records import Endpoint
from agent.plan import Attempt
from agent.vantage import Anchor
from agent.verdict.seen import OTHER_PORT, Try
from agent.verdict.swap_signs import wants_isolation
from agent.visit import Visit

#: Tries of the suspect name at the anchor: the decisive ones, so that no single lost packet condemns.
SUSPECT_TRIES = 2
#: Where a web server takes connections beside plain HTTP.
SECURE_PORT = 443


async def inquire(visit: Visit) -> None:
    """Make the swap tests, spaced, where a failure asks for them."""
    await visit.attempt_spaced(swaps(visit.endpoint, visit.tries, visit.given.anchor))


def swaps(endpoint: Endpoint, tries: Sequence[Try], anchor: Anchor | None) -> tuple[Attempt, ...]:
    """The swap tests, once a failure has repeated that a name on the wire could explain.

    Of plain HTTP a proxy on the way may answer for everybody: there the server itself must be seen to take connections.
    """
    suspects = [one for one in tries if wants_isolation(one)]
    if anchor is None or not endpoint.hostname or len(suspects) < 2 or any(one.went_well for one in tries):
        return ()
    here = suspects[0].address
    beside = Attempt(variation=OTHER_PORT, address=here, name=endpoint.hostname, connect_port=SECURE_PORT)
    return (
        Attempt(variation="other_name_elsewhere", address=anchor.address, name=anchor.other_name),
        *([beside] if endpoint.protocol == "http" else []),
        Attempt(variation="control_name_here", address=here, name=anchor.name),
        *[Attempt(variation="this_name_elsewhere", address=anchor.address, name=endpoint.hostname)] * SUSPECT_TRIES,
    )
