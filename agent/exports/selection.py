"""Which rows leave a results folder: whole sweeps of one stage, and what of their rows can be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

from agent.calendars import digits
from agent.exits import UsageError
from agent.language import N_, _, ngettext
from agent.records import Sweep
from agent.report.selection import Filter
from agent.store.cells import is_inert
from agent.store.lines import months_on_disk, parse_line
from agent.store.read import whole_lines
from agent.store.schema import SCHEMA_VERSION, Record, decode_row, header

TORN = N_("without its line end: it is being written, or was cut off")
UNREADABLE = N_("that cannot be read; `dideban verify` names them")
OTHER_SCHEMA = N_("of another schema version")
ACTIVE = N_("with a cell that this program did not write, and that may act in a spreadsheet or a terminal")
UNFINISHED = N_("of a sweep without a row of its own: it is under way, or was cut off")

#: What a line has if one of its cells is not inert; most have none of it, and are looked at no closer.
SUSPECT = re.compile(rb"[^\x20-\x7e]|(?:^|[,\"]) *[=+@-]")
#: The place of the sweep's id in every row.
SWEEP_ID = 1
#: How often rows were left out, by the name of their file and the reason.
LeftOut = Counter[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The sweeps of one export, and a count of the rows that could not come along."""

    folder: Path
    wanted: Filter
    #: Every sweep that was chosen, by its id, in the order of the files.
    sweeps: Mapping[str, Sweep]
    #: The ids of all sweeps of the folder: a row of another one belongs to an unfinished sweep.
    known: frozenset[str]
    left_out: LeftOut = field(default_factory=Counter)

    def cells(self, table: str, *, month: str = "") -> Iterator[list[str]]:
        """The rows of a table (of one month, such as 2026-11) as the cells of the file, chain included."""
        names = header(table)
        of_platform = names.index("platforms" if table == "sweeps" else "platform")
        for _month, path in months_on_disk(self.folder, table):
            if month not in ("", _month):
                continue
            for cells in sound(path, table, self.left_out, passing_by=self._unwanted):
                if cells[SWEEP_ID] not in self.sweeps:
                    if cells[SWEEP_ID] not in self.known:
                        self.left_out[path.name, UNFINISHED] += 1
                elif not self.wanted.platforms or not set(self.wanted.platforms).isdisjoint(cells[of_platform].split()):
                    yield cells

    @cached_property
    def _unwanted(self) -> frozenset[bytes]:
        """The ids of sweeps that were not chosen, as they stand in a line."""
        return frozenset(one.encode() for one in self.known - self.sweeps.keys())

    def records(self, table: str, *, month: str = "") -> Iterator[Record]:
        """The same as records."""
        for cells in self.cells(table, month=month):
            try:
                yield decode_row(table, cells)
            except ValueError:
                self.left_out[table, UNREADABLE] += 1

    def said(self) -> Iterator[str]:
        """A sentence for each kind of row that was left out."""
        return said_of(self.left_out)


def said_of(left_out: LeftOut) -> Iterator[str]:
    """A sentence for each kind of row that was left out."""
    for (file, why), count in sorted(left_out.items()):
        said = ngettext("{file}: {count} row left out {why}.", "{file}: {count} rows left out {why}.", count)
        yield said.format(file=file, count=digits(count), why=_(why))


def selected(folder: Path, wanted: Filter) -> Selection:
    """The sweeps that somebody asked for. Raises `UsageError` when there is none."""
    left_out: LeftOut = Counter()
    known, chosen = set(), {}
    for _month, path in months_on_disk(folder, "sweeps"):
        for cells in sound(path, "sweeps", left_out):
            try:
                sweep = cast(Sweep, decode_row("sweeps", cells))
            except ValueError:
                left_out[path.name, UNREADABLE] += 1
                continue
            known.add(sweep.sweep_id)
            if _is_wanted(sweep, wanted):
                chosen[sweep.sweep_id] = sweep
    if not chosen:
        none = _(
            "{folder} holds no sweep that was asked for; look at --since, --until, --platform, --lab and "
            "--imported (`dideban review sweep` lists the sweeps)."
        ).format(folder=folder)
        raise UsageError(" ".join([none, *said_of(left_out)]))
    return Selection(folder=folder, wanted=wanted, sweeps=chosen, known=frozenset(known), left_out=left_out)


def sound(
    path: Path, table: str, left_out: LeftOut, *, passing_by: frozenset[bytes] = frozenset()
) -> Iterator[list[str]]:
    """The rows of one file as cells. What is none is counted. Raises `StoreError` for a file that is none of ours.

    `passing_by`: ids of sweeps whose lines are not even looked at; of a year most are of other days.
    """

    def torn(sentence: str) -> None:
        left_out[path.name, TORN] += 1

    for _number, line in whole_lines(path, table, on_torn=torn):
        if passing_by and not passing_by.isdisjoint(line.split(b",", 2)[SWEEP_ID:2]):
            continue
        try:
            cells = parse_line(line, table)
        except ValueError:
            left_out[path.name, UNREADABLE] += 1
            continue
        if cells[0] != str(SCHEMA_VERSION):
            left_out[path.name, OTHER_SCHEMA] += 1
        elif SUSPECT.search(line.rstrip(b"\r\n")) and not all(map(is_inert, cells)):
            left_out[path.name, ACTIVE] += 1
        else:
            yield cells


def _is_wanted(sweep: Sweep, wanted: Filter) -> bool:
    return (
        sweep.stage == wanted.stage
        and (wanted.since is None or sweep.started_at >= wanted.since)
        and (wanted.until is None or sweep.started_at < wanted.until)
        and (not wanted.platforms or not set(wanted.platforms).isdisjoint(sweep.platforms))
    )
