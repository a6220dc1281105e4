"""Bundles that nobody should have made: refused by name, whole, while the others go on."""

from __future__ import annotations

import json
import os
import stat
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.exports import unpack
from agent.store.journal import Journal
from agent.store.read import rows
from agent.store.scrub import Private
from tests.bundles import Members, bundle, changed, members_of, volunteer, write_members

OBSERVATIONS = "observations-2026-11.csv"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    volunteer(tmp_path / "own")
    return bundle(tmp_path / "own", tmp_path / "good.zip")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    volunteer(tmp_path / "other", vantage_id="v-111111111111")
    return bundle(tmp_path / "other", tmp_path / "other.zip")


def refused(path: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Why a bundle is refused; beside it another one is taken in, and alone it leaves nothing behind."""
    alone, together = path.parent / "alone", path.parent / "together"
    assert main(["merge", str(path), "--results", str(alone)]) == 2
    assert not alone.exists()
    capsys.readouterr()
    assert main(["merge", str(path), str(other), "--results", str(together)]) == 2
    assert {one.vantage_id for one in rows(together, "sweeps")} == {"v-111111111111"}
    assert {one.sweep_id for one in rows(together, "observations")} == {
        one.sweep_id for one in rows(together, "sweeps")
    }
    assert [one["name"] for one in json.loads((together / "sources.json").read_text())["bundles"]] == ["other.zip"]
    assert not [one for one in path.parent.iterdir() if one.name.startswith(".")]
    said = capsys.readouterr().err
    assert said.startswith(f"dideban: {path} was not taken in: ")
    assert said.count("\n") == 1
    assert said.strip().isprintable()
    return said


def add(name: str, content: bytes = b"x") -> Callable[[Members, dict[str, Any]], None]:
    def change(members: Members, manifest: dict[str, Any]) -> None:
        members[name] = content

    return change


def replaced(old: bytes, new: bytes) -> Callable[[Members, dict[str, Any]], None]:
    def change(members: Members, manifest: dict[str, Any]) -> None:
        assert old in members[OBSERVATIONS]
        members[OBSERVATIONS] = members[OBSERVATIONS].replace(old, new, 1)

    return change


def told(**entries: object) -> Callable[[Members, dict[str, Any]], None]:
    def change(members: Members, manifest: dict[str, Any]) -> None:
        manifest.update(entries)

    return change


def in_files(**entries: object) -> Callable[[Members, dict[str, Any]], None]:
    def change(members: Members, manifest: dict[str, Any]) -> None:
        manifest["files"][0].update(entries)

    return change


def drop(members: Members, manifest: dict[str, Any]) -> None:
    del members[OBSERVATIONS]


def forget(members: Members, manifest: dict[str, Any]) -> None:
    manifest["files"] = [one for one in manifest["files"] if one["name"] != OBSERVATIONS]


def twice(members: Members, manifest: dict[str, Any]) -> None:
    manifest["files"].append(manifest["files"][0])


def other_month(members: Members, manifest: dict[str, Any]) -> None:
    members["observations-2026-12.csv"] = members.pop(OBSERVATIONS)
    next(one for one in manifest["files"] if one["name"] == OBSERVATIONS)["name"] = "observations-2026-12.csv"


#: What was done to a bundle whose manifest then fits, and the words it is refused with.
CHANGED = {
    "another header": (replaced(b"schema_version", b"schema"), "has not the columns of this version"),
    "another schema": (replaced(b"\n1,", b"\n7,"), "schema version"),
    "a cell too many": (replaced(b",resolve,", b",resolve,,"), "cells"),
    "no CSV": (replaced(b",resolve,", b',"res"olve,'), "line 2"),
    "no UTF-8": (replaced(b",resolve,", b",\xff\xfe,"), "UTF-8"),
    "no number": (replaced(b",1.000,", b",soon,"), "duration_ms"),
    "a year that is none": (replaced(b"2026-11-24T12:00:00.123Z", b"0000-11-24T12:00:00.123Z"), "observed_at"),
    "a header without its end": (replaced(b"\n1,", b" 1,"), "has not the columns of this version"),
    "rows of another month": (other_month, "of another month or stage"),
}
#: What was done to a manifest, or behind its back.
UNTRUE = {
    "changed rows": (replaced(b"10.10.34.35", b"93.184.216.34"), "is not what its manifest says"),
    "a missing file": (drop, "is missing, which its manifest names"),
    "an unnamed file": (forget, "which its manifest does not name"),
    "a file named twice": (twice, "names a file twice"),
    "another format": (told(format="something"), "is not that of a bundle"),
    "a later version": (told(format_version=2), "format_version 2"),
    "an older schema": (told(schema_version=0), "schema_version 0"),
    "a stage that there is none": (told(stage="dream\x1b[2J"), "of stage"),
    "another stage": (told(stage="lab"), "it holds rows of stage lab"),
    "no files": (told(files=[]), "names no stage, or no files"),
    "files that are none": (told(files=[{"name": "../../x"}]), "has an entry of files that is none"),
    "a path for a name": (in_files(name="../sweeps-2026-11.csv"), "has an entry of files that is none"),
    "a foreign member": (add("virus.exe"), "is none that a bundle has"),
    "a member in a folder": (add("deep/sweeps-2026-11.csv"), "is none that a bundle has"),
    "a way out": (add("../../sweeps-2026-11.csv"), "leads out of the folder"),
    "a way out for Windows": (add("..\\sweeps-2026-11.csv"), "leads out of the folder"),
    "an absolute path": (add("/etc/passwd"), "leads out of the folder"),
    "a drive": (add("C:sweeps-2026-11.csv"), "leads out of the folder"),
    "a terminal's escape for a name": (add("\x1b[2J\u202e.csv"), "is none that a bundle has"),
    "a long text": (add("READ-ME.en.md", b"0" * (unpack.TEXT_BYTES_MAX + 1)), "is larger than such a file"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_rows_that_are_none_refuse_the_bundle(
    what: str, good: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, words = CHANGED[what]
    assert words in refused(changed(good, good.parent / "bad.zip", change), other, capsys)


@pytest.mark.parametrize("what", UNTRUE)
def test_a_bundle_is_what_its_manifest_says_or_none(
    what: str, good: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, words = UNTRUE[what]
    assert words in refused(changed(good, good.parent / "bad.zip", change, sealed=False), other, capsys)


def raw(path: Path, write: Callable[[zipfile.ZipFile, Members], None]) -> Path:
    """A bundle whose archive is written by hand."""
    members = members_of(path)
    bad = path.with_name("bad.zip")
    with zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as archive:
        write(archive, members)
    return bad


def test_a_link_is_refused(good: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(archive: zipfile.ZipFile, members: Members) -> None:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (stat.S_IFLNK if name == OBSERVATIONS else stat.S_IFREG) << 16
            archive.writestr(member, content)

    assert "is a link" in refused(raw(good, write), other, capsys)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(good: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(archive: zipfile.ZipFile, members: Members) -> None:
        for name, content in [*members.items(), (OBSERVATIONS, b"other")]:
            archive.writestr(name, content)

    assert "two members of one name" in refused(raw(good, write), other, capsys)


def test_another_compression_is_refused(good: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(archive: zipfile.ZipFile, members: Members) -> None:
        for name, content in members.items():
            archive.writestr(name, content, compress_type=zipfile.ZIP_BZIP2)

    assert "compressed in a way that bundles are not" in refused(raw(good, write), other, capsys)


def test_an_encrypted_member_is_refused(good: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both of a member's headers say so, by the first of their flags."""
    data = bytearray(good.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    bad = good.with_name("bad.zip")
    bad.write_bytes(data)
    assert "is encrypted" in refused(bad, other, capsys)


def test_a_bomb_is_refused_by_what_it_grows_to(good: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(archive: zipfile.ZipFile, members: Members) -> None:
        for name, content in members.items():
            archive.writestr(name, content + b"\n" * (64 * 2**20) if name == OBSERVATIONS else content)

    assert "grows more than" in refused(raw(good, write), other, capsys)


def test_a_size_that_is_a_lie_is_found_out(good: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list of members says that a file is short; what comes out of it is not."""
    data = bytearray(good.read_bytes())
    place = data.index(OBSERVATIONS.encode(), data.index(b"PK\x01\x02")) - 46
    struct.pack_into("<L", data, place + 24, 100)
    bad = good.with_name("bad.zip")
    bad.write_bytes(data)
    refused(bad, other, capsys)


def test_members_that_share_their_bytes_are_refused(
    good: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One long member that is listed many times over: each by itself keeps within its bounds."""
    data = bytearray(good.read_bytes())
    lists, place = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    own = data.index(OBSERVATIONS.encode(), lists) - 46
    size = 46 + len(OBSERVATIONS)
    more = b""
    for year in range(2000, 2020):
        entry = bytearray(data[own : own + size])
        entry[46:] = f"observations-{year}-11.csv".encode()
        more += entry
    end = bytearray(data[place:])
    count = struct.unpack_from("<H", end, 10)[0] + 20
    struct.pack_into("<HHLL", end, 8, count, count, place - lists + len(more), lists)
    bad = good.with_name("bad.zip")
    bad.write_bytes(data[:place] + more + end)
    assert "overlap" in refused(bad, other, capsys)


def test_a_list_without_end_is_not_read(good: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    members = {f"observations-{year:04d}-11.csv": b"" for year in range(unpack.MEMBERS_MAX)}
    bad = write_members(good.with_name("bad.zip"), {**members_of(good), **members})
    assert "lists more than" in refused(bad, other, capsys)


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 10, b"\x00" * 4096])
def test_what_is_no_archive_is_refused(
    content: bytes, good: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = good.with_name("bad.zip")
    bad.write_bytes(content)
    assert "no zip file" in refused(bad, other, capsys)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_bundle_that_was_cut_off_is_refused(
    share: float, good: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = good.read_bytes()
    bad = good.with_name("bad.zip")
    bad.write_bytes(data[: int(len(data) * share)])
    assert "cut off" in refused(bad, other, capsys)


def test_a_missing_file_and_a_folder_are_refused(good: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no such file" in refused(good.with_name("bad.zip"), other, capsys)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files.")
def test_a_pipe_is_not_waited_for(good: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(good.with_name("bad.zip"))
    assert "no regular file" in refused(good.with_name("bad.zip"), other, capsys)


def test_an_error_in_the_last_row_leaves_none_of_the_first(
    good: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(members: Members, manifest: dict[str, Any]) -> None:
        members["verdicts-2026-11.csv"] += b"nonsense\n"

    assert "verdicts-2026-11.csv line 4" in refused(changed(good, good.parent / "bad.zip", change), other, capsys)


def test_hostile_text_is_as_inert_in_the_merged_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sender whose program escapes nothing, and scrubs nothing."""

    def change(members: Members, manifest: dict[str, Any]) -> None:
        members[OBSERVATIONS] = members[OBSERVATIONS].replace(b"harmless", b"=cmd() 203.0.113.7", 1)
        members["sweeps-2026-11.csv"] = members["sweeps-2026-11.csv"].replace(b"v-000000000000", "‮v-1".encode(), 1)

    volunteer(tmp_path / "own", title="harmless")
    bad = changed(bundle(tmp_path / "own", tmp_path / "good.zip"), tmp_path / "bad.zip", change)
    capsys.readouterr()
    assert main(["merge", str(bad), "--results", str(tmp_path / "merged")]) == 0
    out = capsys.readouterr().out
    assert "\u202e" not in out
    written = (tmp_path / "merged" / OBSERVATIONS).read_text(encoding="utf-8")
    assert "'=cmd() [address]" in written
    assert "\u202e" not in (tmp_path / "merged" / "sweeps-2026-11.csv").read_text(encoding="utf-8")


def test_the_file_s_own_name_cannot_act(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    volunteer(tmp_path / "own")
    path = bundle(tmp_path / "own", tmp_path / "good.zip").rename(tmp_path / "\x1b[2J\u202e.zip")
    capsys.readouterr()
    assert main(["merge", str(path), "--results", str(tmp_path / "merged")]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_a_clean_bundle_passes_where_all_these_fail(good: Path, other: Path, tmp_path: Path) -> None:
    """Also one whose archive was written anew by another program."""
    again = changed(good, tmp_path / "again.zip", lambda members, manifest: None)
    assert main(["merge", str(again), str(other), "--results", str(tmp_path / "merged")]) == 0
    assert len(list(rows(tmp_path / "merged", "sweeps"))) == 2


def test_a_journal_was_needed_for_none_of_this(tmp_path: Path) -> None:
    """Rows that stand in a folder of one's own are not touched by a merge beside it."""
    volunteer(tmp_path / "own")
    before = {path.name: path.read_bytes() for path in (tmp_path / "own").iterdir()}
    bundle(tmp_path / "own", tmp_path / "good.zip")
    assert {path.name: path.read_bytes() for path in (tmp_path / "own").iterdir()} == before
    assert Journal(tmp_path / "own", Private()).repairs == ()
