"""Opens a bundle that anybody may have made: what is in it is streamed, within bounds, and never unpacked to disk.

Every bound is here, with its reason. Names in the archive are compared and shown, and used for nothing else.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.exports.manifest import DICTIONARY, MANIFEST, NOTES, ROWS_FILE, RowsFile
from agent.imports.unpacking import INFLATION_FREE_BYTES, INFLATION_MAX
from agent.language import _

#: Members of one bundle: three files a month for thirty years, and the texts.
MEMBERS_MAX = 1_100
#: Bytes of the archive's list of members: each takes 46 and its name. `zipfile` reads the list whole.
LIST_BYTES_MAX = 256 * 1024
#: Bytes of one text: a manifest of as many members takes some 250 KB.
TEXT_BYTES_MAX = 2**20
#: Bytes of one file of rows: a month of hourly sweeps of the whole catalog takes some 100 MB.
FILE_BYTES_MAX = 2 * 2**30
#: Bytes of all: a year of those takes some 1.2 GB.
TOTAL_BYTES_MAX = 8 * 2**30
#: Bytes of one row: the longest that the agent writes has some ten thousand.
ROW_BYTES_MAX = 2**20

TEXTS = frozenset({MANIFEST, DICTIONARY, *NOTES.values()})
#: The record that ends an archive (APPNOTE.TXT 4.3.16), without a comment, and the one before it in larger archives.
END = struct.Struct("<4s4H2LH")
END_MARK, LARGER_MARK, LARGER_BYTES = b"PK\x05\x06", b"PK\x06\x07", 20


class BundleError(ValueError):
    """A bundle cannot be taken. The message is a clause that says what is wrong, to follow its name and a colon."""


class Bundle:
    """An open bundle, whose members are all of those that a bundle has."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members = {member.filename: member for member in archive.infolist()}

    def text(self, name: str) -> bytes:
        """A short member, whole."""
        with _faults(), self._archive.open(name) as file:
            return file.read(TEXT_BYTES_MAX)

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file of rows, the header first. Raises `BundleError` for one without end."""
        with _faults():
            file = self._archive.open(name)
        with file:
            while True:
                with _faults():
                    line = file.readline(ROW_BYTES_MAX + 1)
                if not line:
                    return
                if len(line) > ROW_BYTES_MAX:
                    said = _("{file} has a line longer than {bound} bytes")
                    raise BundleError(said.format(file=name, bound=ROW_BYTES_MAX))
                yield line

    def check_files(self, files: list[RowsFile]) -> None:
        """Raises `BundleError` when the files of rows are not those that the manifest names."""
        there = self.members.keys() - TEXTS
        named = {one.name for one in files}
        if missing := sorted(named - there):
            raise BundleError(_("{file} is missing, which its manifest names").format(file=missing[0]))
        if foreign := sorted(there - named):
            raise BundleError(_("{file} is in it, which its manifest does not name").format(file=foreign[0]))


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """The bundle at `path`. Raises `BundleError`, also while its members are read inside."""
    if not path.is_file():  # a device or a pipe may never end
        raise BundleError(_("it is no regular file") if path.exists() else _("there is no such file"))
    with _faults():
        _check_end(path)
        archive = zipfile.ZipFile(path)
    with archive:
        _check_members(archive, path.stat().st_size)
        yield Bundle(archive)


@contextmanager
def _faults() -> Iterator[None]:
    """Turns what `zipfile` raises for a broken archive, and the system for one that cannot be read, into words."""
    try:
        yield
    except BundleError:
        raise
    except OSError as error:
        said = _("it cannot be read ({reason})")
        raise BundleError(said.format(reason=error.strerror or type(error).__name__)) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BundleError(_("it is no zip file, or a broken one")) from error


def _check_end(path: Path) -> None:
    """Raises `BundleError` for a list of members that would fill the memory: `zipfile` takes it in before one looks."""
    with path.open("rb") as file:
        size_bytes = file.seek(0, 2)
        file.seek(max(0, size_bytes - END.size - LARGER_BYTES))
        tail = file.read(END.size + LARGER_BYTES)
    if len(tail) < END.size:
        raise BundleError(_("it is no zip file, or a broken one"))
    mark, *_rest, members, list_bytes, _start, comment_bytes = END.unpack(tail[-END.size :])
    if mark != END_MARK or comment_bytes:
        raise BundleError(_("it is no zip file as bundles are, or is cut off"))
    if tail[: -END.size].startswith(LARGER_MARK) or members > MEMBERS_MAX or list_bytes > LIST_BYTES_MAX:
        raise BundleError(_("it lists more than {bound} members").format(bound=MEMBERS_MAX))


def _check_members(archive: zipfile.ZipFile, size_bytes: int) -> None:
    members = archive.infolist()
    if len(members) > MEMBERS_MAX:
        raise BundleError(_("it has more than {bound} members").format(bound=MEMBERS_MAX))
    if len({one.filename for one in members}) < len(members):
        raise BundleError(_("it has two members of one name"))
    for member in members:
        _check_member(member)
    if MANIFEST not in {one.filename for one in members}:
        raise BundleError(_("it has no {file}, so it is no bundle").format(file=MANIFEST))
    if sum(one.file_size for one in members) > TOTAL_BYTES_MAX:
        raise BundleError(_("it holds more than {bound} bytes").format(bound=TOTAL_BYTES_MAX))
    if sum(one.compress_size for one in members) > size_bytes:
        raise BundleError(_("its members overlap"))


def _check_member(member: zipfile.ZipInfo) -> None:
    name = _("its member {name}").format(name=ascii(member.filename[:80]))
    parts = member.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        raise BundleError(_("{name} leads out of the folder").format(name=name))
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        raise BundleError(_("{name} is a link or another thing that is no file").format(name=name))
    if member.filename not in TEXTS and not ROWS_FILE.fullmatch(member.filename):
        raise BundleError(_("{name} is none that a bundle has").format(name=name))
    if member.flag_bits & 0x1:
        raise BundleError(_("{name} is encrypted").format(name=name))
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BundleError(_("{name} is compressed in a way that bundles are not").format(name=name))
    if member.file_size > (TEXT_BYTES_MAX if member.filename in TEXTS else FILE_BYTES_MAX):
        raise BundleError(_("{name} is larger than such a file can be").format(name=name))
    if member.file_size > max(INFLATION_FREE_BYTES, INFLATION_MAX * member.compress_size):
        raise BundleError(
            _("{name} grows more than {bound}-fold when it is unpacked").format(name=name, bound=INFLATION_MAX)
        )
