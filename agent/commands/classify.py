"""`dideban classify`: judges the observations on the disk again, by the rules of this version."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from agent.catalog import Catalog, load_catalog
from agent.commands import check_results, config_of
from agent.exits import DONE
from agent.report.visible import visible
from agent.store.journal import Journal
from agent.store.lines import month_of
from agent.store.lock import ResultsLock
from agent.store.read import rows
from agent.store.scrub import Private
from agent.verdict.classify import classify
from agent.verdict.records import Verdict
from agent.verdict.rules import RULESET_VERSION


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    check_results(folder)  # before the lock, which would make the folder
    with ResultsLock(folder, doing="dideban classify"):
        # Read before anything is repaired: a folder that cannot be judged is left as it is.
        before = {verdict.verdict_id: verdict for verdict in rows(folder, "verdicts")}
        months: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in judged_again(folder, load_catalog()):
            months[month_of(verdict.observed_at)].append(verdict)
        # What is on the disk was scrubbed when it was written, and verdicts quote nothing but the catalog.
        journal = Journal(folder, Private())
        journal.rewrite_verdicts(months)
    for sentence in journal.repairs:
        print(sentence)
    after = [verdict for verdicts in months.values() for verdict in verdicts]
    changed = [v for v in after if v.verdict_id in before and _meaning(before[v.verdict_id]) != _meaning(v)]
    print(f"{len(after)} verdicts by ruleset {RULESET_VERSION}, {len(changed)} of them other than before.")
    for verdict in changed[:20]:
        print(visible(f"  {verdict.verdict_id}: {before[verdict.verdict_id].state} -> {verdict.state}"))
    return DONE


def judged_again(folder: Path, catalog: Catalog) -> Iterator[Verdict]:
    """The verdicts of every sweep on the disk, in order. A sweep without its row was killed, and is left unjudged.

    Observations are read as a stream, one sweep at a time: those of one sweep stand together in the files.
    """
    sweeps = {sweep.sweep_id: sweep for sweep in rows(folder, "sweeps")}
    observations = rows(folder, "observations")
    for sweep_id, of_sweep in groupby(observations, key=lambda row: row.sweep_id):
        if sweep := sweeps.pop(sweep_id, None):
            yield from classify(sweep, list(of_sweep), catalog)
    for sweep in sweeps.values():  # nothing was observed, and that too is a verdict: insufficient
        yield from classify(sweep, [], catalog)


def _meaning(verdict: Verdict) -> tuple[object, ...]:
    return verdict.state, verdict.mechanisms, verdict.rule_ids
