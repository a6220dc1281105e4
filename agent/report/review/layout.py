"""A table at the terminal's width: no word, name or id is ever cut; a column that has no room is left out and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

#: Columns of a cell's own padding; between two cells the box has one more, and one at either edge.
GAP, EDGES = 1, 2
#: Where lines of a cell are filled no wider than this, however wide the terminal is: longer ones are hard to read.
LINE_COLUMNS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table that is shown."""

    name: str
    #: What stands above it. It may have several lines.
    title: str
    #: A text for each row; a line break in it begins a new line.
    cells: Sequence[Text]
    right: bool = False
    #: Whether its lines are never broken, not even between words.
    whole: bool = False
    #: When it is left out where there is no room: the lowest first. None: never.
    goes: int | None = None

    @property
    def widest(self) -> int:
        """Columns that its longest line takes, unless it is broken between words."""
        lines = (cell_len(line) for text in self._texts() for line in text.split("\n"))
        return min(max(lines, default=0), max(LINE_COLUMNS, self.narrowest))

    @property
    def narrowest(self) -> int:
        """Columns that its longest word takes."""
        if self.whole:
            return max((cell_len(line) for text in self._texts() for line in text.split("\n")), default=0)
        return max((cell_len(word) for text in self._texts() for word in text.split()), default=0)

    def _texts(self) -> list[str]:
        return [self.title, *{text.plain for text in self.cells}]


def fitting(columns: Sequence[Column], width: int) -> tuple[Table, list[Column]]:
    """A table of as many of the columns as fit into `width`, and those that do not.

    Where the last that may not go is wider than the terminal, it is folded after all.
    """
    present, gone = list(columns), []
    leaving = sorted((one for one in columns if one.goes is not None), key=lambda one: one.goes or 0)
    while (widths := _widths(present, width)) is None and leaving:
        gone.append(leaving.pop(0))
        present.remove(gone[-1])
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, GAP, 0, 0))
    for number, column in enumerate(present):
        fixed = None if widths is None else widths[number]
        table.add_column(column.title, justify="right" if column.right else "left", overflow="fold", width=fixed)
    for cells in zip(*(column.cells for column in present), strict=True):
        table.add_row(*cells)
    return table, gone


def _widths(columns: Sequence[Column], width: int) -> list[int] | None:
    """A width for each column: its widest line where there is room, no less than its longest word. None: no room."""
    least, most = [column.narrowest for column in columns], [column.widest for column in columns]
    left = width - EDGES - sum(least) - (GAP + 1) * (len(columns) - 1)
    if left < 0:
        return None
    wishes = [more - less for less, more in zip(least, most, strict=True)]
    for number in sorted(range(len(columns)), key=lambda one: wishes[one]):  # who wishes little gets all of it
        share = left // sum(1 for wish in wishes if wish) if any(wishes) else 0
        given = min(wishes[number], max(share, 0))
        least[number] += given
        left -= given
        wishes[number] = 0
    return least
