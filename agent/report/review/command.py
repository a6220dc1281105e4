"""What `dideban review` answers: the rows it was asked for, in the form it was asked for, and the next command."""

from __future__ import annotations

import argparse
import difflib
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from agent.calendars import digits
from agent.catalog import load_catalog
from agent.commands import program
from agent.exits import UsageError
from agent.language import _
from agent.records import IMPORTED_STAGE
from agent.report.output import Output, console
from agent.report.paging import paged
from agent.report.results import OF_FINDING, Results, left_out_sentences, results_of
from agent.report.review import levels
from agent.report.review.observations import NEAR, observations_of
from agent.report.review.pages import observation_rows, of_verdict, verdicts_of
from agent.report.review.places import Place, began_at, place_of
from agent.report.review.show import show
from agent.report.review.tables import inert, places_of, review
from agent.report.selection import BY, Filter
from agent.report.visible import visible

#: Rows of a level that a screen shows unless it is told otherwise.
ROWS = 40
#: Names that are told to whoever misspelt one.
NEAREST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is shown."""

    #: For --csv and --json: every row and column.
    table: pd.DataFrame
    #: For a screen.
    show: Callable[[Output], None]
    #: Arguments of commands that lead one level down.
    onward: tuple[str, ...] = ()
    #: Whether there is something to show though the table has no row: a verdict whose observations are gone.
    stands: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was found."""
        return self.table.empty and not self.stands


def answer(folder: Path, options: argparse.Namespace, by: str, wanted: Filter) -> tuple[bool, list[str]]:
    """Print what was asked for. Returns whether there was a row of it, and sentences about rows that were left out.

    For CSV and JSON there is a header, or an empty list, in any case.

    Raises `UsageError` for a name or an id that nothing has, and `StoreError` for a file that cannot be read.
    """
    results = _results(folder, options.by if not by else "", wanted, columns=(*OF_FINDING, "target") if by else ())
    found = _tabled(results, by, wanted, options.limit) if by else _level(folder, options, results, wanted)
    if options.csv:
        print(found.table.to_csv(index=False, lineterminator="\n"), end="", flush=True)
    elif options.json:
        print(found.table.to_json(orient="records", date_format="iso", force_ascii=False), flush=True)
    elif not found.is_nothing:
        out = console()
        with paged(out, wanted=not options.no_pager):
            found.show(out)
            _say_onward(out, found.onward, folder, options)
    return not found.is_nothing, left_out_sentences(results)


def _results(folder: Path, identity: str, wanted: Filter, *, columns: Sequence[str]) -> Results:
    """What is to be looked through; of an id that tells its time, the days around it alone. `columns`: none is all."""
    began = began_at(identity)
    since, until = wanted.since, wanted.until
    if began is not None and since is None and until is None:
        since, until = began - NEAR, began + NEAR
    return results_of(folder, stage=wanted.stage, since=since, until=until, now=datetime.now(UTC), columns=columns)


def _tabled(results: Results, by: str, wanted: Filter, limit: int | None) -> Answer:
    table = review(results, by, wanted)
    total, places = len(table), len(places_of(results.sweeps))
    if limit is not None:  # what is in order of time is read from its end
        table = table.tail(limit) if by in ("day", "sweep") else table.head(limit)
    notes = [_("Of {n}.").format(n=digits(total))] if len(table) < total else []
    if places > 1:
        notes.append(_("From {n} vantage points, kept apart.").format(n=digits(places)))
    onward: tuple[str, ...] = ()
    if len(table):
        first = table.iloc[-1 if by in ("day", "sweep") else 0]
        onward = {
            "platform": lambda: (str(first["platform"]),),
            "target": lambda: (str(first["target"]),),
            "sweep": lambda: (str(first["sweep_id"]),),
            "day": lambda: (f"{first['platform']} --since {first['day']} --until {first['day']}",),
            "mechanism": lambda: (str(first["platforms"]).partition(" ")[0],),
        }[by]()
    return Answer(table=table, show=lambda out: show(table, out, places=places, notes=notes), onward=onward)


def _level(folder: Path, options: argparse.Namespace, results: Results, wanted: Filter) -> Answer:
    place, results = _place(folder, options.by, results, wanted)
    limit = options.limit or ROWS
    if place.kind == "observation" and place.row is not None:
        row = place.row
        return Answer(table=observation_rows([row]), show=lambda out: levels.show_observation(row, out))
    if place.kind == "verdict":
        return _verdict(folder, results, place, limit)
    verdicts = verdicts_of(results, place, wanted)
    table = inert(verdicts if options.limit is None else verdicts.head(options.limit))
    if place.kind == "sweep":
        sweep = results.sweeps[results.sweeps["sweep_id"] == place.name].iloc[0]
        ids = verdicts.loc[verdicts["level"] == "platform", "verdict_id"].head(1)
        return Answer(
            table=table,
            show=lambda out: levels.show_sweep(verdicts, sweep, out, limit=limit),
            onward=tuple(map(str, ids)),
        )
    return Answer(
        table=table,
        show=lambda out: levels.show_verdicts(verdicts, out, name=place.name, limit=limit),
        onward=tuple(map(str, verdicts["verdict_id"].head(1))),
    )


def _verdict(folder: Path, results: Results, place: Place, limit: int) -> Answer:
    verdict = results.verdicts[results.verdicts["verdict_id"] == place.name].iloc[-1]
    sweep = results.sweeps[results.sweeps["sweep_id"] == verdict["sweep_id"]].iloc[0]
    sifted = observations_of(folder, str(verdict["sweep_id"]), began_at=sweep["started_at"])
    rows = of_verdict(sifted.rows, verdict)
    return Answer(
        table=observation_rows(rows),
        stands=True,
        show=lambda out: levels.show_verdict(verdict, sweep, rows, out, limit=limit),
        onward=tuple(str(verdict["witnesses"]).split()[:1]) if pd.notna(verdict["witnesses"]) else (),
    )


def _place(folder: Path, what: str, results: Results, wanted: Filter) -> tuple[Place, Results]:
    """What was named, and the results it stands in: those of another stage, for an id, which is of one row alone."""
    if place := place_of(what, results, folder):
        return place, results
    for stage in ("internet", "lab", IMPORTED_STAGE):
        other = results_of(folder, stage=stage, since=wanted.since, until=wanted.until, now=datetime.now(UTC))
        place = place_of(what, other, folder)
        if place and place.kind in ("sweep", "verdict", "observation"):
            return place, other
    raise UsageError(_not_there(what, results))


def _not_there(what: str, results: Results) -> str:
    names = [*BY, *(platform.key for platform in load_catalog().platforms)]
    names += [str(name) for kind in ("platform", "target") for name in results.verdicts[kind].dropna().unique()]
    if what.casefold() in names:
        return _("There is no verdict on {name} among these rows yet.").format(name=what)
    near = difflib.get_close_matches(what.casefold(), names, n=1)
    if near:
        return _("WHAT {typed} is not known; perhaps you mean {near}.").format(typed=repr(what), near=near[0])
    told = _("WHAT {typed} is not known; there are {words}, names of platforms and targets, and the ids of rows.")
    return told.format(typed=repr(what), words=", ".join(BY))


def _say_onward(out: Output, arguments: tuple[str, ...], folder: Path, options: argparse.Namespace) -> None:
    """The command for the next level, as one would type it here, on a line of its own, which no terminal breaks."""
    if not arguments:
        return
    words = " ".join(shlex.quote(visible(word)) for word in arguments[0].split(" "))
    of = " --lab" if options.lab else " --imported" if options.imported else ""
    at = f" --results {shlex.quote(str(options.results))}" if options.results else ""
    config = f" --config {shlex.quote(str(options.config))}" if options.config else ""
    out.print()
    out.say(_("One level down:"))
    out.print(f"  {program()} review {words}{of}{visible(at)}{visible(config)}", soft_wrap=True)
