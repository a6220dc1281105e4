"""What an import comes to, for the eye: our verdicts beside the source's, and where the two disagree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from rich.box import SIMPLE_HEAD
from rich.table import Table

from agent.imports.filing import Taken, Tally
from agent.imports.theirs import WORDS
from agent.report.output import Trimmed, console
from agent.report.visible import visible
from agent.verdict.records import State


def show_import(tally: Tally, disagreements: Sequence[Taken], folder: Path) -> None:
    """The counts as a table, the first disagreements, and where the rows stand."""
    out = console()
    if tally.taken:
        out.print(Trimmed(_table(tally)))
    if disagreements:
        out.say("They and we disagree, among others, on:")
        for one in disagreements:
            verdict, what = one.verdict, one.sweep.source_input or one.sweep.platforms[0]
            said = f"{verdict.state.replace('_', ' ')} {' '.join(verdict.mechanisms)}".strip()
            where = f"{one.sweep.vantage_country or '??'} {one.sweep.started_at:%Y-%m-%d}"
            out.say(
                visible(f"{what} ({where}): they say {one.sweep.source_verdict}, we say {said}. {verdict.because}"),
                indent=2,
                hanging=2,
            )
    taken = "1 measurement was" if tally.taken == 1 else f"{tally.taken} measurements were"
    out.say(f"{taken} taken in, {tally.refused} refused.")
    if tally.taken:
        out.say(f"dideban review --imported --results {quote(str(folder))} shows them by platform.")


def _table(tally: Tally) -> Table:
    """A row for each of our states that came out, a column for each word of theirs."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("we say \\ they say", no_wrap=True)
    for word in WORDS:
        table.add_column(word, justify="right", no_wrap=True)
    for state in State:
        counts = [tally.pairs[word, state] for word in WORDS]
        if any(counts):
            table.add_row(state.replace("_", " "), *(str(count) if count else "" for count in counts))
    return table
