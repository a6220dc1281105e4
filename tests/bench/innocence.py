"""Whether nobody innocent is accused: on a line that loses packets, on a very slow one, and in run after run.

Every scenario in which nothing is blocked (the families clean and look_alike) is swept on loopback: once on a line that
loses one packet in ten each way, once on one of two seconds there and back, and several times as it is, each time with
another seed for chance. DIDEBAN_BENCH_RUNS sets how many times; ten took a quarter of an hour on
two processors. One accusation is a fault, and so is a trial that broke
off; the measurement ends with an error after it has told all of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

from agent.lab.scenario.load import load_scenarios, shipped_scenarios_folder
from agent.lab.scenario.records import Scenario
from agent.lab.scenario.runner import run_trials
from agent.lab.scenario.score import Trial
from agent.lab.world import Line
from agent.verdict.finding import CONDEMNED
from tests.bench.worlds import RUNS_VARIABLE, runs_wanted, said

FAMILIES = frozenset({"clean", "look_alike"})
STAGE = "loopback"
RUNS = 10
#: The lines that must change nothing, as far as accusations go.
LOSS, ROUND_TRIP_MS = 0.1, 2000.0
#: Seconds that a trial may take: on a line of two seconds every time-out that a scenario has comes late as well.
TRIAL_MAX_S = 600.0


def measure() -> Iterator[str]:
    """For each line, then for each run, how many platforms came out as what. Raises `RuntimeError` on a fault."""
    innocent, faults = innocents(), 0
    for words, change in LINES.items():
        trials = run_trials([change(one) for one in innocent], STAGE, trial_max_s=TRIAL_MAX_S)
        yield f"{words}: {told(trials)}"
        faults += yield from named(trials)
    runs = runs_wanted(os.environ.get(RUNS_VARIABLE, ""), usual=RUNS)
    for seed in range(1, runs + 1):
        trials = run_trials([with_seed(one, seed) for one in innocent], STAGE, trial_max_s=TRIAL_MAX_S)
        yield f"run {seed} of {runs}: {told(trials)}"
        faults += yield from named(trials)
    if faults:
        raise RuntimeError(f"{faults} times somebody innocent was accused, or a trial broke off.")


def innocents() -> list[Scenario]:
    """The scenarios in which nothing is blocked, and which this stage can show."""
    scenarios = load_scenarios(shipped_scenarios_folder())
    return [one for one in scenarios if one.family in FAMILIES and STAGE not in one.not_on]


def on_line(scenario: Scenario, *, loss: float = 0.0, rtt_ms: float = 0.0) -> Scenario:
    """The scenario on a line at least so bad, with the agent's own time-outs, as such a line needs them."""
    old = scenario.world.line
    line = Line(rtt_ms=max(old.rtt_ms, rtt_ms), loss=max(old.loss, loss), rate_kbit_s=old.rate_kbit_s)
    return replace(scenario, limits="real", world=replace(scenario.world, line=line))


def with_seed(scenario: Scenario, seed: int) -> Scenario:
    """The scenario with chance drawn from elsewhere."""
    return replace(scenario, world=replace(scenario.world, seed=seed))


LINES: dict[str, Callable[[Scenario], Scenario]] = {
    f"{LOSS:.0%} of packets lost": lambda one: on_line(one, loss=LOSS),
    f"{ROUND_TRIP_MS / 1000:g} s round trip": lambda one: on_line(one, rtt_ms=ROUND_TRIP_MS),
}


def told(trials: Sequence[Trial]) -> str:
    """How many platforms, and what they came out as."""
    states = Counter(found.state.value for one in trials if one.outcome for found in one.outcome.found.values())
    accused = sum(states[state] for state in CONDEMNED)
    counted = ", ".join(f"{state} {number}" for state, number in sorted(states.items()))
    wording = "holds" if accused == 0 else "DOES NOT HOLD"
    return (
        f"{accused} of {states.total()} platforms accused in {len(trials)} scenarios; 0 wanted: {wording} ({counted})"
    )


def named(trials: Sequence[Trial]) -> Generator[str, None, int]:
    """A sentence for each fault: a platform accused, or a mechanism that nobody brought about. Returns their number."""
    faults = 0
    for one in trials:
        if one.outcome is None:
            faults += 1
            yield f"  {one.scenario.name}: {one.broken}"
            continue
        for key, found in one.outcome.found.items():
            if found.state in CONDEMNED or found.mechanisms:
                faults += 1
                yield f"  {one.scenario.name}: {key} is {said(found.state, found.mechanisms)}: {found.because}"
    return faults
