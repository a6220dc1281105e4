"""A file that is whole or not there, its owner's alone, and never in the place of another one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from agent.exits import UsageError
from agent.language import _
from agent.store.disk import BINARY, FILE_MODE


def check_new(path: Path) -> None:
    """Raises `UsageError` when there is something at `path`, or no folder to put it in."""
    if path.exists() or path.is_symlink():
        raise UsageError(
            _("{path} is there already; name another file with --output, or move it away.").format(path=path)
        )
    if not path.parent.is_dir():
        raise UsageError(
            _("{folder} is no folder; make it, or name another file with --output.").format(folder=path.parent)
        )


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, seen under its name once all is written. Raises `UsageError` when that cannot be done."""
    check_new(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY, FILE_MODE)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            check_new(path)
            os.replace(draft, path)
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
    except OSError as error:
        raise UsageError(
            _("{path} cannot be written ({reason}); name another file with --output.").format(
                path=path, reason=error.strerror or type(error).__name__
            )
        ) from error
