"""`dideban explain`: one verdict's story, from the rows on the disk alone."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from agent.catalog import load_catalog
from agent.commands import check_results, config_of
from agent.exits import DONE, UsageError
from agent.language import ENGLISH, N_, _, speak
from agent.records import IMPORTED_STAGE, Sweep
from agent.report.words import STAGES
from agent.store.read import rows
from agent.timeline.recurrence import WINDOW, recurrence
from agent.verdict.records import Verdict
from probes.observation import Observation

#: How to ask for the newest verdict of each stage.
OPTION_OF_STAGE = {
    "internet": N_("leave out --lab and --imported"),
    "lab": N_("add --lab"),
    IMPORTED_STAGE: N_("add --imported"),
}
#: Ids that are named to whoever misspelt one.
NEAREST = 3
#: How far the clock of an observation may be from its sweep's row.
SLACK = timedelta(hours=1)
#: More endpoints than any target has.
ALL = 1_000_000


def run(options: argparse.Namespace) -> int:
    from agent.report.explain.show import as_json, show
    from agent.report.explain.story import ENDPOINTS_MAX, story_of

    folder = config_of(options).results
    check_results(folder)
    stage = "lab" if options.lab else IMPORTED_STAGE if options.imported else "internet"
    verdict = chosen(rows(folder, "verdicts"), options.what, stage=stage)
    sweeps = list(rows(folder, "sweeps"))
    sweep = sweep_of(verdict, sweeps, folder)
    earlier = rows(folder, "verdicts", since=sweep.started_at - WINDOW)
    if options.json:
        speak(ENGLISH)  # for programs, which know one language
    story = story_of(
        verdict,
        sweep,
        observations_of(sweep, folder),
        load_catalog(),
        recurrence=recurrence(verdict.target or verdict.platform, earlier, sweeps, at=sweep),
        in_full=ALL if options.all else ENDPOINTS_MAX,
    )
    if options.json:
        print(as_json(story), flush=True)
    else:
        show(story)
    return DONE


def chosen(verdicts: Iterable[Verdict], what: str, *, stage: str) -> Verdict:
    """The verdict of the id `what`, or the newest of that stage on the platform or target `what`.

    Raises `UsageError` with the nearest there are.
    """
    newest: dict[tuple[str, str], Verdict] = {}
    ids: dict[str, Verdict] = {}
    for verdict in verdicts:
        ids[verdict.verdict_id] = verdict
        key = verdict.stage, verdict.target or verdict.platform
        if key not in newest or newest[key].observed_at <= verdict.observed_at:
            newest[key] = verdict
    if (found := ids.get(what) or newest.get((stage, what.casefold()))) is not None:
        return found
    for elsewhere, remedy in OPTION_OF_STAGE.items():
        if (elsewhere, what.casefold()) in newest:
            raise UsageError(
                _("There is a verdict on {what} of the stage {elsewhere} alone; {remedy}.").format(
                    what=what, elsewhere=_(STAGES[elsewhere]), remedy=_(remedy)
                )
            )
    of_sweep = [one for one, verdict in ids.items() if verdict.sweep_id == what and verdict.level == "platform"]
    if of_sweep:
        raise UsageError(
            _("{what} is a sweep; name one of its verdicts, such as {names}.").format(
                what=what, names=", ".join(of_sweep[:NEAREST])
            )
        )
    names = [name for of_stage, name in newest if of_stage == stage]
    near = difflib.get_close_matches(what, [*names, *ids], n=NEAREST) or sorted(names)[:NEAREST]
    there_is = _("there is none of the stage {stage} yet").format(stage=_(STAGES[stage]))
    if near:
        there_is = _("the nearest are {names}").format(names=", ".join(near))
    if not what:
        raise UsageError(_("Name a verdict by its id, or a platform or target; {there_is}.").format(there_is=there_is))
    raise UsageError(
        _("There is no verdict, platform or target {what!r}; {there_is}.").format(what=what, there_is=there_is)
    )


def sweep_of(verdict: Verdict, sweeps: Iterable[Sweep], folder: Path) -> Sweep:
    """The sweep that a verdict is of. Raises `UsageError` when its row is gone."""
    for sweep in sweeps:
        if sweep.sweep_id == verdict.sweep_id:
            return sweep
    raise UsageError(
        _("The row of sweep {sweep_id} is not in {folder}; put the sweeps file back.").format(
            sweep_id=verdict.sweep_id, folder=folder
        )
    )


def observations_of(sweep: Sweep, folder: Path) -> list[Observation]:
    """The observations of a sweep that are on the disk."""
    near = rows(folder, "observations", since=sweep.started_at - SLACK, until=sweep.ended_at + SLACK)
    return [row for row in near if row.sweep_id == sweep.sweep_id]
