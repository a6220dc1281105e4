"""`dideban selftest`: every scenario that comes with the program, tried and scored."""

from __future__ import annotations

import argparse
import time

from agent.commands.lab import check_stage
from agent.exits import DONE, NOT_AS_EXPECTED, UsageError
from agent.lab.scenario.load import load_scenarios, shipped_scenarios_folder
from agent.lab.scenario.records import FAMILIES, Scenario
from agent.lab.scenario.runner import run_trials
from agent.lab.scenario.score import score
from agent.report.trials import show_score, show_trials, shown_trials


def run(options: argparse.Namespace) -> int:
    check_stage(options.stage)
    wanted = of_families(load_scenarios(shipped_scenarios_folder()), options.family or ())
    can = [scenario for scenario in wanted if options.stage not in scenario.not_on]
    began_s = time.monotonic()
    with shown_trials() as progress:
        trials = run_trials(can, options.stage, at_once=options.at_once, progress=progress)
    if options.verbose:
        show_trials(trials)
    result = score(trials)
    show_score(
        result,
        stage=options.stage,
        seconds=time.monotonic() - began_s,
        left_out={one.name: one.not_on[options.stage] for one in wanted if options.stage in one.not_on},
        verbose=options.verbose,
    )
    return NOT_AS_EXPECTED if result.wrong else DONE


def of_families(scenarios: tuple[Scenario, ...], families: list[str] | tuple[str, ...]) -> list[Scenario]:
    """The scenarios of these families; all, when none is named. Raises `UsageError` on one that does not exist."""
    for family in families:
        if family not in FAMILIES:
            raise UsageError(f"There is no family '{family}' of scenarios; the families are {', '.join(FAMILIES)}.")
    chosen = [scenario for scenario in scenarios if not families or scenario.family in families]
    if not chosen:
        raise UsageError("No scenario that comes with the program is of that family; leave --family out to try all.")
    return chosen
