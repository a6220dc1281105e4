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
from agent.timeline.records import Agreement, Basis, Outcome
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
OUTCOME_LOOKS = {
    Outcome.AGREES: ("agrees", "blue"),
    Outcome.DISAGREES: ("DISAGREES", "bold dark_orange"),
    Outcome.CHANGED_SINCE: ("changed since", "dark_orange"),
    Outcome.CONTRADICTS_ITSELF: ("contradicts itself", "magenta"),
    Outcome.CANNOT_TELL: ("cannot tell", "dim"),
}

#: Sweeps that were cut short, by the outcome in their row, and what happened.
CUT_SHORT = {
    "interrupted": "The sweep was interrupted. What it had not measured by then, or saw fail, is not judged.",
    "not_measured": "Nothing was measured: the computer was offline.",
}
#: What the document says, in a word or two.
SAID = {
    "open": "reachable",
    "restored": "reachable again",
    "reached_by_vpn": "by VPN only",
    "cause": "blocked over a protest",
    "opinion": "left open on purpose",
    "contradictory": "both reachable and by VPN only",
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


def show_agreements(agreements: Sequence[Agreement], *, claims: bool = True) -> None:
    """The comparison: a row per platform as the document leaves it and, with `claims`, a row per claim."""
    titles = {"platform": "As the document leaves each platform"}
    if claims:
        titles["claim"] = "Each claim of the document"
    out = console()
    for level, title in titles.items():
        out.print()
        out.print(Text(title, "bold"))
        out.print(Trimmed(_agreements([row for row in agreements if row.level == level])))
    out.say("page line: of the document. found: sweeps that saw it so, of those that could tell.")


def _agreements(rows: Sequence[Agreement]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("page\nline", no_wrap=True)
    table.add_column("platform", overflow="fold", max_width=26)
    table.add_column("the document says", overflow="fold")
    table.add_column("found", no_wrap=True)
    table.add_column("outcome", overflow="fold")
    for row in rows:
        word, style = OUTCOME_LOOKS[row.outcome]
        outcome = Text(word, style)
        if row.level == "claim" and row.outcome is Outcome.AGREES and row.basis is Basis.AS_LEFT_STANDING:
            outcome.append(" (as it stands now)")  # a look today does not confirm a year long past
        if row.why:
            outcome.append(f": {row.why.replace('_', ' ')}")
        if row.reading_blocked and row.reading_open:
            outcome.append(f": as blocked it {_verb(row.reading_blocked)}, as open it {_verb(row.reading_open)}")
        years = f"{row.interval_start:%Y}" if row.interval_start else ""
        when = f", {years}" if row.level == "claim" else ""
        lines = ",".join(map(str, row.lines))
        table.add_row(lines, " ".join(row.platforms), f"{SAID.get(row.says, row.says)}{when}", _found(row), outcome)
    return table


def _verb(outcome: Outcome) -> str:
    return "has changed since" if outcome is Outcome.CHANGED_SINCE else OUTCOME_LOOKS[outcome][0].lower()


def _found(row: Agreement) -> str:
    sides = (("blocked", row.findings_blocked), ("reachable", row.findings_open))
    return "\n".join(f"{side} {count}/{row.usable}" for side, count in sides if count) or "-"
