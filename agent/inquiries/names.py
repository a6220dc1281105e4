"""Whether somebody on the way answers for a name: it is asked where no resolver is (docs/method.md 2).

The first such question goes out beside those to resolvers, for a forged answer need not look odd: it may lead to a
proxy that works. It costs one datagram. What follows is asked only when an answer came, or when the name is in doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent import plan
from agent.plan import Attempt
from agent.vantage import Anchor
from agent.verdict.fingerprints import is_bogon
from agent.verdict.seen import INNOCENT_BESIDE, INNOCENT_HERE, NO_RESOLVER_HERE, SILENCE, Try
from agent.visit import Visit
from probes.observation import Observation
from probes.resolver import SECURE, Resolver

#: Rounds of questions to where no resolver is: the first, one more when it drew nothing, and the repeat.
FIRST, ONCE_MORE, AGAIN = 0, 1, 2
#: Failures of an AAAA question that many honest names draw: there is no such address, or the packet was lost.
USUAL = frozenset({"", "dns_no_answer", "generic_timeout_error", "timed_out", "dns_temporary_failure"})


def begin(visit: Visit) -> None:
    """Send the first question on its way, while the name is asked and tried."""
    if visit.endpoint.hostname and visit.given.anchor is not None:
        _begin(visit, FIRST, ("A",))


async def inquire(visit: Visit) -> None:
    """Ask again, and for innocent names, where a question was answered; and see what DoH leads to beside it.

    An answer comes within a round trip, and silence takes seconds: it is waited for only where the name is in doubt.
    """
    anchor = visit.given.anchor
    if anchor is None or not visit.endpoint.hostname:
        return
    if silent := silent_resolvers(visit.replies, visit.given.resolvers):
        line, other = visit.line, anchor.other_name
        await asyncio.shield(line.begin(visit.label, other, silent, variation=INNOCENT_BESIDE, query_types=("A",)))
    first = _begin(visit, FIRST, ("A",))
    if not first.done() and not in_doubt(visit.replies, visit.tries):
        return
    heard = list(await asyncio.shield(first))
    if types := once_more(heard, visit.replies):
        await visit.line.pacer.turn(visit.label.rank)
        heard += await asyncio.shield(_begin(visit, ONCE_MORE, types))
    if again := asked_again(heard):
        await visit.line.pacer.turn(visit.label.rank)
        nowhere = (_nowhere(anchor),)
        innocent = [
            visit.line.begin(visit.label, name, nowhere, variation=INNOCENT_HERE)
            for name in (anchor.name, anchor.other_name)
        ]
        repeated = _begin(visit, AGAIN, again)
        await asyncio.wait([repeated, *innocent])
        await _follow_doh(visit)
        await _try(visit, to_prove([*heard, *repeated.result()], visit.tries, visit.endpoint.protocol))


def silent_resolvers(replies: Sequence[Observation], resolvers: Sequence[Resolver]) -> tuple[Resolver, ...]:
    """Those over UDP, when all that were asked for A are silent: are they silent about an innocent name too?"""
    asked = [row for row in replies if row.query_type == "A" and row.transport == "udp"]
    all_silent = bool(asked) and all(row.failure in SILENCE for row in asked)
    return tuple(one for one in resolvers if one.transport == "udp") if all_silent else ()


def in_doubt(replies: Sequence[Observation], tries: Sequence[Try]) -> bool:
    """Whether the name is worth the wait: nothing went well, or the replies about it are odd."""
    return not any(one.went_well for one in tries) or plan.looks_odd(replies) or any(map(_is_odd, replies))


def once_more(heard: Sequence[Observation], replies: Sequence[Observation]) -> tuple[str, ...]:
    """The types to ask for when the first question drew no answer: those whose replies from resolvers are odd.

    A packet may have been lost, and a forger may forge one type only, or not every time.
    """
    if any(map(_is_answer, heard)):
        return ()
    odd = {row.query_type for row in replies if _is_odd(row)} | ({"A"} if plan.looks_odd(replies) else set())
    return tuple(sorted(odd))


def asked_again(heard: Sequence[Observation]) -> tuple[str, ...]:
    """The types to ask for once more: what was answered, and AAAA beside A. Nothing, where nothing was answered."""
    answered = [row.query_type for row in heard if _is_answer(row)]
    return ("A", "AAAA") if "A" in answered else tuple(answered)


def to_compare(replies: Sequence[Observation], tries: Sequence[Try], protocol: str) -> tuple[str, ...]:
    """Where DoH leads, of a plain page that was had elsewhere: no certificate says whose that was."""
    secure = [address for row in replies if row.transport in SECURE for address in row.answers]
    public = [address for address in secure if ":" not in address and not is_bogon(address)]
    tried = {one.address for one in tries}
    return tuple(public[:1]) if protocol == "http" and tried.isdisjoint(public) else ()


def to_prove(heard: Sequence[Observation], tries: Sequence[Try], protocol: str) -> tuple[str, ...]:
    """An address that was answered where no resolver is, to see whether it is the name's own after all."""
    told = [address for row in heard for address in row.answers if ":" not in address and not is_bogon(address)]
    tried = {one.address for one in tries}
    return tuple(address for address in told if address not in tried)[:1] if protocol == "https" else ()


async def _follow_doh(visit: Visit) -> None:
    """What DoH says, if it was not asked, and the plain page that stands where it leads."""
    further = plan.further_questions(visit.given.resolvers)
    if not any(row.transport in SECURE for row in visit.replies):
        visit.replies += await visit.line.ask(visit.label, visit.endpoint.hostname, further, round_number=1)
    await _try(visit, to_compare(visit.replies, visit.tries, visit.endpoint.protocol))


async def _try(visit: Visit, addresses: Sequence[str]) -> None:
    name = visit.endpoint.hostname
    await visit.attempt(Attempt(variation="first", address=address, name=name) for address in addresses)


def _begin(visit: Visit, round_number: int, types: tuple[str, ...]) -> asyncio.Task[tuple[Observation, ...]]:
    """The task of a round of questions about the name. `begin` has seen that there is an anchor."""
    anchor = visit.given.anchor
    if anchor is None:
        raise ValueError("without an anchor nobody is known who runs no resolver")
    return visit.line.begin(
        visit.label,
        visit.endpoint.hostname,
        (_nowhere(anchor),),
        round_number=round_number,
        variation=NO_RESOLVER_HERE,
        query_types=types,
    )


def _nowhere(anchor: Anchor) -> Resolver:
    """The anchor as if it were a resolver. It is a web server abroad that proved itself, and resolves nothing."""
    return Resolver(name="none", transport="udp", address=anchor.address)


def _is_answer(row: Observation) -> bool:
    return row.reply_index is not None


def _is_odd(row: Observation) -> bool:
    """Whether a reply is one that honest names seldom draw."""
    if row.query_type == "AAAA":
        return row.failure not in USUAL or any(map(is_bogon, row.answers))
    return row.failure != "" or any(map(is_bogon, row.answers))
