"""`dideban export csv` and `export parquet`: whole tables of whole sweeps, never over another file."""

from __future__ import annotations

import csv
import io
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it ships no types
import pytest

from agent.cli import main
from agent.store.cells import encode_text
from agent.store.lines import header_line
from agent.store.read import rows
from agent.store.schema import SCHEMA_VERSION, TABLES, columns
from tests.bundles import volunteer
from tests.dideban_process import dideban, left_at_once, needs_pipes
from tests.store_rows import NOON

LATER = datetime(2026, 12, 3, 6, tzinfo=UTC)
HOSTILE = "=cmd|' /C calc'!A0 \x1b[2J\u202e<script>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sweeps in two months, of two platforms."""
    volunteer(tmp_path / "results", title=HOSTILE)
    volunteer(tmp_path / "results", LATER, platform="telegram", rows=4)
    return tmp_path / "results"


def exported(folder: Path, table: str, *options: str) -> list[dict[str, str]]:
    path = folder.parent / f"{table}.csv"
    assert main(["export", "csv", table, "--results", str(folder), "--output", str(path), *options]) == 0
    found = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    path.unlink()
    return found


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_the_lines_of_its_months_under_one_header(folder: Path, table: str) -> None:
    path = folder.parent / "all.csv"
    assert main(["export", "csv", table, "--results", str(folder), "--output", str(path)]) == 0
    months = [(folder / f"{table}-{month}.csv").read_bytes() for month in ("2026-11", "2026-12")]
    assert path.read_bytes() == header_line(table) + b"".join(month.split(b"\n", 1)[1] for month in months)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_days_choose_whole_sweeps(folder: Path) -> None:
    assert len(exported(folder, "observations", "--since", "2026-12-01")) == 4
    assert len(exported(folder, "observations", "--until", "2026-11-30")) == 3


def test_a_platform_chooses_its_rows(folder: Path) -> None:
    assert {one["platform"] for one in exported(folder, "verdicts", "--platform", "telegram")} == {"telegram"}
    assert len(exported(folder, "sweeps", "--platform", "signal")) == 1


def test_hostile_text_stays_as_inert_as_it_was(folder: Path) -> None:
    titles = {one["title"] for one in exported(folder, "observations", "--platform", "signal")}
    assert titles == {r"'=cmd|' /C calc'!A0 \x1b[2J\u202e<script>"}


@pytest.mark.parametrize("cell", ["=1+1", "\u202ereversed", "\x1b[2J", " @SUM(1)", '"-2+3"', "\uff1d1"])
def test_a_cell_that_somebody_else_wrote_and_that_acts_does_not_leave(
    folder: Path, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    path = folder / "verdicts-2026-12.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    place = lines[0].split(b",").index(b"platform")
    cells = lines[1].split(b",")
    path.write_bytes(b"".join([lines[0], b",".join([*cells[:place], cell.encode(), *cells[place + 1 :]]), *lines[2:]]))
    out = folder.parent / "all.csv"
    assert main(["export", "csv", "verdicts", "--results", str(folder), "--output", str(out)]) == 2
    assert "1 row left out with a cell that this program did not write" in capsys.readouterr().err
    assert cell.strip('"').encode() not in out.read_bytes()


def test_where_every_sweep_is_left_out_it_says_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = next(folder.glob("sweeps-*.csv"))
    for other in folder.glob("sweeps-*.csv"):
        other.write_bytes(other.read_bytes().replace(b"\n1,", b"\n0,"))
    assert main(["export", "csv", "sweeps", "--results", str(folder), "--output", str(folder.parent / "all.csv")]) == 2
    said = capsys.readouterr().err
    assert "holds no sweep that was asked for" in said
    assert f"{path.name}: " in said
    assert "of another schema version" in said


def test_standard_output_takes_it_too(folder: Path) -> None:
    ended = dideban("export", "csv", "sweeps", "--results", folder, "--output", "-", cwd=folder.parent)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(ended.stdout.splitlines()) == 3


@needs_pipes
def test_its_reader_may_leave(folder: Path) -> None:
    command = ("export", "csv", "observations", "--results", folder, "--output", "-")
    assert left_at_once(*command, cwd=folder.parent) == (0, "")


def test_a_file_that_is_there_is_never_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder.parent / "mine.csv"
    path.write_text("mine")
    assert main(["export", "csv", "sweeps", "--results", str(folder), "--output", str(path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert path.read_text() == "mine"


def test_nothing_is_left_when_there_is_nothing_to_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder.parent / "none.parquet"
    command = ["export", "parquet", "sweeps", "--results", str(folder), "--output", str(path), "--since", "2027-01-01"]
    assert main(command) == 2
    assert "no sweep that was asked for" in capsys.readouterr().err
    assert [one.name for one in folder.parent.iterdir()] == ["results"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["csv", "sweeps", "--output", "no/such/folder.csv"], "is no folder; make it"),
        (["parquet", "sweeps", "--output", "-"], "cannot be written to standard output"),
        (["csv", "sweeps", "--output", "-", "--since", "2027-01-01", "--until", "2026-01-01"], "is not before"),
        (["csv", "sweeps", "--output", "-", "--platform", "nobody"], "nobody"),
        (["bundle"], "Name the file to write"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    folder: Path, options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *options, "--results", str(folder)]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_rows_that_cannot_be_read_are_counted_and_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cut line, a foreign line, a row of another schema, and one of a sweep that is not finished."""
    path = folder / "observations-2026-12.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    other = lines[1].replace(b"1,2026", b"0,2026", 1)
    unfinished = lines[1].replace(b"20261203T060000Z", b"20261203T070000Z")
    path.write_bytes(b"".join([*lines, other, b"nonsense\n", unfinished, b"1,cut off"]))
    out = folder.parent / "all.csv"
    assert main(["export", "csv", "observations", "--results", str(folder), "--output", str(out)]) == 2
    said = capsys.readouterr().err
    for words in ("another schema version", "cannot be read", "without a row of its own", "without its line end"):
        assert words in said
    assert len(out.read_bytes().splitlines()) == 1 + 3 + 4


def parquet(folder: Path, table: str) -> Path:
    path = folder.parent / f"{table}.parquet"
    assert main(["export", "parquet", table, "--results", str(folder), "--output", str(path)]) == 0
    return path


@pytest.mark.parametrize("table", TABLES)
def test_parquet_holds_what_the_files_hold(folder: Path, table: str) -> None:
    """Each value is that of the record, of its own type; text is as inert as in the file, and missing where empty."""
    found = pq.read_table(parquet(folder, table)).to_pylist()
    records = list(rows(folder, table))
    assert len(found) == len(records)
    for told, record in zip(found, records, strict=True):
        assert told["schema_version"] == SCHEMA_VERSION
        for column in columns(table):
            value = getattr(record, column.name)
            if isinstance(value, tuple):
                assert told[column.name] == [encode_text(member) for member in value]
            elif isinstance(value, str):
                assert told[column.name] == (encode_text(value) or None)
            else:
                assert told[column.name] == value


def test_parquet_says_what_its_columns_mean(folder: Path) -> None:
    schema = pq.ParquetFile(parquet(folder, "observations")).schema_arrow
    assert str(schema.field("observed_at").type) == "timestamp[ms, tz=UTC]"
    assert str(schema.field("answers").type).startswith("list<")
    assert str(schema.field("port").type) == "int64"
    assert b"Milliseconds" in schema.field("duration_ms").metadata[b"description"]
    assert schema.metadata[b"dideban_table"] == b"observations"


def test_a_cell_that_does_not_fit_costs_its_row_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "observations-2026-11.csv"
    path.write_bytes(path.read_bytes().replace(b",1.000,", b",soon,", 1))
    out = folder.parent / "one.parquet"
    assert main(["export", "parquet", "observations", "--results", str(folder), "--output", str(out)]) == 2
    assert "1 row left out" in capsys.readouterr().err
    assert pq.read_table(out).num_rows == 2 + 4


def test_a_list_keeps_its_members(tmp_path: Path) -> None:
    """Also one that holds a space, one that is empty, and one that looks like a formula."""
    folder = tmp_path / "results"
    volunteer(folder, NOON + timedelta(days=1), agent_version="1", platform="signal")
    path = folder / "observations-2026-11.csv"
    path.write_bytes(path.read_bytes().replace(b",10.10.34.35,", rb",'=a\x20b \e c,", 1))
    assert pq.read_table(parquet(folder, "observations"))["answers"].to_pylist()[0] == [r"=a\x20b", "", "c"]
