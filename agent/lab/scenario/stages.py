"""Makes a trial on the stage that is asked for: its world is put up there, swept and taken down."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from agent.course import Progress
from agent.lab.scenario.records import Scenario
from agent.lab.scenario.trial import Outcome, sweep_of


def run_on(
    stage: str,
    scenario: Scenario,
    *,
    folder: Path | None = None,
    progress: Progress = lambda platform, done, total: None,
) -> Outcome:
    """A trial on a stage (a key of STAGES): its world is built up, swept and taken down."""
    if stage == "loopback":
        return run_on_loopback(scenario, folder=folder, progress=progress)
    from agent.lab.namespace import stage as namespaces  # Linux alone has them

    return namespaces.run_scenario(scenario.path, folder=folder, progress=progress)


def run_on_loopback(
    scenario: Scenario,
    *,
    folder: Path | None = None,
    progress: Progress = lambda platform, done, total: None,
) -> Outcome:
    """A trial on this computer's loopback."""
    from agent.lab.loopback.lab import Lab  # the other stage does without

    with Lab(scenario.world) as lab:
        return sweep_of(
            scenario,
            stage="loopback",
            network=lab.network,
            trust=lab.trust_pem,
            deeds=lambda: Counter(deed.rule_id for deed in lab.censor_log),
            folder=folder,
            progress=progress,
        )
