"""The frames that `load` gives: right types, missing as missing, nothing silently lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from agent.report.frames import dtypes, load
from agent.store import StoreError
from agent.store.journal import Journal
from agent.store.schema import TABLES, header
from agent.store.scrub import Private
from tests.store_rows import NOON, observation, sweep, verdict


def journal(folder: Path) -> Journal:
    return Journal(folder, Private())


@pytest.mark.parametrize("table", sorted(TABLES))
def test_an_empty_folder_gives_no_rows_and_the_same_types(tmp_path: Path, table: str) -> None:
    """Code that works on results works on none."""
    nothing = load(tmp_path, table)
    journal(tmp_path).append([observation(), sweep(), verdict()])
    one = load(str(tmp_path), table)
    assert (len(nothing), len(one)) == (0, 1)
    assert list(nothing.columns) == list(one.columns) == list(header(table))
    assert nothing.dtypes.to_dict() == one.dtypes.to_dict()
    assert all(one[name].dtype == dtype for name, dtype in dtypes(table).items())


def test_a_slip_in_a_name_is_an_error_and_no_empty_frame(tmp_path: Path) -> None:
    """The folder's, or the table's: what exists is named, or what to do."""
    with pytest.raises(StoreError, match=r"reslts is no folder; correct its name, or measure first\.$"):
        load(tmp_path / "reslts", "verdicts")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file is no folder"):
        load(tmp_path / "file", "verdicts")
    with pytest.raises(KeyError, match="no table 'verdict'; the tables are sweeps, observations, verdicts"):
        load(tmp_path, "verdict")


def test_values_have_their_types(tmp_path: Path) -> None:
    """Moments with time zone to the year 9999, integers that may be missing, categories, text "NA"."""
    late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    rows = [
        observation(1, title="NA", status_code=200, certificate_expires_at=late),
        observation(2, title="", clock_skew_s=-1.5, answers=()),
    ]
    journal(tmp_path).append([*rows, sweep()])
    frame = load(tmp_path, "observations")
    assert frame["observed_at"].tolist() == [row.observed_at for row in rows]
    assert frame["certificate_expires_at"].isna().tolist() == [False, True]
    assert frame["certificate_expires_at"].dt.year[0] == 9999
    assert frame["title"].isna().tolist() == [False, True]
    assert frame["title"][0] == "NA"
    assert frame["status_code"].tolist() == [200, pd.NA]
    assert frame["clock_skew_s"][1] == -1.5
    assert frame["answers"][0] == "10.10.34.35 192.0.2.1"
    states = load(tmp_path, "sweeps")["vantage_state"]
    assert states[0] == "normal"
    assert "national_only" in states.cat.categories


def test_all_months_are_one_frame_in_order(tmp_path: Path) -> None:
    """A month without a file is no gap."""
    writer = journal(tmp_path)
    moments = [NOON.replace(year=2025, month=3), NOON.replace(month=1), NOON]
    for moment in reversed(moments):
        writer.append([observation(observed_at=moment)])
    assert load(tmp_path, "observations")["observed_at"].tolist() == moments


def test_a_foreign_header_is_named(tmp_path: Path) -> None:
    """And so is one that a spreadsheet saved."""
    (tmp_path / "observations-2026-11.csv").write_text("a,b\n1,2\n")
    with pytest.raises(StoreError, match=r"observations-2026-11\.csv line 1 is not the header"):
        load(tmp_path, "observations")


def damaged(folder: Path, old: str, new: str) -> None:
    """A file of two rows, in which every `old` became `new`."""
    journal(folder).append([observation(1, title="one"), observation(2, title="two")])
    path = folder / "observations-2026-11.csv"
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (",one,", ",one,extra,", "line 2 cannot be read: the line has 51 cells"),
        (",two,", ",two,extra,", "line 3 cannot be read"),
        (",two,", ",two", "line 3 cannot be read: the line has 49 cells"),
        ("\n1,20261124T120000Z-abcdef,20261124T120000Z-abcdef-2", "\n9,,", "line 3 cannot be read: "),
        ("12.500", "a dozen", "line 2 cannot be read: column duration_ms: 'a dozen'"),
        ("2026-11-24T12:00:01.123Z", "yesterday", "line 2 cannot be read: column observed_at: 'yesterday'"),
    ],
)
def test_no_damaged_row_slips_through(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """pandas fills, drops and shifts cells in silence; `load` does not."""
    damaged(tmp_path, old, new)
    with pytest.raises(StoreError, match=sentence):
        load(tmp_path, "observations")


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    """The agent may be writing it."""
    damaged(tmp_path, "", "")
    path = tmp_path / "observations-2026-11.csv"
    path.write_bytes(path.read_bytes()[:-10])
    assert load(tmp_path, "observations")["title"].tolist() == ["one"]
