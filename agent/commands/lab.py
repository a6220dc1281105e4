"""`dideban lab`: scenarios, checked, listed and swept. (`lab serve` is in lab_serve.py.)"""

from __future__ import annotations

import argparse
import difflib
import sys
from contextlib import ExitStack
from pathlib import Path

from agent.commands.stages import check_for_lab
from agent.exits import BAD_INPUT, DONE, NOT_AS_EXPECTED, UsageError
from agent.lab.scenario.load import ScenarioError, load_scenario, load_scenarios, shipped_scenarios_folder
from agent.lab.scenario.records import Scenario
from agent.lab.scenario.stages import run_on
from agent.report.output import console
from agent.report.progress import shown_progress
from agent.report.scenario_words import show_scenario
from agent.report.trials import show_trial
from agent.report.visible import visible
from agent.store.lock import ResultsLock


def run(options: argparse.Namespace) -> int:
    folder: Path | None = options.results
    scenario = scenario_for(options.file, options.stage)
    with ExitStack() as held:
        if folder is not None:
            check_for_lab(folder)
            held.enter_context(ResultsLock(folder, doing="dideban lab run"))
        progress = held.enter_context(shown_progress())
        outcome = run_on(options.stage, scenario, folder=folder, progress=progress)
    show_trial(scenario, outcome)
    if folder is not None:
        print(f"The CSV files are in {folder}.")
    return NOT_AS_EXPECTED if outcome.wrong(scenario) else DONE


def check(options: argparse.Namespace) -> int:
    bad = 0
    for word in options.files:
        try:
            show_scenario(load_scenario(path_of(word)))
        except (ScenarioError, UsageError) as error:
            bad += 1
            print(visible(f"dideban: {error}"), file=sys.stderr)
    return BAD_INPUT if bad else DONE


def list_shipped(options: argparse.Namespace) -> int:
    out = console()
    for scenario in load_scenarios(shipped_scenarios_folder()):
        out.say(f"{scenario.name} ({scenario.family}): {visible(scenario.about)}", hanging=2)
    return DONE


def scenario_for(word: str, stage: str) -> Scenario:
    """The scenario that `word` names, if this computer and the stage can show it.

    Raises `ScenarioError` when it cannot be used, and `UsageError` with the reason when it cannot be shown.
    """
    scenario = load_scenario(path_of(word))
    if stage in scenario.not_on:
        raise UsageError(
            f"{scenario.path}: the stage {stage} cannot show it, for this reason: "
            f"{scenario.not_on[stage].rstrip('.')}; take another with --stage."
        )
    check_stage(stage)
    return scenario


def path_of(word: str) -> Path:
    """The file that `word` names: a path, or a shipped scenario's bare name. Raises `UsageError` when there is none."""
    if (given := Path(word)).exists():
        return given
    folder = shipped_scenarios_folder()
    if (shipped := folder / f"{word}.toml").exists():
        return shipped
    near = difflib.get_close_matches(word, [path.stem for path in folder.glob("*.toml")], n=1)
    remedy = f"perhaps you mean {near[0]}" if near else "`dideban lab list` names those that come with the program"
    raise UsageError(f"{word} is neither a file nor a scenario that comes with the program; {remedy}.")


def check_stage(stage: str) -> None:
    """Raises `UsageError` with the reason when this computer has no such stage."""
    if stage == "namespace":
        from agent.lab.namespace import stage as namespaces  # Linux alone has them

        if reason := namespaces.available():
            raise UsageError(reason)
