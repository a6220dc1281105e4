"""How long sweeps take: the demo's, and the whole catalog's at the fast pace against its longest endpoint alone.

A sweep is what `run_sweep` does, with both ladders, the files and the verdicts. An endpoint alone is measured in the
same world by the same code, on a line of its own, until no socket of it listens any more; no ladder is in that time.
In a world that treats all hosts alike, endpoints of one shape go through the same steps, so one of each shape is tried
and the longest of them is measured again.

Two sweeps of the open world are shown, as one part of the time is chosen: how long a socket listens for a second DNS
reply, in a sweep and in an endpoint alone. Without it a sweep is three chains of exchanges in a row, ladder, endpoints
and ladder, and no code can make it less than three times one of them.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.catalog import load_catalog
from agent.commands.demo import DEMO_LIMITS
from agent.lab.embedded import dropped_world, open_world
from agent.lab.world import World
from agent.line import Label, Line
from agent.measure import measure_endpoint
from agent.pace import Pacer
from agent.plan import Task, tasks_of
from agent.store.read import rows
from agent.sweep import Setting, run_sweep
from agent.vantage import Vantage
from agent.visit import Circumstances
from probes.limits import Limits
from tests.bench._elsewhere import lab_elsewhere
from tests.bench._figures import bounded
from tests.bench._sweeps import opening_ladder, seconds_of, setting_in, whole

#: Sweeps of each kind, and tries of the longest endpoint; the median of an odd number is one of them.
RUNS = 3
ROUND_TRIP_MS = 100.0
#: What is to be reached: times the longest endpoint, and seconds of the whole demo.
OPEN_RATIO_MAX, DROPPED_RATIO_MAX, DEMO_MAX_S = 2.0, 1.25, 60.0
#: Two round trips: as short as the window for a second DNS reply may be and still do its work.
SHORT_WINDOW_S = 2 * ROUND_TRIP_MS / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Where the seconds of one sweep went."""

    sweep_s: float
    opening_ladder_s: float
    endpoints_s: float

    def parts_s(self) -> dict[str, float]:
        """The parts in their order; together they are the sweep."""
        return {
            "opening ladder": self.opening_ladder_s,
            "endpoints, but for late replies": self.endpoints_s,
            "closing ladder, late replies, verdicts": self.sweep_s - self.opening_ladder_s - self.endpoints_s,
        }


@dataclass
class Marks:
    """Takes a sweep's progress and remembers when its parts ended."""

    ladder_began_s: float = 0.0
    ladder_ended_s: float = 0.0
    last_endpoint_s: float = 0.0

    def __call__(self, part: str, done: int, total: int) -> None:
        now_s = time.perf_counter()
        if part != "ladder":
            self.last_endpoint_s = now_s
        elif done == 0:
            self.ladder_began_s = now_s
        else:
            self.ladder_ended_s = now_s


def measure() -> Iterator[str]:
    """The demo's time; then ratios in an open world, with the usual and a short DNS window, and in a dropped one."""
    yield from demo()
    catalog, limits = load_catalog(), Limits()
    everything_open = open_world(catalog, rtt_ms=ROUND_TRIP_MS)
    short = replace(limits, dns_window_s=SHORT_WINDOW_S)
    for used in (limits, short):
        yield f"everything open, {ROUND_TRIP_MS:.0f} ms round trip, {used.dns_window_s:g} s for further DNS replies:"
        yield from against_longest(everything_open, used, ratio_max=OPEN_RATIO_MAX)
    yield f"everything dropped, time-outs of {DEMO_LIMITS.connect_timeout_s:g} s as in the demo:"
    yield from against_longest(dropped_world(catalog), DEMO_LIMITS, ratio_max=DROPPED_RATIO_MAX)


def demo() -> Iterator[str]:
    """`dideban demo` as people run it: lab and agent in one process, from the command line."""
    sweeps_s, commands_s = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            began_s = time.perf_counter()
            command = [sys.executable, "-m", "agent", "demo", "--results", folder]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            commands_s.append(time.perf_counter() - began_s)
            sweeps_s += [seconds_of(whole(sweep)) for sweep in rows(Path(folder), "sweeps")]
    if len(sweeps_s) != RUNS:
        raise RuntimeError(f"{RUNS} demos wrote {len(sweeps_s)} sweeps.")
    yield f"demo: {bounded(statistics.median(commands_s), DEMO_MAX_S, unit=' s')}"
    yield f"  of which its sweep {statistics.median(sweeps_s):.2f} s; the longest of {RUNS} {max(commands_s):.2f} s"


def against_longest(world: World, limits: Limits, *, ratio_max: float) -> Iterator[str]:
    """The median sweep of everything in `world` against the longest endpoint alone there, and where its time goes."""
    with lab_elsewhere(world) as lab, tempfile.TemporaryDirectory() as folder:
        setting = setting_in(lab, Path(folder), limits)
        sweeps = sorted((asyncio.run(timed_sweep(setting)) for _ in range(RUNS)), key=lambda times: times.sweep_s)
        longest_id, longest_s = asyncio.run(longest_alone(setting))
    times = sweeps[len(sweeps) // 2]
    yield f"  sweep {times.sweep_s:.2f} s ({sweeps[0].sweep_s:.2f} to {sweeps[-1].sweep_s:.2f})"
    yield f"  longest endpoint alone {longest_s:.2f} s ({longest_id})"
    yield f"  ratio {bounded(times.sweep_s / longest_s, ratio_max, unit='x')}"
    for part, span_s in times.parts_s().items():
        share, ratio = span_s / times.sweep_s, span_s / longest_s
        yield f"  {part}: {span_s:.2f} s, {share:.0%} of the sweep, {ratio:.2f}x the longest endpoint"


async def timed_sweep(setting: Setting) -> Times:
    """One sweep. Raises `RuntimeError` when it was not whole."""
    marks, began_s = Marks(), time.perf_counter()
    result = await run_sweep(setting, trigger="bench", progress=marks)
    whole(result.sweep)
    return Times(
        sweep_s=time.perf_counter() - began_s,
        opening_ladder_s=marks.ladder_ended_s - marks.ladder_began_s,
        endpoints_s=marks.last_endpoint_s - marks.ladder_ended_s,
    )


async def longest_alone(setting: Setting) -> tuple[str, float]:
    """Id of the endpoint that takes longest alone, and the median of its tries in seconds."""
    vantage = await opening_ladder(setting)
    tasks = one_of_each_shape(tasks_of(setting.catalog, (), shuffle=None))
    spans_s = [await alone(setting, task, vantage) for task in tasks]
    first_s, longest = max(zip(spans_s, tasks, strict=True), key=lambda pair: pair[0])
    again_s = [await alone(setting, longest, vantage) for _ in range(RUNS - 1)]
    return longest.endpoint.id, statistics.median([first_s, *again_s])


def one_of_each_shape(tasks: Sequence[Task]) -> list[Task]:
    """The first endpoint of each shape: protocol, method, whether it has a name, and how many fixed addresses."""
    shapes: dict[tuple[str, str, bool, int], Task] = {}
    for task in tasks:
        endpoint = task.endpoint
        shape = (endpoint.protocol, endpoint.method, bool(endpoint.hostname), len(endpoint.addresses))
        shapes.setdefault(shape, task)
    return list(shapes.values())


async def alone(setting: Setting, task: Task, vantage: Vantage) -> float:
    """Seconds that one endpoint takes with nothing beside it."""
    config = setting.config
    line = Line(
        network=setting.network,
        limits=config.limits,
        trust=setting.trust,
        pacer=Pacer(None),
        record=lambda observations: None,
    )
    given = Circumstances(
        resolvers=config.resolvers,
        anchor=vantage.anchor,
        with_ipv6=vantage.ipv6_works,
        cool_down_s=config.pace.cool_down_s,
        tries_per_endpoint=config.budget.tries_per_endpoint,
        is_private=lambda name: False,
    )
    label = Label(platform=task.platform.key, target=task.target.name, endpoint=task.endpoint.id)
    began_s = time.perf_counter()
    try:
        await measure_endpoint(line, label, task, given)
        await line.settle()
    finally:
        await line.close()
    return time.perf_counter() - began_s
