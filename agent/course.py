"""A sweep while it runs: ladder, endpoints, ladder, until all is measured or somebody says stop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent.catalog.records import Catalog, Endpoint
from agent.config import Config
from agent.ladder import climb
from agent.line import Label, Line
from agent.measure import measure_endpoint
from agent.networks import Networks
from agent.pace import Pacer
from agent.plan import Task, tasks_of
from agent.quic_controls import QuicControls
from agent.recorder import Recorder
from agent.records import VantageState
from agent.store.scrub import scrub_text
from agent.together import together
from agent.vantage import Vantage
from agent.visit import Circumstances
from probes.certificate import TrustStore
from probes.network import Network
from probes.observation import Observation

#: Before the ladder was climbed, or when the sweep was cut short before it could be climbed again.
NO_LADDER = Vantage(
    state=VantageState.UNDETERMINED,
    because="The sweep was cut short, so the line was not checked at its end.",
    ipv6_works=False,
    anchor=None,
)
#: Called when something is about to happen or has: (platform key or 'ladder', endpoints done, endpoints in all).
Progress = Callable[[str, int, int], None]
#: What was planned and left out when a sweep ends early.
INTERRUPTED, BUDGET, POOL, OFFLINE = (
    "not_run_interrupted",
    "not_run_budget",
    "not_run_pool_answered",
    "not_run_offline",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a sweep is made with: the same for every sweep of a process."""

    config: Config
    catalog: Catalog
    network: Network
    trust: Mapping[str, TrustStore]
    #: Which network an address is of, where the user gave a table.
    networks: Networks = field(default_factory=Networks)
    #: internet or lab.
    stage: str
    vantage_id: str


@dataclass(kw_only=True)
class Course:
    """One sweep under way. After `run` its fields tell how it went."""

    setting: Setting
    recorder: Recorder
    stop: asyncio.Event
    progress: Progress
    tasks: tuple[Task, ...] = ()
    measured: int = 0
    #: Why the sweep was ended before its end, or had to leave something out: INTERRUPTED, BUDGET or empty.
    cut: str = ""
    opening: Vantage = NO_LADDER
    closing: Vantage = NO_LADDER
    _settled: set[int] = field(default_factory=set)
    #: By rank: the hop that an endpoint's redirects have led to so far.
    _at_hop: dict[int, tuple[Label, Endpoint]] = field(default_factory=dict)
    _answered_pools: set[str] = field(default_factory=set)
    _done_of_platform: Counter[str] = field(default_factory=Counter)
    #: Endpoints of each platform in all.
    _totals: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Ladder, endpoints, ladder. Returns when all is recorded, or soon after `stop` is set."""
        config, catalog = self.setting.config, self.setting.catalog
        shuffle = random.Random(secrets.randbits(64)) if config.pace.shuffle else None  # noqa: S311 -- order, no secret
        self.tasks = tasks_of(catalog, config.platforms, shuffle=shuffle)
        self._totals = Counter(task.platform.key for task in self.tasks)
        line = Line(
            network=self.setting.network,
            limits=config.limits,
            trust=self.setting.trust,
            pacer=Pacer(config.pace.connections_per_min),
            record=self.recorder.record,
            networks=self.setting.networks,
        )
        try:
            await self._until_cut(self._measure(line))
        finally:
            await line.close()
        for rank, task in enumerate(self.tasks):
            if rank not in self._settled:
                self._leave_out(rank, task, self.cut or OFFLINE)

    async def _until_cut(self, work: Coroutine[None, None, None]) -> None:
        """Run `work` to its end, or until the user or the disk says stop."""
        working = asyncio.ensure_future(work)
        signals = [asyncio.ensure_future(event.wait()) for event in (self.stop, self.recorder.failed)]
        try:
            await asyncio.wait([working, *signals], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not working.done():
                self.cut = INTERRUPTED
            for future in (working, *signals):
                future.cancel()
            await asyncio.gather(*signals, return_exceptions=True)
            with contextlib.suppress(asyncio.CancelledError):
                await working

    async def _measure(self, line: Line) -> None:
        catalog, rows = self.setting.catalog, self.recorder.rows
        ends_at_s = asyncio.get_running_loop().time() + self.setting.config.budget.sweep_max_min * 60
        self.progress("ladder", 0, 1)
        self.opening = await climb(line, catalog, purpose="ladder_before", rows=rows)
        self.progress("ladder", 1, 1)
        if self.opening.state is VantageState.OFFLINE:
            self.closing = self.opening
            return
        given = Circumstances(
            resolvers=self.setting.config.resolvers,
            anchor=self.opening.anchor,
            with_ipv6=self.opening.ipv6_works,
            cool_down_s=self.setting.config.pace.cool_down_s,
            tries_per_endpoint=self.setting.config.budget.tries_per_endpoint,
            quic=QuicControls(abroad=self.opening.quic_abroad, at_home=self.opening.quic_at_home),
            is_private=lambda name: scrub_text(name, self.recorder.private) != name,
            own_addresses=self.setting.network.own_addresses(),
            affords=self._affords,
            helpers=self.setting.config.helpers,
        )
        for platform, total in self._totals.items():
            self.progress(platform, 0, total)
        try:
            async with asyncio.timeout_at(ends_at_s) as clock:
                await together(self._endpoint(line, rank, task, given) for rank, task in enumerate(self.tasks))
        except TimeoutError:
            if not clock.expired():
                raise  # a fault of ours, and not the budget
            self.cut = BUDGET
        # Out of time or not: without a second look at the line, what was measured could not be judged.
        self.closing = await climb(line, catalog, purpose="ladder_after", rows=rows)
        await line.settle()  # last: sockets that only listen for late replies need not hold the closing ladder up

    async def _endpoint(self, line: Line, rank: int, task: Task, given: Circumstances) -> None:
        """Measure one endpoint, or record why it was left out."""

        def reason(label: Label, hop: Endpoint) -> str:
            self._at_hop[rank] = label, hop
            failure = self._reason_to_leave_out(task)
            self.cut = self.cut or (BUDGET if failure == BUDGET else "")
            return failure

        if await line.pacer.turn(rank, wanted=lambda: not self._reason_to_leave_out(task)):
            if await measure_endpoint(line, _label(rank, task), task, given, reason=reason):
                self._answered_pools.add(task.target.name)
            self.measured += 1
            self._settled.add(rank)
        else:
            self._leave_out(rank, task, self._reason_to_leave_out(task))
        key = task.platform.key
        self._done_of_platform[key] += 1
        self.progress(key, self._done_of_platform[key], self._totals[key])

    def _reason_to_leave_out(self, task: Task) -> str:
        """A gentle sweep asks of a pool only until one member answers: the others would tell nothing more."""
        config = self.setting.config
        if not self._affords(0):
            return BUDGET
        gentle = config.pace.connections_per_min is not None
        return POOL if gentle and task.target.combine == "any_of" and task.target.name in self._answered_pools else ""

    def _affords(self, size_bytes: int) -> bool:
        """Whether the budget still holds so many bytes."""
        spent = self.recorder.bytes_sent + self.recorder.bytes_received
        return spent + size_bytes <= self.setting.config.budget.sweep_bytes

    def _leave_out(self, rank: int, task: Task, failure: str) -> None:
        """Record that an endpoint, or what is left of it, was planned and not measured."""
        self._settled.add(rank)
        if failure == BUDGET and not self.cut:
            self.cut = BUDGET
        label, endpoint = self._at_hop.get(rank, (_label(rank, task), task.endpoint))
        row = Observation(
            observed_at=datetime.now(UTC),
            operation="resolve" if endpoint.protocol == "dns" else "connect",
            failure=failure,
            hostname=endpoint.hostname,
            port=endpoint.port or None,
        )
        self.recorder.record([label.on(row)])


def _label(rank: int, task: Task) -> Label:
    return Label(platform=task.platform.key, target=task.target.name, endpoint=task.endpoint.id, rank=rank)
