"""Files of measurements from anybody: all that is readable is read, and the rest refused with place and reason."""

from __future__ import annotations

import gzip
import io
import json
import resource
import tarfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.imports import reading
from agent.imports.reading import Document, Refused, documents

LINES = b'{"a": 1}\n{"a": 2}\n'


def read(path: Path, content: bytes) -> list[Document | Refused]:
    path.write_bytes(content)
    return list(documents(path))


def values(found: list[Document | Refused]) -> list[object]:
    return [one.value.get("a") if isinstance(one, Document) else one.reason for one in found]


def archive(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, form: int = tarfile.PAX_FORMAT) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=form) as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            member.size = len(content) if kind == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(content) if member.size else None)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(LINES, [1, 2], id="a document on each line"),
        pytest.param(b'{\n "a":\n 1\n}\n', [1], id="one over many lines"),
        pytest.param(b'[\n{"a": 1},\n{"a": 2}\n]', [1, 2], id="a list over many lines"),
        pytest.param(b'[{"a": 1}, {"a": 2}]', [1, 2], id="a list on one line"),
        pytest.param(b'\n\n{"a": 1}\n\n', [1], id="empty lines between"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', [1], id="a byte order mark"),
        pytest.param(b'\xef\xbb\xbf{\n"a": 1\n}', [1], id="a byte order mark before one over many lines"),
        pytest.param(gzip.compress(LINES), [1, 2], id="gzip"),
        pytest.param(gzip.compress(LINES) + gzip.compress(b'{"a": 3}'), [1, 2, 3], id="gzip in two members"),
        pytest.param(archive(("x.jsonl", LINES)), [1, 2], id="tar"),
        pytest.param(archive(("x.jsonl", LINES), form=tarfile.GNU_FORMAT), [1, 2], id="tar of GNU"),
        pytest.param(gzip.compress(archive(("x", LINES), ("y.gz", gzip.compress(LINES)))), [1, 2, 1, 2], id="tar.gz"),
        pytest.param(archive(("n" * 300, LINES)), [1, 2], id="a name that needs a property of its own"),
        pytest.param(b"", ["there is no measurement in it"], id="nothing"),
        pytest.param(b"[]\n", ["there is no measurement in it"], id="a list of nothing"),
    ],
)
def test_it_reads(content: bytes, found: list[object], tmp_path: Path) -> None:
    assert values(read(tmp_path / "file", content)) == found


DEEP = b"[" * 100_000
STRANGE = "none of its first 100 lines is a measurement, and the rest is left"
CUT = "the archive is cut off within it"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b'{"a": 1}\nno\n{"a": 2}', [1, "it is no JSON (Expecting value, character 1)", 2], id="no JSON"),
        pytest.param(b'{"a": NaN}\n{"a": 2}', ["it holds a number that is none, or too long", 2], id="NaN"),
        pytest.param(
            b'{"a": ' + b"9" * 5000 + b"}\n" + LINES,
            ["it holds a number that is none, or too long", 1, 2],
            id="a number without end",
        ),
        pytest.param(DEEP + b"\n" + LINES, ["its JSON is nested too deep", 1, 2], id="nesting without end"),
        pytest.param(b'"text"\n' + LINES, ["it is JSON, and no object", 1, 2], id="no object"),
        pytest.param(
            b"[" + b"1," * 20_000 + b"1]\n" + LINES, ["it is a list of more than 20000 entries", 1, 2], id="a wide list"
        ),
        pytest.param(b'\xff{"a": 1}\n' + LINES, ["it is not UTF-8", 1, 2], id="no UTF-8"),
        pytest.param(gzip.compress(LINES)[:-9], [1, "its compressed data is cut off"], id="gzip cut off"),
        pytest.param(
            b"no\n" * 100 + LINES,
            [*["it is no JSON (Expecting value, character 1)"] * 100, STRANGE],
            id="lines of something else",
        ),
        pytest.param(
            b"no\n" * 99 + LINES, [*["it is no JSON (Expecting value, character 1)"] * 99, 1, 2], id="a bad start"
        ),
        pytest.param(b"PK\x03\x04" + b"x\n" * 400, ["it is a zip archive; unpack it first"], id="zip"),
        pytest.param('{"a": 1}'.encode("utf-16"), ["it is UTF-16; save it as UTF-8"], id="UTF-16"),
        pytest.param(b"\x1f\x8b" + b"x" * 40, ["its compressed data is broken"], id="gzip broken"),
        pytest.param(gzip.compress(gzip.compress(LINES)), ["it is compressed twice"], id="gzip twice"),
        pytest.param(archive(("x", archive(("y", LINES)))), ["it is an archive within an archive"], id="tar in tar"),
        pytest.param(archive(("x", LINES))[:520], [CUT], id="tar cut off"),
        pytest.param(
            archive(("x", LINES))[:1024] + b"\x01" * 512,
            [1, 2, "the header of its member 2 is broken"],
            id="tar broken",
        ),
        pytest.param(
            archive(("x", LINES))[:1024] + b"\x01" * 9, [1, 2, "the archive is cut off"], id="tar cut off in a header"
        ),
        *(
            pytest.param(
                archive(("x", b""), kind=kind),
                ["it is a link, a device or another thing that is no file"],
                id=f"a member of type {kind.decode()}",
            )
            for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)
        ),
    ],
)
def test_it_refuses_one_by_one(content: bytes, found: list[object], tmp_path: Path) -> None:
    """What can still be read behind it is read."""
    assert values(read(tmp_path / "file", content)) == found


def test_a_bomb_is_put_out_before_it_fills_the_memory(tmp_path: Path) -> None:
    """Zeros that unpack to a gigabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(1024)) + packer.flush()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = read(tmp_path / "bomb.gz", packed)
    assert [one.reason for one in found if isinstance(one, Refused)][-1].startswith("it grows more than 200-fold")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MEASUREMENT_BYTES_MAX", 1000)
    long = json.dumps({"a": "x" * 5000}).encode()
    assert values(read(tmp_path / "file", LINES + long + b"\n" + LINES)) == [
        1,
        2,
        "it is longer than 1000 bytes",
        1,
        2,
    ]


def test_a_name_that_leads_out_of_the_folder_leads_nowhere(tmp_path: Path) -> None:
    """Names are shown, and nothing is unpacked."""
    inside = tmp_path / "inside"
    inside.mkdir()
    found = read(inside / "x.tar", archive(("../../out", LINES), ("/etc/out", LINES)))
    assert values(found) == [1, 2, 1, 2]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["inside", "x.tar"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", Path("/dev/zero")):
        assert [type(one) for one in documents(path)] == [Refused]


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=3000), packed=st.booleans(), archived=st.booleans())
def test_nothing_that_is_in_a_file_raises(
    content: bytes, packed: bool, archived: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = archive(("x", content))[:-600] if archived else content
    content = gzip.compress(content)[: -len(content) % 7 or None] if packed else content
    path = tmp_path_factory.getbasetemp() / "anything"
    assert all(isinstance(one, Document | Refused) for one in read(path, content))
