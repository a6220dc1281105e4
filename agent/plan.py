"""What to do next: which endpoints, which addresses, which further tries. Pure decisions over what was seen so far."""

from __future__ import annotations

import ipaddress
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.catalog.records import Catalog, Endpoint, Platform, Target
from agent.verdict.fingerprints import FORGED_ADDRESSES, is_bogon
from agent.verdict.seen import Try
from probes.observation import Observation
from probes.resolver import Resolver

#: The operating system's own resolver, always asked: it is what the computer's other programs use.
SYSTEM = Resolver(name="system", transport="system")
#: Addresses of one IP version that are tried of what one party tells: the first, as an ordinary program would.
ADDRESSES_PER_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One endpoint to measure in this sweep."""

    platform: Platform
    target: Target
    endpoint: Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One connection to make: where to, under which name, and what it changes against the first."""

    variation: str
    address: str
    #: Sent as SNI and Host. Empty: a bare address.
    name: str
    #: Only connect, and to this port. None: the endpoint's port, and all that belongs to it.
    connect_port: int | None = None
    #: The one version of TLS that is offered: 1.2 or 1.3. Empty: whatever this computer speaks.
    tls_version: str = ""
    #: Asked for in place of the endpoint's own path. None: that.
    path: str | None = None
    #: Bytes of the body to read at most. None: the sweep's bound.
    body_bytes: int | None = None
    #: The longest segment that the server is told to send. None: the system's own.
    segment_bytes: int | None = None
    #: Whether to ask for a page under TLS too. A swap has told all it can with the handshake, and does not.
    wants_page: bool = False
    #: Sent as Host in place of `name`, to whoever answers: a certificate for somebody else does not end the try then.
    host: str = ""


def tasks_of(catalog: Catalog, platforms: Sequence[str], *, shuffle: random.Random | None) -> tuple[Task, ...]:
    """The endpoints of the chosen platforms (all when empty), retired ones left out, in random order if asked."""
    tasks = [
        Task(platform=platform, target=target, endpoint=endpoint)
        for platform, target in catalog.targets()
        for endpoint in target.endpoints
        if platform.retired_at is None and (not platforms or platform.key in platforms)
    ]
    if shuffle is not None:
        shuffle.shuffle(tasks)
    return tuple(tasks)


def first_questions(resolvers: Sequence[Resolver]) -> tuple[Resolver, ...]:
    """Who is asked about every name: the system, and the explicit resolvers over UDP, where forgeries are raced."""
    return (SYSTEM, *(resolver for resolver in resolvers if resolver.transport == "udp"))


def further_questions(resolvers: Sequence[Resolver]) -> tuple[Resolver, ...]:
    """Who is asked besides when something is odd: the system once more, and resolvers over TCP and DoH."""
    return (SYSTEM, *(resolver for resolver in resolvers if resolver.transport != "udp"))


def looks_odd(replies: Sequence[Observation]) -> bool:
    """Whether the first replies call for a second opinion: the system gives no public address, or one that a filter
    is known to give, or nobody agrees."""
    told = {address for row in replies if row.resolver == "system" for address in row.answers}
    others = {address for row in replies if row.resolver != "system" for address in row.answers}
    sound = told - FORGED_ADDRESSES.keys()
    return not any(not is_bogon(address) for address in sound) or told.isdisjoint(others)


def addresses_to_try(
    replies: Sequence[Observation], *, with_ipv6: bool, in_doubt: bool = False, own: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Public addresses to connect to: of each IP version the system's, then, if others tell none of those, theirs.

    `in_doubt`, after the system's have failed: one more that only others tell, since whoever forges an answer may forge
    those of most others too.

    Addresses in private ranges are never connected to: a forged answer must not lead into the volunteer's own
    network (docs/safety.md).
    """
    chosen: list[str] = []
    for version in (4, 6) if with_ipv6 else (4,):
        told = _public(replies, version, system=True)
        others = _public(replies, version, system=False)
        chosen += told[:ADDRESSES_PER_VERSION]
        unlike = [address for address in others if address not in told]
        if not told or unlike == others or in_doubt:
            chosen += unlike[-ADDRESSES_PER_VERSION:]  # the last asked is the one that is hardest to forge
    return tuple(dict.fromkeys(address for address in chosen if not is_at_home(address, own)))


def addresses_refused(replies: Sequence[Observation], *, own: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Addresses that were answered and are not connected to: no public server can be there, or it is the volunteer's.

    `own`: this computer's addresses on the line.
    """
    answered = (address for row in replies for address in row.answers)
    return tuple(dict.fromkeys(address for address in answered if is_bogon(address) or is_at_home(address, own)))


def is_at_home(address: str, own: frozenset[str]) -> bool:
    """Whether a public address is one of this computer's `own`, or of their network: over IPv6 a home has a /64."""
    version, width = (6, 64) if ":" in address else (4, 32)
    homes = (
        ipaddress.ip_network(f"{one.partition('%')[0]}/{width}", strict=False)
        for one in own
        if (":" in one) == (version == 6)
    )
    return not is_bogon(address) and any(ipaddress.ip_address(address) in home for home in homes)


def repeats(endpoint: Endpoint, tries: Sequence[Try], *, tries_per_address: int) -> tuple[Attempt, ...]:
    """The same again on fresh ports, where nothing went well and an address was tried less than `tries_per_address`.

    IPv6 is repeated only where there was no IPv4: its failure says nothing (docs/method.md 6).
    """
    if any(one.went_well for one in tries):
        return ()
    tried = Counter(one.address for one in tries)
    over_ipv4 = [address for address in tried if ":" not in address]
    return tuple(
        Attempt(variation="fresh_port", address=address, name=endpoint.hostname)
        for address in over_ipv4 or tried
        if tried[address] < tries_per_address
    )


def doubts(
    endpoint: Endpoint, tries: Sequence[Try], replies: Sequence[Observation], *, tries_per_address: int
) -> tuple[Attempt, ...]:
    """Repeats where the system's resolver sends, when only an address that others gave went well.

    One lost connection there must not pass for a forged answer, nor a forged answer for a service that works.
    """
    told = {*_public(replies, 4, system=True), *_public(replies, 6, system=True)}
    where_sent = [one for one in tries if one.address in told]
    return repeats(endpoint, where_sent, tries_per_address=tries_per_address)


def _public(replies: Iterable[Observation], version: int, *, system: bool) -> list[str]:
    found = [
        address
        for row in replies
        if (row.resolver == "system") == system
        for address in row.answers
        if not is_bogon(address) and (":" in address) == (version == 6)
    ]
    return list(dict.fromkeys(found))
