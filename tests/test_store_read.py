"""Reading is strict, streams, and finds what was changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.store import StoreError
from agent.store.journal import Journal
from agent.store.read import rows, verify
from agent.store.scrub import Private
from tests.store_rows import NOON, observation, sweep

NAME = "observations-2026-11.csv"


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder with three observations, with the titles one, two and three."""
    titles = enumerate(("one", "two", "three"))
    Journal(tmp_path, Private()).append([observation(number, title=title) for number, title in titles])
    return tmp_path


def change(folder: Path, old: str, new: str) -> None:
    path = folder / NAME
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def titles(folder: Path) -> list[str]:
    return [row.title for row in rows(folder, "observations")]


def test_nothing_has_no_rows(tmp_path: Path) -> None:
    """Neither an empty folder, nor none, nor an empty file is an error."""
    assert list(rows(tmp_path / "none", "observations")) == list(rows(tmp_path, "observations")) == []
    (tmp_path / NAME).touch()
    assert titles(tmp_path) == []
    assert verify(tmp_path) == []


def test_the_window_is_closed_below_and_open_above(tmp_path: Path) -> None:
    """Over months too; files outside it are not even opened."""
    moments = [NOON - timedelta(days=40), NOON, NOON + timedelta(hours=1), NOON + timedelta(days=40)]
    Journal(tmp_path, Private()).append([observation(observed_at=moment) for moment in moments])
    (tmp_path / "observations-2025-01.csv").write_text("foreign\n")
    found = rows(tmp_path, "observations", since=NOON, until=moments[2])
    assert list(found) == [observation(observed_at=NOON)]
    assert list(rows(tmp_path, "observations", since=moments[0])) == [observation(observed_at=each) for each in moments]


def test_a_foreign_header_is_named(three: Path) -> None:
    """The file, and what to do."""
    change(three, "schema_version,sweep_id", "sweep_id,schema_version")
    with pytest.raises(StoreError, match=rf"{NAME} line 1 is not the header"):
        titles(three)
    assert [NAME in problem for problem in verify(three)] == [True]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (",two,", ",two,more,", "line 3 cannot be read: the line has"),
        (",two,", ',"two,', "line 3 cannot be read: the line is not CSV"),
        ("\n1,", "\n2,", "line 2 cannot be read: the row has schema version '2' and this program reads 1"),
        ("12.500", "12,5", "line 2 cannot be read"),
        (",resolve,,12.500", ",resolve,,soon", "column duration_ms: 'soon' is not a number"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_file_and_line(three: Path, old: str, new: str, sentence: str) -> None:
    """Nothing is skipped in silence."""
    change(three, old, new)
    with pytest.raises(StoreError, match=rf"{NAME} .*{sentence}"):
        titles(three)


def test_a_torn_last_line_is_left_out_and_told(three: Path) -> None:
    """The agent may be writing it at this moment."""
    path = three / NAME
    path.write_bytes(path.read_bytes()[:-1])
    told: list[str] = []
    assert len(list(rows(three, "observations", on_torn=told.append))) == 2
    assert told == [f"{path} line 4 has no line end and was left out."]
    assert verify(three) == told


def test_an_untouched_folder_verifies(three: Path) -> None:
    """The clean case."""
    Journal(three, Private()).append([sweep(), observation(9)])
    assert verify(three) == []


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (lambda lines: [lines[0], lines[1].replace("one", "eno"), *lines[2:]], [2]),
        (lambda lines: [lines[0], lines[1], lines[3]], [3]),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], [2, 3, 4]),
        (lambda lines: [*lines[:3], lines[2], lines[3]], [4]),
        (lambda lines: [lines[0], lines[2], lines[3]], [2]),
        (lambda lines: [*lines[:2], "rubbish\n", *lines[2:]], [3]),
    ],
    ids=["changed", "removed", "swapped", "repeated", "first removed", "rubbish"],
)  # fmt: skip
def test_every_edit_is_found_by_its_line(three: Path, edit: object, lines: list[int]) -> None:
    """Where it was done, and not at every row behind it."""
    assert callable(edit)
    path = three / NAME
    path.write_text("".join(edit(path.read_text().splitlines(keepends=True))))
    found = verify(three)
    assert [f"{path} line {line}:" in problem for line, problem in zip(lines, found, strict=True)] == [True] * len(
        lines
    )


def test_a_file_under_another_name_does_not_verify(three: Path) -> None:
    """A month cannot be passed off as another."""
    (three / NAME).rename(three / "observations-2026-10.csv")
    assert ["line 2" in problem for problem in verify(three)] == [True]
