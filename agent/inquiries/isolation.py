"""Which part of a connection that fails sets the failure off: one thing is changed at a time (docs/method.md 4).

After each round the next is planned from what is known: the fewest tries that part the explanations which are left.
Innocent tries come first, so that nobody who punishes what is suspect can spoil them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.catalog.records import Endpoint
from agent.inquiries.known import SUSPECTS_NEEDED, Known
from agent.plan import Attempt
from agent.vantage import Anchor
from agent.verdict.changed import CHANGES
from agent.verdict.deeds import SILENT, deed, wants_isolation
from agent.verdict.fingerprints import MECHANISM_OF_PAGE
from agent.verdict.seen import OTHER_PORT, PLAIN, Try
from agent.visit import Visit
from probes.resolver import SECURE

#: Tries of an endpoint that isolation makes at the most. The longest way to an answer takes six.
TRIES_MAX = 6
#: Bytes that the sweep's budget must still hold for a round: three answers as long as any that is read.
ROUND_BYTES = 3 * 65536


async def inquire(visit: Visit) -> None:
    """Make rounds of tries, spaced, until nothing is left to part, or a bound is met: that of tries, or the sweep's."""
    vouched_for = {one for row in visit.replies if row.transport in SECURE for one in row.answers}
    endpoint, anchor, is_public = visit.endpoint, visit.given.anchor, visit.label.hop == 0
    while attempts := next_tries(endpoint, visit.tries, anchor, vouched_for=vouched_for, path_is_public=is_public):
        if not visit.given.affords(ROUND_BYTES):
            return
        await visit.attempt_spaced(attempts)


def next_tries(
    endpoint: Endpoint,
    tries: Sequence[Try],
    anchor: Anchor | None,
    *,
    vouched_for: Iterable[str] = (),
    path_is_public: bool = True,
) -> tuple[Attempt, ...]:
    """The next round. Empty: there is nothing to isolate, or nothing that another try could part.

    `vouched_for`: addresses that DoH gives; of several that fail one of those is the place to look at.
    `path_is_public`: whether the path may be told to the anchor. One that a redirect led to may hold something of the
    visitor's.
    """
    own = [one for one in tries if one.variation in PLAIN]
    if anchor is None or not endpoint.hostname or any(one.went_well for one in own):
        return ()
    suspects = _suspects(own, frozenset(vouched_for))
    if not suspects or anchor.address in {one.address for one in own}:
        return ()
    known = Known(endpoint=endpoint, tries=tries, anchor=anchor, suspects=suspects, path_is_public=path_is_public)
    planned = known.of_plain_http() if known.layer == "http" else known.of_tls()
    spent = sum(one.variation in {*CHANGES, OTHER_PORT} for one in tries)
    return tuple(planned[: max(0, TRIES_MAX - spent)])


def _suspects(own: Sequence[Try], vouched_for: frozenset[str]) -> list[Try]:
    """The endpoint's own failures that a swap may explain, at the one address to look at. Empty: too few.

    One is enough where the port was shut after it: then whoever did it lets nobody try twice.
    """
    suspects = [one for one in own if wants_isolation(one) and not _is_known_page(one)]
    suspects.sort(key=lambda one: (one.address not in vouched_for, ":" in one.address))
    at_one = [one for one in suspects if one.address == suspects[0].address]
    punished = bool(at_one) and deed(at_one[0], wants_isolation(at_one[0])) not in SILENT
    shut = punished and not [one for one in own if one.address == at_one[0].address][-1].connected
    return at_one if len(at_one) >= SUSPECTS_NEEDED or shut else []


def _is_known_page(one: Try) -> bool:
    return any(step.fingerprint in MECHANISM_OF_PAGE for step in one.steps)
