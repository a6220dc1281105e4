"""QUIC beside TCP: whether it comes through, and if not, whether the name stops it or the way abroad (docs/method.md).

Only hosts are asked that are known to speak HTTP/3, by the catalog or by their own word in this sweep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from agent.catalog.records import Endpoint
from agent.plan import Attempt
from agent.quic_controls import QuicControls
from agent.together import together
from agent.verdict.quic_signs import STOPS, TRIES_NEEDED, deed, made, shook_hands
from agent.verdict.seen import CONTROL_ABROAD, CONTROL_AT_HOME, PLAIN, Try
from agent.visit import Visit
from probes.observation import Observation

#: The protocol's name in Alt-Svc (RFC 9114 3.1.1).
HTTP3 = "h3"


async def inquire(visit: Visit) -> None:
    """Make rounds of tries over QUIC, spaced once one has failed, until nothing is left to learn or to spend."""
    address, controls = address_to_try(visit.endpoint, visit.tries), visit.given.quic
    rows: list[Observation] = []
    while address and (attempts := next_tries(visit.endpoint, address, rows, controls)):
        if not visit.given.affords(len(attempts) * visit.line.limits.handshake_bytes):
            return
        if rows:
            await asyncio.sleep(visit.given.cool_down_s)
        rows += await together(_shake(visit, attempt, rows) for attempt in attempts)


def address_to_try(endpoint: Endpoint, tries: Sequence[Try]) -> str:
    """Where to: to an address that works over TCP, or else to the first that was tried. Empty: QUIC is not to be tried.

    An answer in which the server offers HTTP/3 counts only behind its certificate.
    """
    own = [one for one in tries if one.variation in PLAIN]
    offers = any(one.tls and one.tls.succeeded and one.http and HTTP3 in one.http.alternatives for one in own)
    if endpoint.protocol != "https" or not (endpoint.http3 or offers):
        return ""
    best_first = sorted(own, key=lambda one: (not one.went_well, ":" in one.address))
    return next((one.address for one in best_first), "")


def next_tries(
    endpoint: Endpoint, address: str, rows: Sequence[Observation], controls: QuicControls
) -> tuple[Attempt, ...]:
    """The next round, after `rows`. Empty: QUIC comes through, or nothing more can be learned."""
    own = made(rows, *PLAIN)
    name, abroad = endpoint.hostname, controls.abroad
    if not own:
        return (Attempt(variation="first", address=address, name=name),)
    if any(row.failure not in STOPS for row in own):
        return ()
    if len(own) < TRIES_NEEDED:
        return (Attempt(variation="fresh_port", address=address, name=name),)
    if abroad is None or abroad.address == address or not deed(own):
        return ()
    at_control = made(rows, CONTROL_ABROAD)
    if not any(map(shook_hands, at_control)):
        return _without_the_control(rows, controls)
    innocent = made(rows, "other_name_elsewhere", "control_name_here")
    if not innocent:
        return (
            Attempt(variation="other_name_elsewhere", address=abroad.address, name=abroad.other_name),
            Attempt(variation="control_name_here", address=address, name=abroad.name),
        )
    suspect = made(rows, "this_name_elsewhere")
    is_open = any(row.failure not in STOPS for row in suspect)
    if is_open or len(suspect) >= TRIES_NEEDED or not all(map(shook_hands, innocent)):
        return ()
    return (Attempt(variation="this_name_elsewhere", address=abroad.address, name=name),)


def _without_the_control(rows: Sequence[Observation], controls: QuicControls) -> tuple[Attempt, ...]:
    """The control abroad, until it has failed as often as the endpoint; then, if it did so too, the one at home."""
    abroad, at_home = controls.abroad, controls.at_home
    failed = made(rows, CONTROL_ABROAD)
    if abroad and len(failed) < TRIES_NEEDED:
        return (Attempt(variation=CONTROL_ABROAD, address=abroad.address, name=abroad.name),)
    if at_home and deed(failed) and not made(rows, CONTROL_AT_HOME):
        return (Attempt(variation=CONTROL_AT_HOME, address=at_home.address, name=at_home.name),)
    return ()


async def _shake(visit: Visit, attempt: Attempt, rows: Sequence[Observation]) -> Observation:
    """The row of an attempt; that of a control may have been made for another endpoint."""
    if attempt.variation not in (CONTROL_ABROAD, CONTROL_AT_HOME):
        return await _handshake(visit, attempt)
    number = len(made(rows, attempt.variation))
    return await visit.given.quic.once(attempt.variation, number, lambda: _handshake(visit, attempt))


async def _handshake(visit: Visit, attempt: Attempt) -> Observation:
    """One handshake at the endpoint's port, recorded as it ends."""
    line, endpoint = visit.line, visit.endpoint
    await line.pacer.turn(visit.label.rank)
    handshake = await asyncio.to_thread(_probe)
    row = await handshake(
        line.network,
        attempt.address,
        endpoint.port,
        server_name=attempt.name,
        trust=line.trust[endpoint.trust],
        limits=line.limits,
    )
    row = visit.label.on(
        row,
        connection_id=line.next_connection(),
        variation=attempt.variation,
        hostname=attempt.name,
        address=attempt.address,
        port=endpoint.port,
    )
    line.record([row])
    return row


def _probe() -> Callable[..., Awaitable[Observation]]:
    """The probe with its library, which costs start and memory, and of which most sweeps need nothing.

    Loading it takes a tenth of a second, in which no other try's clock may stand still: so not on the event loop.
    """
    from probes.quic import quic_handshake

    return quic_handshake
