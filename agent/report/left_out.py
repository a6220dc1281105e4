"""Rows that are on the disk and count nowhere: why, how many, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.calendars import digits
from agent.language import ngettext


class Why(StrEnum):
    """Why a row does not count."""

    TORN = "torn"
    NO_WHOLE_ROW = "no_whole_row"
    OTHER_SCHEMA = "other_schema"
    FOREIGN_CELL = "foreign_cell"
    CHANGED = "changed"
    TWICE = "twice"
    AMBIGUOUS = "ambiguous"
    OTHER_MONTH = "other_month"
    FUTURE = "future"
    BEFORE_US = "before_us"
    SET_BACK = "set_back"
    NO_SWEEP = "no_sweep"
    SWEEP_LEFT_OUT = "sweep_left_out"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Rows of one file, or of all files of one table, that are left out for one reason."""

    why: Why
    #: The file's name, or the table's with "-*.csv" where it is not known which of its files.
    file: str
    count: int
    #: Of another schema its version; else empty.
    detail: str = ""
    #: The first line concerned, from 1; 0: not known.
    line: int = 0

    @property
    def sentence(self) -> str:
        """The reason and what to do, in the reader's language."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return SENTENCES[self.why](self.count).format(
            count=digits(f"{self.count:,}"), file=place, version=self.detail or "?"
        )


#: One whole sentence for each reason, by how many rows there are.
SENTENCES: Mapping[Why, Callable[[int], str]] = {
    Why.TORN: lambda count: ngettext(
        "{count} row of {file} is left out: the last line has no end; it is being written, or a crash cut it off.",
        "{count} rows of {file} are left out: the last line has no end; it is being written, or a crash cut it off.",
        count,
    ),
    Why.NO_WHOLE_ROW: lambda count: ngettext(
        "{count} row of {file} is left out: the line is not a whole row; `dideban verify` names it.",
        "{count} rows of {file} are left out: the lines are not whole rows; `dideban verify` names them.",
        count,
    ),
    Why.OTHER_SCHEMA: lambda count: ngettext(
        "{count} row of {file} is left out: it has schema version {version}; read it with the version that wrote it.",
        "{count} rows of {file} are left out: they have schema version {version}; read them with the version that "
        "wrote them.",
        count,
    ),
    Why.FOREIGN_CELL: lambda count: ngettext(
        "{count} row of {file} is left out: a cell does not belong in its column, as after an edit.",
        "{count} rows of {file} are left out: a cell does not belong in its column, as after an edit.",
        count,
    ),
    Why.CHANGED: lambda count: ngettext(
        "{count} row of {file} is left out: another program saved the file, and this row is not as it was written.",
        "{count} rows of {file} are left out: another program saved the file, and they are not as they were written.",
        count,
    ),
    Why.TWICE: lambda count: ngettext(
        "{count} row of {file} is left out: it stands there twice, and counts once.",
        "{count} rows of {file} are left out: they stand there more than once, and count once.",
        count,
    ),
    Why.AMBIGUOUS: lambda count: ngettext(
        "{count} row of {file} is left out: another row has its id and says something else.",
        "{count} rows of {file} are left out: rows with the same id say different things.",
        count,
    ),
    Why.OTHER_MONTH: lambda count: ngettext(
        "{count} row of {file} is left out: it is of another month than its file.",
        "{count} rows of {file} are left out: they are of another month than their file.",
        count,
    ),
    Why.FUTURE: lambda count: ngettext(
        "{count} row of {file} is left out: it is dated in the future; the clock was wrong then, or is wrong now.",
        "{count} rows of {file} are left out: they are dated in the future; the clock was wrong then, or is wrong now.",
        count,
    ),
    Why.BEFORE_US: lambda count: ngettext(
        "{count} row of {file} is left out: it is dated before this program existed; the clock was wrong.",
        "{count} rows of {file} are left out: they are dated before this program existed; the clock was wrong.",
        count,
    ),
    Why.UNJUDGED: lambda count: ngettext(
        "{count} sweep of {file} counts nowhere: it has no verdict here; `dideban classify` judges it.",
        "{count} sweeps of {file} count nowhere: they have no verdict here; `dideban classify` judges them.",
        count,
    ),
    Why.SET_BACK: lambda count: ngettext(
        "{count} row of {file} is left out: the sweep ended before it began, so that its time is not known.",
        "{count} rows of {file} are left out: the sweeps ended before they began, so that their time is not known.",
        count,
    ),
    Why.NO_SWEEP: lambda count: ngettext(
        "{count} row of {file} is left out: its sweep has no row, because it was cut off or a file is gone.",
        "{count} rows of {file} are left out: their sweeps have no row, because they were cut off or a file is gone.",
        count,
    ),
    Why.SWEEP_LEFT_OUT: lambda count: ngettext(
        "{count} row of {file} is left out with its sweep.",
        "{count} rows of {file} are left out with their sweeps.",
        count,
    ),
}


def sentences_of(left_out: Iterable[LeftOut]) -> list[str]:
    """A sentence for each, in the reader's language; none when every row counts."""
    return [one.sentence for one in left_out]
