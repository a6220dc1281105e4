"""`dideban classify`: judges the observations on the disk again, by the rules of this version."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from agent.calendars import digits
from agent.catalog import Catalog, load_catalog
from agent.commands import check_results, config_of
from agent.exits import BAD_INPUT, DONE, UsageError
from agent.language import _
from agent.records import Sweep
from agent.report.direction import say
from agent.report.visible import visible
from agent.report.words import STATES
from agent.store.account import shortage
from agent.store.journal import Journal
from agent.store.lines import month_of
from agent.store.lock import ResultsLock
from agent.store.read import rows
from agent.store.scrub import Private
from agent.verdict.classify import classify
from agent.verdict.records import Verdict
from agent.verdict.rules import RULESET_VERSION
from probes.observation import Observation

#: Changed verdicts that are named one by one.
CHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one sweep comes to: its verdicts, and why they are the old ones when they are."""

    verdicts: Sequence[Verdict]
    kept_because: str = ""


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    check_results(folder)  # before the lock, which would make the folder
    with ResultsLock(folder, doing="dideban classify"):
        # Read before anything is repaired: a folder that cannot be judged is left as it is.
        before = list(rows(folder, "verdicts"))
        judged = list(judged_again(folder, load_catalog(), before=before))
        after = [verdict for sweep in judged for verdict in sweep.verdicts]
        # What is on the disk was scrubbed when it was written, and verdicts quote nothing but the catalog.
        journal = Journal(folder, Private())
        journal.rewrite_verdicts(by_month(after))
    kept = [sweep.kept_because for sweep in judged if sweep.kept_because]
    for sentence in (*journal.repairs, *kept, *changes(before, after)):
        say(visible(sentence))
    return BAD_INPUT if kept else DONE


def judged_again(folder: Path, catalog: Catalog, *, before: Sequence[Verdict] = ()) -> Iterator[Judged]:
    """Every sweep of the folder in the order of its rows, judged anew where all its observations are on the disk.

    Where they are not, and where the sweep's own row is gone, the verdicts from `before` stay: rows that are missing
    must not turn a block into `insufficient`. A sweep that never got its row or a verdict was killed, and is left out.
    Raises `UsageError` when there are verdicts and no sweep at all.
    """
    sweeps = {sweep.sweep_id: sweep for sweep in rows(folder, "sweeps")}
    if before and not sweeps:
        raise UsageError(
            _(
                "{folder} holds verdicts and none of the sweeps that they are of, so that nothing can be judged; put "
                "the sweeps files back."
            ).format(folder=folder)
        )
    old: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in before:
        old[verdict.sweep_id].append(verdict)
    anew = dict(_anew(folder, sweeps, catalog))
    for sweep in sweeps.values():
        counted, verdicts = anew.get(sweep.sweep_id) or (0, classify(sweep, [], catalog))
        yield _complete_or_kept(sweep, counted, verdicts, old.pop(sweep.sweep_id, []))
    for sweep_id, verdicts in old.items():
        yield Judged(
            verdicts=verdicts,
            kept_because=_("Sweep {sweep_id} has no row; its verdicts stay as they were.").format(sweep_id=sweep_id),
        )


def by_month(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """The verdicts by the file they belong to."""
    months: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        months[month_of(verdict.observed_at)].append(verdict)
    return months


def changes(before: Sequence[Verdict], after: Sequence[Verdict]) -> Iterator[str]:
    """How many verdicts there are and which of them say something else now, a line each."""
    was = {verdict.verdict_id: verdict for verdict in before}
    changed = [v for v in after if v.verdict_id in was and _meaning(was[v.verdict_id]) != _meaning(v)]
    yield _("{count} verdicts by ruleset {version}, {other} of them other than before.").format(
        count=digits(len(after)), version=digits(RULESET_VERSION), other=digits(len(changed))
    )
    for verdict in changed[:CHANGES_SHOWN]:
        earlier, now = _(STATES[was[verdict.verdict_id].state]), _(STATES[verdict.state])
        yield _("  {id}: {earlier} -> {now}").format(id=verdict.verdict_id, earlier=earlier, now=now)
    if len(changed) > CHANGES_SHOWN:
        yield _("  and {count} more").format(count=digits(len(changed) - CHANGES_SHOWN))


def _anew(
    folder: Path, sweeps: dict[str, Sweep], catalog: Catalog
) -> Iterator[tuple[str, tuple[int, Sequence[Verdict]]]]:
    """By sweep: how many observations stand on the disk, and what they come to. Sweeps without any are not named.

    Observations are read as a stream, one sweep at a time: those of one sweep stand together in the files.
    """
    for sweep_id, of_sweep in groupby(rows(folder, "observations"), key=lambda row: row.sweep_id):
        if sweep_id in sweeps:
            observations: list[Observation] = list(of_sweep)
            yield sweep_id, (len(observations), classify(sweeps[sweep_id], observations, catalog))


def _complete_or_kept(sweep: Sweep, counted: int, anew: Sequence[Verdict], old: Sequence[Verdict]) -> Judged:
    if not (wrong := shortage(sweep, counted)):
        return Judged(verdicts=anew)
    kept = _("{wrong}: its verdicts stay as they were.") if old else _("{wrong}: it is not judged.")
    return Judged(verdicts=old, kept_because=kept.format(wrong=wrong))


def _meaning(verdict: Verdict) -> tuple[object, ...]:
    return verdict.state, verdict.mechanisms, verdict.rule_ids
