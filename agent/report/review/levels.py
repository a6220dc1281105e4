"""The levels below the tables: a platform or target and its verdicts, a verdict and its observations, one row whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from rich.text import Text

from agent.calendars import day, digits
from agent.language import _, ngettext
from agent.report.explain.steps import failure_words
from agent.report.live.picture import OPERATIONS
from agent.report.output import Output
from agent.report.review.pages import newest
from agent.report.review.show import place_words, show
from agent.report.review.tables import VANTAGE, inert
from agent.report.stored import told as in_words
from agent.report.terminal import LOOKS
from agent.report.visible import visible
from agent.report.words import LINES, OUTCOMES
from agent.store.schema import encode_row, header
from agent.timeline.recurrence import WINDOW
from agent.verdict.finding import CONDEMNED
from agent.verdict.records import State
from probes.observation import Observation

#: From this width on an observation's id is shown whole; below, its end, and the sweep's id once.
WIDE_COLUMNS = 120
#: Columns of each table of verdicts.
TARGETS = ("target", "state", "mechanisms", "last_seen")
OVER_TIME = ("observed_at", "state", "mechanisms", "verdict_id")
OF_SWEEP = ("platform", "state", "mechanisms", "verdict_id")


def show_verdicts(verdicts: pd.DataFrame, out: Output, *, name: str, limit: int) -> None:
    """A platform's or target's states now, a platform's targets, and its verdicts over time, newest first."""
    own = verdicts[verdicts["target"].fillna(verdicts["platform"]) == name]
    places = len(own[VANTAGE].drop_duplicates())
    for place, of_place in own.groupby(VANTAGE, dropna=False, sort=False):
        last = of_place.iloc[0]
        headline(out, name, last)
        if places > 1:
            out.say(_("From {place}.").format(place=visible(place_words(*place))), indent=2)
        out.say(_stored(last["because"]), indent=2)
        out.say(_recently(of_place, last), indent=2)
    if places > 1:
        out.say(_vantage_points(places))
    targets = newest(verdicts)
    if len(targets) and "/" not in name:
        _title(out, _("Its targets, as they were seen last"))
        show(inert(targets.rename(columns={"observed_at": "last_seen"})), out, places=places, only=TARGETS)
    _title(out, _("Its verdicts, newest first"))
    show(inert(own.head(limit)), out, places=places, notes=_of_all(limit, own), only=OVER_TIME)


def show_sweep(verdicts: pd.DataFrame, sweep: pd.Series, out: Output, *, limit: int) -> None:
    """A sweep's row in sentences, and what it says of each platform."""
    outcome, line = str(sweep["outcome"]), str(sweep["vantage_state"])
    out.print(Text.assemble((_visible(sweep["sweep_id"]), "bold"), f"  {_(OUTCOMES.get(outcome, visible(outcome)))}"))
    counted = _("{measured} of {planned} endpoints, {observations} observations, from {began} to {ended} UTC.")
    told = counted.format(
        measured=digits(sweep["endpoints_measured"]),
        planned=digits(sweep["endpoints_planned"]),
        observations=digits(sweep["observations"]),
        began=_second(sweep["started_at"]),
        ended=_second(sweep["ended_at"]),
    )
    out.say(told, indent=2)
    out.say(_line(line, sweep["because"]), indent=2)
    platforms = verdicts[verdicts["level"] == "platform"]
    shown = inert(platforms.head(limit))
    notes = [*_of_all(limit, platforms)]
    if out.width < WIDE_COLUMNS:
        identity = str(sweep["sweep_id"])
        shown = shown.assign(verdict_id=[_id(str(one), identity, whole=False) for one in shown["verdict_id"]])
        notes.append(_begins_with(identity))
    show(shown, out, notes=notes, only=OF_SWEEP)


def show_verdict(verdict: pd.Series, sweep: pd.Series, rows: Sequence[Observation], out: Output, *, limit: int) -> None:
    """A verdict with its observations in order of time. Where there are too many, those that decided it stay."""
    name = verdict["platform"] if pd.isna(verdict["target"]) else verdict["target"]
    headline(out, str(name), verdict)
    out.say(_stored(verdict["because"]), indent=2)
    rules = _("Rules: {rules}. Verdict {id}.").format(
        rules=_visible(verdict["rule_ids"]).replace(" ", ", ") or "-", id=_visible(verdict["verdict_id"])
    )
    out.say(rules, indent=2)
    out.say(_line(str(sweep["vantage_state"]), sweep["because"]), indent=2)
    if not rows:
        out.say(_("Its observations are not on the disk."), indent=2)
        return
    witnesses = set(str(verdict["witnesses"]).split()) if pd.notna(verdict["witnesses"]) else set()
    shown = _kept(rows, witnesses, limit)
    _title(out, _("Its observations, in order of time"))
    wide = out.width >= WIDE_COLUMNS
    notes = [] if len(shown) == len(rows) else [_more(len(rows))]
    if not wide:
        notes.append(_begins_with(str(sweep["sweep_id"])))
    show(_table(shown, witnesses, whole_id=wide), out, notes=notes)


def show_observation(row: Observation, out: Output) -> None:
    """Every column of an observation's row that holds something, and the names of the others."""
    cells = dict(zip(header("observations"), encode_row(row), strict=False))
    full = {name: cell for name, cell in cells.items() if cell}
    show(pd.DataFrame({"column": list(full), "value": list(full.values())}), out)
    empty = ", ".join(name for name, cell in cells.items() if not cell)
    out.say(_("Empty: {columns}.").format(columns=empty), hanging=2)


def headline(out: Output, name: str, verdict: pd.Series) -> None:
    """Name, state and mechanisms in a line, and when it was seen."""
    state = State(str(verdict["state"]))
    word, style = LOOKS[state]
    how = "" if pd.isna(verdict["mechanisms"]) else visible(str(verdict["mechanisms"])).replace(" ", ", ")
    out.print(Text.assemble((visible(name), "bold"), "  ", (_(word), style), f"  {how}".rstrip()), soft_wrap=True)
    out.say(_("Seen {moment} UTC.").format(moment=_second(verdict["observed_at"])), indent=2)


def _recently(verdicts: pd.DataFrame, last: pd.Series) -> str:
    """How often it was blocked of late, of the sweeps that could tell."""
    near = verdicts[verdicts["observed_at"] >= last["observed_at"] - WINDOW]
    blocked = int(near["state"].isin([str(state) for state in CONDEMNED]).sum())
    told = blocked + int((near["state"] == str(State.OK)).sum())
    return _("In the 7 days up to then it was blocked in {k} of {n} sweeps that could tell.").format(
        k=digits(blocked), n=digits(told)
    )


def _table(rows: Sequence[Observation], witnesses: set[str], *, whole_id: bool) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time": [digits(f"{row.observed_at:%H:%M:%S}") + "*" * (row.observation_id in witnesses) for row in rows],
            "what": [_what(row) for row in rows],
            "came": [_came(row) for row in rows],
            "observation_id": [_id(row.observation_id, row.sweep_id, whole=whole_id) for row in rows],
        }
    )


def _id(identity: str, sweep_id: str, *, whole: bool) -> str:
    return identity if whole else identity.removeprefix(sweep_id)


def _what(row: Observation) -> str:
    """What was done, with whom, and what was changed."""
    operation = _(OPERATIONS[row.operation]) if row.operation in OPERATIONS else row.operation
    who = [row.resolver] if row.resolver else [row.address, str(row.port or "")]
    words = [row.observer, operation, row.query_type, row.hostname, *who]
    changed = "" if row.variation == "first" else f"({row.variation.replace('_', ' ')})"
    return " ".join(word for word in (*words, changed) if word)


def _came(row: Observation) -> str:
    """What came back: a failure in words, or what was answered."""
    if row.failure:
        return f"{failure_words(row.failure)} ({row.failure})" if row.was_run else failure_words(row.failure)
    told = [*row.answers, row.tls_version, str(row.status_code or ""), row.title]
    return " ".join(part for part in told if part) or _("well")


def _kept(rows: Sequence[Observation], witnesses: set[str], limit: int) -> list[Observation]:
    if len(rows) <= limit:
        return list(rows)
    others = max(limit - len(witnesses), 0)
    kept = []
    for row in rows:
        if row.observation_id in witnesses:
            kept.append(row)
        elif others > 0:
            kept.append(row)
            others -= 1
    return kept


def _of_all(limit: int, rows: pd.DataFrame) -> Iterator[str]:
    if len(rows) > limit:
        yield _more(len(rows))


def _more(total: int) -> str:
    return _("There are {total}; --limit {n} shows all.").format(total=digits(total), n=total)


def _begins_with(sweep_id: str) -> str:
    return _("An id begins with the sweep's, {id}.").format(id=visible(sweep_id))


def _vantage_points(places: int) -> str:
    return ngettext("From {n} vantage point.", "From {n} vantage points, kept apart.", places).format(n=digits(places))


def _line(state: str, because: object) -> str:
    word = next((_(word) for line, word in LINES.items() if line == state), visible(state))
    return _("The line was {line}: {because}").format(line=word, because=_stored(because))


def _second(moment: datetime) -> str:
    return f"{day(moment)} {digits(f'{moment:%H:%M:%S}')}"


def _stored(because: Any) -> str:
    """A sentence of a row in the reader's language, if one knows it there."""
    return "" if pd.isna(because) else visible(in_words(str(because)))


def _visible(value: Any) -> str:
    return "" if pd.isna(value) else visible(str(value))


def _title(out: Output, title: str) -> None:
    out.print()
    out.print(Text(title, "bold"))
