"""The agent's hand on the network: asks names, makes attempts, and records each observation with its label."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.catalog.records import Endpoint
from agent.networks import NONE, Networks
from agent.pace import Pacer
from agent.plan import Attempt
from agent.verdict.fingerprints import recognise
from agent.verdict.seen import PLAIN, Try
from probes.certificate import TrustStore
from probes.channel import Channel, PlainChannel
from probes.dns_lookup import look_up
from probes.failures import CERTIFICATE_FAILURES
from probes.http_request import request
from probes.limits import Limits
from probes.network import Network
from probes.observation import Observation
from probes.resolver import Resolver
from probes.tcp import connect
from probes.tls import Recognise, handshake

QUERY_TYPES = ("A", "AAAA")
#: Ways to ask that open a connection for each question.
CONNECTED = frozenset({"tcp", "dot", "doh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What an operation was done for."""

    purpose: str = "target"
    platform: str
    target: str
    endpoint: str
    #: Redirects followed before it.
    hop: int = 0
    #: Place of the endpoint in the sweep's order; lower ones get their turns first.
    rank: int = 0

    def on(self, row: Observation, **changes: Any) -> Observation:
        """`row` with this label, and `changes` besides."""
        return replace(
            row,
            purpose=self.purpose,
            platform=self.platform,
            target=self.target,
            endpoint=self.endpoint,
            hop=self.hop,
            **changes,
        )


@dataclass(kw_only=True)
class Line:
    """Everything a sweep measures with. All that happens on it is recorded."""

    network: Network
    limits: Limits
    trust: Mapping[str, TrustStore]
    pacer: Pacer
    record: Callable[[Iterable[Observation]], None]
    networks: Networks = field(default_factory=Networks)
    _connections: int = 0
    #: By connection: where its answer sends on to, path and all. A path may hold the visitor's address, so this is in
    #: memory only.
    _leads_to: dict[str, str] = field(default_factory=dict)
    _asked: dict[tuple[str, int, str], asyncio.Task[tuple[Observation, ...]]] = field(default_factory=dict)
    _listening: list[asyncio.Task[None]] = field(default_factory=list)

    async def ask(
        self, label: Label, hostname: str, resolvers: Sequence[Resolver], *, round_number: int = 0
    ) -> tuple[Observation, ...]:
        """The first reply of every resolver to every question about `hostname`.

        Later replies are recorded as they come. A name is asked once per sweep and round, whoever needs it. A question
        that takes a connection of its own, or is asked again, waits for its turn; the others are in their caller's.
        """
        return await asyncio.shield(self.begin(label, hostname, resolvers, round_number=round_number))

    def begin(
        self,
        label: Label,
        hostname: str,
        resolvers: Sequence[Resolver],
        *,
        round_number: int = 0,
        variation: str = "",
        query_types: Sequence[str] = QUERY_TYPES,
    ) -> asyncio.Task[tuple[Observation, ...]]:
        """Ask without waiting. The line's own task: whoever waits for it shields it.

        `variation`: what is odd about the questions; those of one variation are asked once per sweep and round too.
        """
        key = hostname, round_number, variation
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(
                self._first_replies(label, hostname, resolvers, round_number, variation, query_types)
            )
        return self._asked[key]

    def has_asked(self, hostname: str) -> bool:
        """Whether the first questions about `hostname` have been asked in this sweep."""
        return (hostname, 0, "") in self._asked

    async def attempt(
        self,
        label: Label,
        endpoint: Endpoint,
        attempt: Attempt,
        *,
        recognise: Recognise = recognise,
        clock: bool = False,
    ) -> Try:
        """One connection, as far as it goes: connect, handshake, request. Steps that ended are recorded anyway."""
        await self.pacer.turn(label.rank)
        done: list[Observation] = []
        leads_to = ""
        try:
            leads_to = await self._walk(done, endpoint, attempt, recognise, clock)
        finally:
            number = self.next_connection()
            rows = [
                label.on(
                    row,
                    connection_id=number,
                    variation=attempt.variation,
                    hostname=attempt.name,
                    address=attempt.address,
                    port=endpoint.port,
                    transport="tcp",
                )
                for row in done
            ]
            self.record(rows)
        made = Try.of(rows)
        if made is None:
            raise AssertionError("a connection without a row of its connect")
        self._leads_to[number] = leads_to
        return made

    def leads_to(self, made: Try) -> str:
        """The whole URL that the answer to a try sends on to; empty when it sends nowhere."""
        return self._leads_to[made.connect.connection_id]

    async def settle(self) -> None:
        """Wait until no socket listens for late replies any more. Raises what went wrong with us meanwhile."""
        await asyncio.gather(*self._listening)

    async def close(self) -> None:
        """End everything that still goes on. Raises the first fault that nobody has waited for."""
        await self.pacer.close()
        running = [*self._asked.values(), *self._listening]
        for task in running:
            task.cancel()
        for ended in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(ended, Exception):  # a cancellation is none
                raise ended

    async def _walk(
        self, done: list[Observation], endpoint: Endpoint, attempt: Attempt, recognise: Recognise, clock: bool
    ) -> str:
        """Put the row of each step into `done` as it ends. Returns the URL that the answer sends on to, or nothing."""
        row, connection = await connect(
            self.network, attempt.address, endpoint.port, limits=self.limits, segment_bytes=attempt.segment_bytes
        )
        done.append(row)
        if connection is None:
            return ""
        channel: Channel | None = PlainChannel(connection)
        try:
            if endpoint.protocol == "https":
                row, channel = await handshake(
                    connection,
                    server_name=attempt.name,
                    valid_for=attempt.name,
                    trust=self.trust[endpoint.trust],
                    limits=self.limits,
                    recognise=recognise,
                    version=attempt.tls_version,
                )
                done.append(row)
            if channel is None or _ends(row, attempt) or not _wants_answer(endpoint, attempt):
                return ""
            row, leads_to = await request(
                channel,
                scheme=endpoint.protocol,
                host=attempt.host or attempt.name or attempt.address,
                port=endpoint.port,
                path=endpoint.path if attempt.path is None else attempt.path,
                method=endpoint.method,
                limits=replace(self.limits, body_bytes=attempt.body_bytes or self.limits.body_bytes),
                recognise=recognise,
                wants_clock=clock,
            )
            done.append(row)
            return leads_to
        finally:
            if channel is not None:
                channel.close()

    async def _first_replies(
        self,
        label: Label,
        hostname: str,
        resolvers: Sequence[Resolver],
        round_number: int,
        variation: str,
        query_types: Sequence[str],
    ) -> tuple[Observation, ...]:
        firsts = []
        for resolver in resolvers:
            for query_type in query_types:
                again = resolver.transport == "system" and round_number > 0  # it was asked in the first round too
                if again or resolver.transport in CONNECTED:
                    await self.pacer.turn(label.rank)
                plain = "fresh_port" if again else "first"
                firsts.append(self._question(label, hostname, resolver, query_type, variation or plain))
        return tuple(await asyncio.gather(*firsts))

    def _question(
        self, label: Label, hostname: str, resolver: Resolver, query_type: str, variation: str
    ) -> asyncio.Future[Observation]:
        """A future of the first reply; a task of its own goes on to listen for more."""
        first: asyncio.Future[Observation] = asyncio.get_running_loop().create_future()
        number = self.next_connection()

        async def listen() -> None:
            try:
                async for row in look_up(
                    self.network,
                    resolver,
                    hostname,
                    query_type,
                    limits=self.limits,
                    trust=self.trust["web"],
                    # Where no resolver is, the name is spelt as this computer's programs spell it.
                    mixed=variation in PLAIN,
                ):
                    labelled = label.on(
                        row, connection_id=number, variation=variation, answer_asns=self._networks_of(row.answers)
                    )
                    self.record([labelled])
                    if not first.done():
                        first.set_result(labelled)
            except BaseException as error:  # whoever waits for the reply must learn that none will come
                if not first.done():
                    first.set_exception(error) if isinstance(error, Exception) else first.cancel()
                raise

        self._listening.append(asyncio.create_task(listen()))
        return first

    def _networks_of(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """The AS numbers of the addresses that the table of networks knows, each once."""
        numbers = dict.fromkeys(self.networks.of_address(address) for address in addresses)
        return tuple(str(number) for number in numbers if number != NONE)

    def next_connection(self) -> str:
        """An id that no other connection or question of the sweep has."""
        self._connections += 1
        return f"c{self._connections:05d}"


def _ends(row: Observation, attempt: Attempt) -> bool:
    """Whether the step that was made last ends the try."""
    return row.failure != "" and not (attempt.host and row.failure in CERTIFICATE_FAILURES)


def _wants_answer(endpoint: Endpoint, attempt: Attempt) -> bool:
    """Whether a request belongs to the try."""
    if endpoint.protocol == "tcp":
        return False
    return endpoint.protocol == "http" or attempt.variation in PLAIN or attempt.wants_page
