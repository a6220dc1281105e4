"""Measures one endpoint: asks its name, tries its addresses, repeats what failed, swaps names to find the trigger.

Where it redirects within its platform, the next endpoint is measured in the same way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent import plan
from agent.catalog.records import Endpoint
from agent.line import Label, Line
from agent.plan import Attempt, Task
from agent.redirects import onward
from agent.together import together
from agent.vantage import Anchor
from agent.verdict.seen import Try
from probes.observation import Observation
from probes.resolver import Resolver

#: Called before a redirect is followed, with the label and the endpoint of the next hop: why it is to be left out, or
#: empty when it may be measured.
ReasonToStop = Callable[[Label, Endpoint], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What holds for every endpoint of a sweep."""

    resolvers: Sequence[Resolver]
    #: A control that answered in the opening ladder. None: no swap test is possible.
    anchor: Anchor | None
    with_ipv6: bool
    #: Seconds to leave an endpoint alone after it failed.
    cool_down_s: float
    #: Tries of an endpoint before its failure counts as repeated.
    tries_per_endpoint: int
    #: Whether a host's name holds something of the volunteer's. Such a host is not visited: rows name every host.
    is_private: Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the measurement of one endpoint, or of one hop, ended."""

    #: Whether a try went well; of a name alone, whether it resolves.
    went_well: bool
    #: The whole URL that it sends on to. Empty: nowhere.
    leads_to: str = ""


async def measure_endpoint(
    line: Line, label: Label, task: Task, given: Circumstances, *, reason: ReasonToStop = lambda label, endpoint: ""
) -> bool:
    """Measure one endpoint, and what it redirects to, and record all of it. Returns whether the last of them went well.

    The caller has taken the turn for the first questions; everything after takes its own.
    """
    visited = [task.endpoint]
    while (outcome := await _measure(line, label, visited[-1], given)).leads_to:
        further = onward(task, outcome.leads_to, visited, is_private=given.is_private)
        label = replace(label, hop=len(visited))
        if further.endpoint is None:
            if further.failure:
                line.record([label.on(_left_out(further.failure))])
            break
        visited.append(further.endpoint)
        if not await _may_follow(line, label, further.endpoint, reason):
            _leave_out(line, label, further.endpoint, "", reason(label, further.endpoint))
            return False
    return outcome.went_well


async def _may_follow(line: Line, label: Label, endpoint: Endpoint, reason: ReasonToStop) -> bool:
    """Whether a hop may be measured, with a turn taken if its name has yet to be asked."""
    if reason(label, endpoint):
        return False
    if line.has_asked(endpoint.hostname):
        return True
    return await line.pacer.turn(label.rank, wanted=lambda: not reason(label, endpoint))


async def _measure(line: Line, label: Label, endpoint: Endpoint, given: Circumstances) -> Outcome:
    """Measure the endpoint itself."""
    tries: list[Try] = []
    refused: set[str] = set()

    async def attempt_all(attempts: Iterable[Attempt]) -> None:
        tries.extend(await together(line.attempt(label, endpoint, attempt) for attempt in attempts))

    replies = await _ask(line, label, endpoint.hostname, given, odd_only=True)
    if endpoint.protocol == "dns":
        return Outcome(went_well=any(row.answers for row in replies))
    _refuse(line, label, endpoint, replies, refused)
    await attempt_all(_firsts(endpoint, replies, given, tries))
    if endpoint.hostname and not _done(tries):
        replies = await _ask(line, label, endpoint.hostname, given, odd_only=False)
        _refuse(line, label, endpoint, replies, refused)
        await attempt_all(_firsts(endpoint, replies, given, tries, in_doubt=True))
    if not tries and not refused:
        _leave_out(line, label, endpoint, "", "not_run_no_address")
    often = given.tries_per_endpoint
    while further := (
        plan.repeats(endpoint, tries, tries_per_address=often)
        or plan.doubts(endpoint, tries, replies, tries_per_address=often)
    ):
        await asyncio.sleep(given.cool_down_s)
        await attempt_all(further)
    if further := plan.swaps(endpoint, tries, given.anchor):
        await _swap(line, label, endpoint, further, given, tries)
    well = next((one for one in tries if one.went_well), None)
    # What an app's server answers to a POST is no page, wherever it points.
    return Outcome(
        went_well=well is not None, leads_to=line.leads_to(well) if well and endpoint.method == "GET" else ""
    )


async def _ask(
    line: Line, label: Label, hostname: str, given: Circumstances, *, odd_only: bool
) -> tuple[Observation, ...]:
    """First replies to the first questions, and to further ones when something is odd, or anyway if not `odd_only`."""
    if not hostname:
        return ()
    replies = await line.ask(label, hostname, plan.first_questions(given.resolvers))
    if not odd_only or plan.looks_odd(replies):
        further = plan.further_questions(given.resolvers)
        replies += await line.ask(label, hostname, further, round_number=1)
    return replies


def _firsts(
    endpoint: Endpoint,
    replies: Sequence[Observation],
    given: Circumstances,
    tries: Sequence[Try],
    *,
    in_doubt: bool = False,
) -> list[Attempt]:
    """First tries at addresses that have not been tried yet."""
    addresses = endpoint.addresses or plan.addresses_to_try(replies, with_ipv6=given.with_ipv6, in_doubt=in_doubt)
    tried = {one.address for one in tries}
    return [
        Attempt(variation="first", address=address, name=endpoint.hostname)
        for address in addresses
        if address not in tried
    ]


async def _swap(
    line: Line, label: Label, endpoint: Endpoint, swaps: Sequence[Attempt], given: Circumstances, tries: list[Try]
) -> None:
    """The swap tests, spaced: whoever punishes a pair of addresses for a while must not spoil the next test."""
    if given.cool_down_s == 0:
        tries += await together(line.attempt(label, _varied(endpoint, attempt), attempt) for attempt in swaps)
        return
    for attempt in swaps:
        await asyncio.sleep(given.cool_down_s)
        tries.append(await line.attempt(label, _varied(endpoint, attempt), attempt))


def _varied(endpoint: Endpoint, attempt: Attempt) -> Endpoint:
    """The endpoint, or another port of it, which is only connected to."""
    return replace(endpoint, protocol="tcp", port=attempt.connect_port) if attempt.connect_port else endpoint


def _refuse(line: Line, label: Label, endpoint: Endpoint, replies: Sequence[Observation], refused: set[str]) -> None:
    """Record the connections that would be made and must not be: into private ranges. Each address once."""
    for address in plan.addresses_refused(replies):
        if address not in refused:
            refused.add(address)
            _leave_out(line, label, endpoint, address, "not_run_private_address")


def _leave_out(line: Line, label: Label, endpoint: Endpoint, address: str, failure: str) -> None:
    row = _left_out(failure)
    line.record([label.on(row, hostname=endpoint.hostname, address=address, port=endpoint.port)])


def _left_out(failure: str) -> Observation:
    return Observation(observed_at=datetime.now(UTC), operation="connect", failure=failure, transport="tcp")


def _done(tries: Sequence[Try]) -> bool:
    return any(one.went_well for one in tries)
