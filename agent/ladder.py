"""Climbs the vantage ladder: asks for a route, then visits every control. What it means is `agent.vantage`'s to say."""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence

from agent.catalog.records import Catalog, Control
from agent.line import Label, Line
from agent.plan import SYSTEM, Attempt, addresses_to_try
from agent.records import VantageState
from agent.together import together
from agent.vantage import PORTAL_EXPECTED, Vantage, answered_as_itself, judge_vantage
from agent.verdict.seen import RANDOM_NAME
from probes.failures import failure_of
from probes.network import ROUTE_CHECK, Network
from probes.observation import Observation
from probes.stopwatch import Stopwatch

#: States that a few lost packets may feign: what failed is then visited once more.
DOUBTFUL = frozenset({VantageState.UNDETERMINED, VantageState.NATIONAL_ONLY})
#: Letters of a name that cannot exist: of 26 to the 20th nobody has registered one by chance.
LETTERS = 20
#: Numbers of the two rounds of visits. Each climb asks anew: the second must not lean on what the first was told.
ROUNDS = {"ladder_before": (-1, -2), "ladder_after": (-3, -4)}


async def climb(line: Line, catalog: Catalog, *, purpose: str, rows: Sequence[Observation]) -> Vantage:
    """Climb once and judge. `purpose` is ladder_before or ladder_after; `rows` is the sweep's growing record.

    Without any route, nothing else is asked.
    """
    label = Label(purpose=purpose, platform="control", target="route", endpoint="route")
    routes = [_route(line.network, ip_version) for ip_version in ROUTE_CHECK]
    line.record(label.on(row) for row in routes)
    controls = catalog.controls if any(row.succeeded for row in routes) else ()
    if controls and purpose == "ladder_before":
        await line.pacer.turn(label.rank)
        # Nobody waits for its answer: it tells of the resolver, and nothing of the line.
        line.begin(label, random_name(), (SYSTEM,), variation=RANDOM_NAME, query_types=("A",))
    for round_number in ROUNDS[purpose]:
        await together(_visit(line, control, purpose, round_number) for control in controls)
        own = [row for row in rows if row.purpose == purpose]
        vantage = judge_vantage(own, catalog)
        if vantage.state not in DOUBTFUL:
            break
        controls = tuple(one for one in controls if one.scope != "portal" and not answered_as_itself(one, own))
    return vantage


def random_name() -> str:
    """A name that nobody has registered: whoever gives an address for it gives one for any name that does not exist.

    Under .com, since resolvers answer for reserved endings such as .invalid without asking anybody (RFC 6761).
    """
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(LETTERS)) + ".com"


async def _visit(line: Line, control: Control, purpose: str, round_number: int) -> None:
    """Ask the control's name of the system and fetch its page; those abroad over IPv6 too, to see whether it lives."""
    endpoint = control.endpoint
    label = Label(purpose=purpose, platform="control", target=control.name, endpoint=endpoint.id)
    await line.pacer.turn(label.rank)
    replies = await line.ask(label, endpoint.hostname, (SYSTEM,), round_number=round_number)

    def expected(status_code: int | None, location: str, body: bytes) -> str:
        return PORTAL_EXPECTED if control.expected_body and body.strip() == control.expected_body.encode() else ""

    addresses = addresses_to_try(replies, with_ipv6=control.scope == "foreign")
    await together(
        line.attempt(
            label,
            endpoint,
            Attempt(variation="first", address=address, name=endpoint.hostname),
            recognise=expected,
            clock=True,
        )
        for address in addresses
    )


def _route(network: Network, ip_version: int) -> Observation:
    """Whether the kernel knows a way out. Connecting a UDP socket asks it and sends nothing."""
    watch = Stopwatch()
    failure = ""
    try:
        network.open_udp(*ROUTE_CHECK[ip_version]).close()
    except OSError as error:
        failure = failure_of(error)
    return Observation(
        observed_at=watch.started_at,
        operation="route",
        failure=failure,
        duration_ms=watch.elapsed_ms(),
        address=ROUTE_CHECK[ip_version][0],
        transport="udp",
    )
