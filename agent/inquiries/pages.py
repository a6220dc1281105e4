"""Whether a page that speaks of an order is shown to whoever names the site, or is the site's own."""

from __future__ import annotations

from collections.abc import Sequence

from agent.catalog.records import Endpoint
from agent.plan import Attempt
from agent.vantage import Anchor
from agent.verdict.filter_signs import TRIES_NEEDED
from agent.verdict.fingerprints import UNKNOWN
from agent.verdict.seen import PLAIN, Try
from agent.visit import Visit


async def inquire(visit: Visit) -> None:
    """Ask for the name at an unrelated server, and for innocent ones, where such a page came twice."""
    attempts = swaps(visit.endpoint, visit.tries, visit.given.anchor)
    if attempts and visit.given.affords(len(attempts) * visit.line.limits.body_bytes):
        await visit.attempt_spaced(attempts)


def swaps(endpoint: Endpoint, tries: Sequence[Try], anchor: Anchor | None) -> tuple[Attempt, ...]:
    """Innocent names first, then the suspect one at the anchor. Nothing, where no such page came, or not twice."""
    said = [one for one in tries if one.variation in PLAIN and one.http and one.http.fingerprint == UNKNOWN]
    if anchor is None or endpoint.protocol != "http" or not endpoint.hostname or len(said) < TRIES_NEEDED:
        return ()
    here = said[0].address
    if here == anchor.address or any(one.went_well for one in tries):
        return ()
    return (
        Attempt(variation="other_name_elsewhere", address=anchor.address, name=anchor.other_name),
        Attempt(variation="control_name_here", address=here, name=anchor.name),
        *[Attempt(variation="this_name_elsewhere", address=anchor.address, name=endpoint.hostname)] * TRIES_NEEDED,
    )
