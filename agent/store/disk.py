"""What the store asks of the disk. Every error of the operating system becomes a sentence that names the file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.store import StoreError

#: Only the owner reads and writes: the rows say what was looked at, and when.
FILE_MODE, FOLDER_MODE = 0o600, 0o700
#: Windows replaces no file while somebody reads it, a virus scanner say: it is tried again for half a second.
REPLACE_TRIES, REPLACE_WAIT_S = 10, 0.05
#: Windows would translate line ends; elsewhere the flag does not exist.
BINARY = getattr(os, "O_BINARY", 0)


class AppendFile:
    """A file open for appending, made when there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> AppendFile:
        with sentences(self.path):
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | BINARY, FILE_MODE)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def size_bytes(self) -> int:
        return os.fstat(self._descriptor).st_size

    def read(self, start: int, length: int) -> bytes:
        """Bytes from `start` on; fewer only at the end of the file."""
        parts = []
        with sentences(self.path):
            os.lseek(self._descriptor, start, os.SEEK_SET)
            while length > 0 and (part := os.read(self._descriptor, length)):
                parts.append(part)
                length -= len(part)
        return b"".join(parts)

    def write(self, data: bytes) -> None:
        """Appends in one write, unless the disk takes it in pieces, and returns when the disk has it."""
        with sentences(self.path):
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)

    def cut(self, size_bytes: int) -> None:
        with sentences(self.path):
            os.ftruncate(self._descriptor, size_bytes)
            os.fsync(self._descriptor)


def make_folder(folder: Path) -> None:
    """Makes the folder when there is none. One that is there keeps the permissions its owner gave it."""
    with sentences(folder):
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def cut_file(path: Path, size_bytes: int) -> None:
    """Cuts a file to its first `size_bytes` bytes."""
    with AppendFile(path) as file:
        file.cut(size_bytes)


def replace_file(draft: Path, path: Path) -> None:
    """Puts `draft` in the place of `path` in one step; a reader, or a crash, sees the one or the other."""
    with sentences(path):
        for patience in range(REPLACE_TRIES, 0, -1):
            try:
                os.replace(draft, path)
                break
            except PermissionError:
                if os.name != "nt" or patience == 1:
                    raise
                time.sleep(REPLACE_WAIT_S)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Puts the folder's list of names on the disk: a new file whose name is lost to a power cut is lost with it."""
    if os.name == "nt":  # Windows has no descriptor for a folder and keeps names in its own journal
        return
    with sentences(folder):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turns an error of the operating system into the `StoreError` that says what to do about `path`."""
    try:
        yield
    except OSError as error:
        raise StoreError.from_os(path, error) from error
