"""Whether the demo's worlds are judged right every time: all twelve states and all mechanisms, many runs in a row.

DIDEBAN_BENCH_RUNS sets how many. What is right is what the world's censor does. One miss is a fault, and the
measurement ends with an error after it has told all of them.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from agent.catalog import load_catalog
from agent.commands.demo import DEMO_LIMITS, WORLDS
from agent.lab.embedded import Expectation, expected
from agent.lab.loopback.lab import Lab
from agent.lab.world import World
from agent.sweep import SweepResult, run_sweep
from agent.verdict.records import Verdict
from tests.bench._elsewhere import Elsewhere
from tests.bench._sweeps import seconds_of, setting_in

RUNS_VARIABLE, RUNS = "DIDEBAN_BENCH_RUNS", 20
NAMES = ("2021", "open", "hung_facebook")


def measure() -> Iterator[str]:
    """For each world how many runs were right; then every miss. Raises `RuntimeError` when there was one."""
    runs, catalog = runs_wanted(os.environ.get(RUNS_VARIABLE, "")), load_catalog()
    missed = 0
    for name in NAMES:
        world = WORLDS[name](catalog)
        results = [sweep_of(world) for _ in range(runs)]
        wrong = [list(misses(expected(world, catalog), result.verdicts)) for result in results]
        seconds = statistics.median(seconds_of(result.sweep) for result in results)
        right = wrong.count([])
        missed += runs - right
        yield f"{name}: {right} of {runs} runs right in all {len(catalog.platforms)} platforms; median {seconds:.1f} s"
        for number, sentences in enumerate(wrong, start=1):
            for sentence in sentences:
                yield f"  run {number}, {results[number - 1].sweep.vantage_state} line: {sentence}"
    if missed:
        raise RuntimeError(f"{missed} of {runs * len(NAMES)} runs were judged wrong.")


def sweep_of(world: World) -> SweepResult:
    """One sweep of `world` as the demo makes it: lab and agent in one process."""
    with tempfile.TemporaryDirectory() as folder, Lab(world) as lab:
        side = Elsewhere(network=lab.network, trust_pem=lab.trust_pem)
        return asyncio.run(run_sweep(setting_in(side, Path(folder), DEMO_LIMITS), trigger="bench"))


def misses(wanted: Mapping[str, Expectation], verdicts: Iterable[Verdict]) -> Iterator[str]:
    """A sentence for each platform whose verdict is not the one wanted, or that has none."""
    found = {verdict.platform: verdict for verdict in verdicts if verdict.level == "platform"}
    for platform, (state, mechanisms) in wanted.items():
        if platform not in found:
            yield f"{platform} has no verdict"
            continue
        verdict = found[platform]
        if (verdict.state, frozenset(verdict.mechanisms)) != (state, mechanisms):
            yield (
                f"{platform} is {said(verdict.state, verdict.mechanisms)} and should be {said(state, mechanisms)}: "
                f"{verdict.because}"
            )


def said(state: str, mechanisms: Iterable[str]) -> str:
    """State and mechanisms in a few words."""
    return " ".join((state, *sorted(mechanisms)))


def runs_wanted(text: str, *, usual: int = RUNS) -> int:
    """The number of runs in the environment; the usual one when it says nothing. Raises `ValueError` on nonsense."""
    if not text:
        return usual
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"{RUNS_VARIABLE} is {text!r}; set it to a number of runs, such as {usual}, or unset it.")
    return int(text)
