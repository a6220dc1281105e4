"""What goes into a cell comes out of it, and does nothing on the way."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.records import VantageState
from agent.store.cells import JOINERS, decode_list, decode_text, encode_list, encode_text, kind_of
from agent.store.lines import format_line, parse_line
from agent.store.schema import TABLES, decode_row, encode_row, header
from tests.store_rows import observation, sweep, verdict

#: All of Unicode, lone surrogates too, and more often than chance what hurts: formulas, escapes, bidi, quotes.
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("=+-@'\"\\,; \t\r\n\x00\x1b\x7f\x85\x9b\u200c\u200e\u202e\u2028\u2066\ufeff=+−@\ud800exuU0"),
        st.characters(),
    )
)


@given(HOSTILE)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    """decode undoes encode, for every string there is."""
    assert decode_text(encode_text(text)) == text


@given(st.lists(HOSTILE).map(tuple))
def test_any_list_comes_back_as_it_was(members: tuple[str, ...]) -> None:
    """Spaces within members, empty members and the empty list are all told apart."""
    assert decode_list(encode_list(members)) == members


@given(st.one_of(HOSTILE.map(encode_text), st.lists(HOSTILE).map(tuple).map(encode_list)))
def test_no_cell_can_act_on_what_shows_it(cell: str) -> None:
    """Every character prints, none breaks a line, and no spreadsheet sees a formula."""
    assert all(character.isprintable() or character in JOINERS for character in cell)
    assert cell.lstrip(f" {JOINERS}")[:1] not in set("=+-@=+−@")
    cell.encode()  # and it is UTF-8, whatever it was before


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("  @SUM(1)", "'  @SUM(1)"),
        ("=1", "'=1"),
        ("'quoted", "''quoted"),
        ("a\x1b[31mred", r"a\x1b[31mred"),
        ("a\r\nb", r"a\x0d\x0ab"),
        ("evil\u202egpj.exe", r"evil\u202egpj.exe"),
        ("C:\\x", r"C:\\x"),
        ("می\u200cشود", "می\u200cشود"),
        ("NA", "NA"),
        ("", ""),
    ],
)
def test_text_is_made_inert_in_the_documented_way(text: str, cell: str) -> None:
    """The forms that results/README.md names."""
    assert encode_text(text) == cell


def test_a_space_never_splits_a_member() -> None:
    """Two members are two, with a space inside or not."""
    assert encode_list(("a b", "", "c")) == r"a\x20b \e c"


@pytest.mark.parametrize("cell", ["\\", r"\q", r"\x1", r"\uZZZZ", r"\Uffffffff"])
def test_a_foreign_escape_is_refused(cell: str) -> None:
    """A cell that this store did not write is not guessed at."""
    with pytest.raises(ValueError, match=r"escape|chr"):
        decode_text(cell)


@pytest.mark.parametrize(
    ("python_type", "value", "cell"),
    [
        (bool, True, "true"),
        (int, -3, "-3"),
        (float, 12, "12.000"),
        (float, -0.0001, "0.000"),
        (float, 1.23456, "1.235"),
        (
            datetime,
            datetime(2026, 11, 24, 3, 30, tzinfo=timezone(timedelta(hours=3, minutes=30))),
            "2026-11-24T00:00:00.000Z",
        ),
        (datetime, datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "9999-12-31T23:59:59.999Z"),
        (VantageState, VantageState.NATIONAL_ONLY, "national_only"),
    ],
)
def test_each_type_has_one_form(python_type: type, value: object, cell: str) -> None:
    """Written so, and read back to the same form."""
    kind = kind_of(python_type)
    assert kind.encode(value) == cell
    assert kind.encode(kind.decode(cell)) == cell


@pytest.mark.parametrize(
    ("python_type", "cell"),
    [
        (bool, "True"), (int, "1.0"), (int, ""), (int, "1_000"), (int, "١"), (float, "nan"), (float, "1e3"),
        (datetime, "2026-11-24"), (datetime, "2026-11-24T05:57:00.000+03:30"), (VantageState, "fine"),
    ],
)  # fmt: skip
def test_what_does_not_belong_in_a_cell_is_refused(python_type: type, cell: str) -> None:
    """Strict reading: a spreadsheet's idea of a number or a date is not ours."""
    with pytest.raises(ValueError, match=r"is n|valid"):
        kind_of(python_type).decode(cell)


def test_numbers_that_are_none_and_moments_without_zone_are_not_written() -> None:
    """They are faults of the program, and not data."""
    with pytest.raises(ValueError, match="finite"):
        kind_of(float).encode(float("nan"))
    with pytest.raises(ValueError, match="time zone"):
        kind_of(datetime).encode(datetime(2026, 11, 24))  # noqa: DTZ001 (the fault itself)


@given(HOSTILE, st.lists(HOSTILE).map(tuple), st.none() | st.integers(), st.none() | st.floats(-1e9, 1e9))
def test_a_row_comes_back_through_the_csv_module(
    title: str, names: tuple[str, ...], status: int | None, skew: float | None
) -> None:
    """Record to line and back: one physical line, the same record, to three decimals."""
    record = observation(title=title, header_names=names, status_code=status, clock_skew_s=skew and round(skew, 3))
    line = format_line((*encode_row(record), "link"))
    assert line.count("\n") == 1
    assert decode_row("observations", parse_line(line.encode(), "observations")) == record


def test_every_record_has_a_form() -> None:
    """All three tables encode and decode, with missing values missing, and as RFC 4180 readers see them."""
    for record, table in ((observation(), "observations"), (sweep(), "sweeps"), (verdict(), "verdicts")):
        cells = encode_row(record)
        assert decode_row(table, cells) == record
        assert next(csv.reader(io.StringIO(format_line(cells)))) == list(cells)
        assert len(cells) + 1 == len(header(table))
    assert set(TABLES) == {"sweeps", "observations", "verdicts"}


def test_a_bad_cell_is_named_by_its_column() -> None:
    """So that a person can find it."""
    cells = list(encode_row(observation()))
    cells[header("observations").index("port")] = "many"
    with pytest.raises(ValueError, match="column port: 'many' is not a whole number"):
        decode_row("observations", cells)
