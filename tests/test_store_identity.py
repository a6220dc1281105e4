"""The installation's random id, and text files that appear whole or not at all."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from agent.store import StoreError
from agent.store.identity import FILE_NAME, vantage_id
from agent.store.text_file import write_text


def test_an_id_is_made_once_and_kept(tmp_path: Path) -> None:
    """In its folder; another folder has another, and nothing of the computer is in it."""
    first = vantage_id(tmp_path / "a" / "results")
    assert re.fullmatch("v-[0-9a-f]{12}", first)
    assert vantage_id(tmp_path / "a" / "results") == first
    assert vantage_id(tmp_path / "b") != first


@pytest.mark.parametrize("torn", [b"", b"v-0123", b"v-0123456789ab", b"v-0123456789AB\n", b"\xff\n", b"home of Sara\n"])
def test_what_is_no_id_is_replaced(tmp_path: Path, torn: bytes) -> None:
    """Half an id could be another's whole one, and a name would stand in every row."""
    (tmp_path / FILE_NAME).write_bytes(torn)
    made = vantage_id(tmp_path)
    assert re.fullmatch("v-[0-9a-f]{12}", made)
    assert vantage_id(tmp_path) == made


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="there is a file where a folder should be"):
        vantage_id(tmp_path / "file")


def test_a_text_replaces_the_one_before(tmp_path: Path) -> None:
    """Shorter than it, too; readable by its owner alone, with nothing beside it."""
    write_text(tmp_path / "made" / "a.md", "long and old, گزارش")
    write_text(tmp_path / "made" / "a.md", "new")
    assert (tmp_path / "made" / "a.md").read_text(encoding="utf-8") == "new"
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["a.md"]
    assert os.name == "nt" or stat.S_IMODE((tmp_path / "made" / "a.md").stat().st_mode) == 0o600


def test_a_text_that_cannot_be_put_in_its_place_leaves_nothing(tmp_path: Path) -> None:
    """Neither half a file nor a draft; and what a crash left of an earlier draft does no harm."""
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(StoreError, match=r"a\.csv cannot be used"):
        write_text(tmp_path / "a.csv", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    (tmp_path / "b.csv.new").write_text("something much longer, cut off")
    write_text(tmp_path / "b.csv", "text")
    assert (tmp_path / "b.csv").read_text() == "text"
