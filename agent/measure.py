"""Measures one endpoint: asks its name, tries its addresses, repeats what failed, swaps names to find the trigger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agent import plan
from agent.catalog.records import Endpoint
from agent.line import Label, Line
from agent.plan import Attempt, Task
from agent.together import together
from agent.vantage import Anchor
from agent.verdict.seen import Try
from probes.observation import Observation
from probes.resolver import Resolver


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


async def measure_endpoint(line: Line, label: Label, task: Task, given: Circumstances) -> bool:
    """Measure one endpoint and record all of it. Returns whether a try went well; of a name alone, whether it resolves.

    The caller has taken the turn for the first questions; everything after takes its own.
    """
    endpoint = task.endpoint
    tries: list[Try] = []
    refused: set[str] = set()

    async def attempt_all(attempts: Iterable[Attempt]) -> None:
        tries.extend(await together(line.attempt(label, endpoint, attempt) for attempt in attempts))

    replies = await _ask(line, label, endpoint.hostname, given, odd_only=True)
    if endpoint.protocol == "dns":
        return any(row.answers for row in replies)
    _refuse(line, label, endpoint, replies, refused)
    await attempt_all(_firsts(task, replies, given, tries))
    if endpoint.hostname and not _done(tries):
        replies = await _ask(line, label, endpoint.hostname, given, odd_only=False)
        _refuse(line, label, endpoint, replies, refused)
        await attempt_all(_firsts(task, replies, given, tries))
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
        await _swap(line, label, task, further, given, tries)
    return _done(tries)


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


def _firsts(task: Task, replies: Sequence[Observation], given: Circumstances, tries: Sequence[Try]) -> list[Attempt]:
    """First tries at addresses that have not been tried yet."""
    addresses = task.endpoint.addresses or plan.addresses_to_try(replies, with_ipv6=given.with_ipv6)
    tried = {one.address for one in tries}
    return [
        Attempt(variation="first", address=address, name=task.endpoint.hostname)
        for address in addresses
        if address not in tried
    ]


async def _swap(
    line: Line, label: Label, task: Task, swaps: Sequence[Attempt], given: Circumstances, tries: list[Try]
) -> None:
    """The swap tests, spaced: whoever punishes a pair of addresses for a while must not spoil the next test."""
    if given.cool_down_s == 0:
        tries += await together(line.attempt(label, task.endpoint, attempt) for attempt in swaps)
        return
    for attempt in swaps:
        await asyncio.sleep(given.cool_down_s)
        tries.append(await line.attempt(label, task.endpoint, attempt))


def _refuse(line: Line, label: Label, endpoint: Endpoint, replies: Sequence[Observation], refused: set[str]) -> None:
    """Record the connections that would be made and must not be: into private ranges. Each address once."""
    for address in plan.addresses_refused(replies):
        if address not in refused:
            refused.add(address)
            _leave_out(line, label, endpoint, address, "not_run_private_address")


def _leave_out(line: Line, label: Label, endpoint: Endpoint, address: str, failure: str) -> None:
    row = Observation(
        observed_at=datetime.now(UTC),
        operation="connect",
        failure=failure,
        hostname=endpoint.hostname,
        address=address,
        port=endpoint.port,
        transport="tcp",
    )
    line.record([label.on(row)])


def _done(tries: Sequence[Try]) -> bool:
    return any(one.went_well for one in tries)
