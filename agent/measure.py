"""Measures one endpoint: asks its name, tries its addresses, repeats what failed, inquires further.

Where it redirects within its platform, the next endpoint is measured in the same way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent import plan
from agent.catalog.records import Endpoint
from agent.inquiries import INQUIRIES, names
from agent.line import Label, Line
from agent.plan import Attempt, Task
from agent.redirects import onward
from agent.visit import Circumstances, Visit
from probes.observation import Observation

#: Called before a redirect is followed, with the label and the endpoint of the next hop: why it is to be left out, or
#: empty when it may be measured.
ReasonToStop = Callable[[Label, Endpoint], str]


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
    visit = Visit(line=line, label=label, endpoint=endpoint, given=given)
    names.begin(visit)
    await _ask(visit, odd_only=True)
    if endpoint.protocol != "dns":
        await _try(visit)
    for inquire in INQUIRIES:
        await inquire(visit)
    if endpoint.protocol == "dns":
        return Outcome(went_well=any(row.answers for row in visit.replies))
    well = next((one for one in visit.tries if one.went_well), None)
    # What an app's server answers to a POST is no page, wherever it points.
    return Outcome(
        went_well=well is not None, leads_to=line.leads_to(well) if well and endpoint.method == "GET" else ""
    )


async def _try(visit: Visit) -> None:
    """First tries, at the addresses in doubt too where those fail, and repeats of what failed."""
    endpoint, given, tries = visit.endpoint, visit.given, visit.tries
    _refuse(visit)
    await visit.attempt(_firsts(visit))
    if endpoint.hostname and not visit.went_well:
        await _ask(visit, odd_only=False)
        _refuse(visit)
        await visit.attempt(_firsts(visit, in_doubt=True))
    if not tries and not visit.refused:
        _leave_out(visit.line, visit.label, endpoint, "", "not_run_no_address")
    often = given.tries_per_endpoint
    while further := (
        plan.repeats(endpoint, tries, tries_per_address=often)
        or plan.doubts(endpoint, tries, visit.replies, tries_per_address=often)
    ):
        await asyncio.sleep(given.cool_down_s)
        await visit.attempt(further)


async def _ask(visit: Visit, *, odd_only: bool) -> None:
    """The first questions, and further ones when something is odd, or anyway if not `odd_only`."""
    hostname, resolvers, line = visit.endpoint.hostname, visit.given.resolvers, visit.line
    if not hostname:
        return
    visit.replies = await line.ask(visit.label, hostname, plan.first_questions(resolvers))
    if not odd_only or plan.looks_odd(visit.replies):
        visit.replies += await line.ask(visit.label, hostname, plan.further_questions(resolvers), round_number=1)


def _firsts(visit: Visit, *, in_doubt: bool = False) -> list[Attempt]:
    """First tries at addresses that have not been tried yet."""
    endpoint = visit.endpoint
    addresses = endpoint.addresses or plan.addresses_to_try(
        visit.replies, with_ipv6=visit.given.with_ipv6, in_doubt=in_doubt, own=visit.given.own_addresses
    )
    tried = {one.address for one in visit.tries}
    return [
        Attempt(variation="first", address=address, name=endpoint.hostname)
        for address in addresses
        if address not in tried
    ]


def _refuse(visit: Visit) -> None:
    """Record the connections that would be made and must not be: into private ranges. Each address once."""
    for address in plan.addresses_refused(visit.replies, own=visit.given.own_addresses):
        if address not in visit.refused:
            visit.refused.add(address)
            _leave_out(visit.line, visit.label, visit.endpoint, address, "not_run_private_address")


def _leave_out(line: Line, label: Label, endpoint: Endpoint, address: str, failure: str) -> None:
    row = _left_out(failure)
    line.record([label.on(row, hostname=endpoint.hostname, address=address, port=endpoint.port)])


def _left_out(failure: str) -> Observation:
    return Observation(observed_at=datetime.now(UTC), operation="connect", failure=failure, transport="tcp")
