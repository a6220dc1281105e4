"""What a sweep and a comparison look like in a terminal: at 80 columns and wider, without colour too, in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from agent.records import VantageState
from agent.report.output import Trimmed, console
from agent.report.visible import visible
from agent.sweep import SweepResult
from agent.verdict.records import State, Verdict

#: A state's word and colour. The word tells all; the colour only helps the eye (blue and orange, not red and green).
LOOKS = {
    State.OK: ("ok", "blue"),
    State.BLOCKED: ("BLOCKED", "bold dark_orange"),
    State.LIKELY_BLOCKED: ("likely blocked", "dark_orange"),
    State.DOWN: ("down", "magenta"),
    State.IMPAIRED: ("impaired", "magenta"),
    State.INSUFFICIENT: ("insufficient", "dim"),
    State.RETIRED: ("retired", "dim"),
}
GRAVE_FIRST = [state for state in LOOKS if state is not State.OK] + [State.OK]

#: Sweeps that were cut short, by the outcome in their row, and what happened.
CUT_SHORT = {
    "interrupted": "The sweep was interrupted. What it had not measured by then, or saw fail, is not judged.",
    "not_measured": "Nothing was measured: the computer was offline.",
}


def show_sweep(result: SweepResult) -> None:
    """The table of platforms, and what is to be known about the sweep; of one that was cut, only what was measured."""
    out, sweep = console(), result.sweep
    for sentence in result.repairs:
        out.say(sentence)
    rows = [verdict for verdict in result.verdicts if verdict.level == "platform"]
    if sweep.outcome in CUT_SHORT:
        rows = [verdict for verdict in rows if verdict.state not in (State.INSUFFICIENT, State.RETIRED)]
        out.say(CUT_SHORT[sweep.outcome])
    if rows:
        out.print(Trimmed(table_of_platforms(rows)))
    out.say(
        f"Sweep {sweep.sweep_id} ({sweep.outcome.replace('_', ' ')}): {sweep.endpoints_measured} of "
        f"{sweep.endpoints_planned} endpoints, {sweep.observations} observations, "
        f"{(sweep.bytes_sent + sweep.bytes_received) / 1024:.0f} KiB, {(sweep.duration_ms or 0) / 1000:.1f} s."
    )
    out.say(f"The line was {sweep.vantage_state.replace('_', ' ')}: {sweep.because}")
    if rows and sweep.vantage_state is not VantageState.NORMAL:
        out.say("On such a line a failure says nothing of a platform, so none is called blocked.")
    if sweep.rows_withheld:
        out.say(f"{sweep.rows_withheld} rows were not written: they could not be made safe for you.")


def table_of_platforms(verdicts: Sequence[Verdict]) -> Table:
    """Platform, state, mechanism and why, gravest first."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("platform", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("how", overflow="fold", min_width=18)
    table.add_column("why", overflow="fold", ratio=1)
    for verdict in sorted(verdicts, key=lambda row: GRAVE_FIRST.index(row.state)):
        word, style = LOOKS[verdict.state]
        table.add_row(verdict.platform, Text(word, style), "\n".join(verdict.mechanisms), visible(verdict.because))
    return table
