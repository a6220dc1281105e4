"""What a sweep and a comparison look like in a terminal: at 80 columns and wider, without colour too, in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from agent.calendars import digits
from agent.language import N_, _, ngettext
from agent.records import Sweep, VantageState
from agent.report.output import Trimmed, console
from agent.report.stored import told
from agent.report.visible import visible
from agent.report.words import LINES, OUTCOMES
from agent.sweep import SweepResult
from agent.verdict.records import State, Verdict

#: A state's word and colour. The word tells all; the colour only helps the eye (blue and orange, not red and green).
LOOKS = {
    State.OK: (N_("ok"), "blue"),
    State.BLOCKED: (N_("BLOCKED"), "bold dark_orange"),
    State.LIKELY_BLOCKED: (N_("likely blocked"), "dark_orange"),
    State.DOWN: (N_("down"), "magenta"),
    State.IMPAIRED: (N_("impaired"), "magenta"),
    State.INSUFFICIENT: (N_("insufficient"), "dim"),
    State.RETIRED: (N_("retired"), "dim"),
}
GRAVE_FIRST = [state for state in LOOKS if state is not State.OK] + [State.OK]

#: Sweeps that were cut short, by the outcome in their row, and what happened.
CUT_SHORT = {
    "interrupted": N_("The sweep was interrupted. What it had not measured by then, or saw fail, is not judged."),
    "not_measured": N_("Nothing was measured: the computer was offline."),
}


def show_sweep(result: SweepResult) -> None:
    """The table of platforms, and what is to be known about the sweep; of one that was cut, only what was measured."""
    out, sweep = console(), result.sweep
    for sentence in result.repairs:
        out.say(sentence)
    rows = [verdict for verdict in result.verdicts if verdict.level == "platform"]
    if sweep.outcome in CUT_SHORT:
        rows = [verdict for verdict in rows if verdict.state not in (State.INSUFFICIENT, State.RETIRED)]
        out.say(_(CUT_SHORT[sweep.outcome]))
    if rows:
        out.print(Trimmed(table_of_platforms(rows)))
    out.say(_sums(sweep))
    line = _("The line was {state}: {because}")
    out.say(line.format(state=_(LINES[sweep.vantage_state]), because=told(sweep.because)))
    if rows and sweep.vantage_state is not VantageState.NORMAL:
        out.say(_("On such a line a failure says nothing of a platform, so none is called blocked."))
    if sweep.rows_withheld:
        withheld = ngettext(
            "{count} row was not written: it could not be made safe for you.",
            "{count} rows were not written: they could not be made safe for you.",
            sweep.rows_withheld,
        )
        out.say(withheld.format(count=digits(sweep.rows_withheld)))


def _sums(sweep: Sweep) -> str:
    sums = _(
        "Sweep {sweep_id} ({outcome}): {measured} of {planned} endpoints, {observations} observations, {size} KiB, "
        "{seconds} s."
    )
    return sums.format(
        sweep_id=sweep.sweep_id,
        outcome=_(OUTCOMES.get(sweep.outcome, sweep.outcome)),
        measured=digits(sweep.endpoints_measured),
        planned=digits(sweep.endpoints_planned),
        observations=digits(sweep.observations),
        size=digits(f"{(sweep.bytes_sent + sweep.bytes_received) / 1024:.0f}"),
        seconds=digits(f"{(sweep.duration_ms or 0) / 1000:.1f}"),
    )


def table_of_platforms(verdicts: Sequence[Verdict]) -> Table:
    """Platform, state, mechanism and why, gravest first."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column(_("platform"), no_wrap=True)
    table.add_column(_("state"), no_wrap=True)
    table.add_column(_("how"), overflow="fold", min_width=18)
    table.add_column(_("why"), overflow="fold", ratio=1)
    for verdict in sorted(verdicts, key=lambda row: GRAVE_FIRST.index(row.state)):
        word, style = LOOKS[verdict.state]
        because = visible(told(verdict.because))
        table.add_row(verdict.platform, Text(_(word), style), "\n".join(verdict.mechanisms), because)
    return table
