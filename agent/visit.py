"""A visit: one endpoint, or one hop of its redirects, while it is measured, and what was seen of it so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from agent.catalog.records import Endpoint
from agent.config.helpers import Helper
from agent.line import Label, Line
from agent.plan import Attempt
from agent.quic_controls import QuicControls
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
    #: Controls for tries over QUIC.
    quic: QuicControls = field(default_factory=QuicControls)
    #: Whether a host's name holds something of the volunteer's. Such a host is not visited: rows name every host.
    is_private: Callable[[str], bool]
    #: This computer's addresses on the line. Neither they nor their neighbours are ever connected to.
    own_addresses: frozenset[str] = frozenset()
    #: Whether the sweep's budget still holds so many bytes.
    affords: Callable[[int], bool] = lambda size_bytes: True
    #: Who is asked to look from elsewhere.
    helpers: Sequence[Helper] = ()


@dataclass(kw_only=True)
class Visit:
    """What an endpoint is measured with, and what was seen. Inquiries read it, and add to it."""

    line: Line
    label: Label
    endpoint: Endpoint
    given: Circumstances
    #: First replies to the questions about its name, in the order in which they were asked.
    replies: tuple[Observation, ...] = ()
    tries: list[Try] = field(default_factory=list)
    #: Addresses that were answered and must not be connected to.
    refused: set[str] = field(default_factory=set)

    @property
    def went_well(self) -> bool:
        """Whether a try of the endpoint went well."""
        return any(one.went_well for one in self.tries)

    async def attempt(self, attempts: Iterable[Attempt]) -> None:
        """Make the attempts together."""
        self.tries += await together(
            self.line.attempt(self.label, varied(self.endpoint, attempt), attempt) for attempt in attempts
        )

    async def attempt_spaced(self, attempts: Sequence[Attempt]) -> None:
        """One after the other: whoever punishes a pair of addresses for a while must not spoil the next test.

        Where nobody is left alone after a failure they are made together, in the sweep's haste.
        """
        if self.given.cool_down_s == 0:
            await self.attempt(attempts)
            return
        for attempt in attempts:
            await asyncio.sleep(self.given.cool_down_s)
            await self.attempt([attempt])


def varied(endpoint: Endpoint, attempt: Attempt) -> Endpoint:
    """The endpoint, or another port of it, which is only connected to."""
    return replace(endpoint, protocol="tcp", port=attempt.connect_port) if attempt.connect_port else endpoint
