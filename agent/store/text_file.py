"""Writes a text file whole or not at all, readable by its owner alone: what commands put beside the CSV files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from agent.store.disk import AppendFile, make_folder, replace_file


def write_text(path: Path, text: str) -> None:
    """Put `text` at `path` in one step, UTF-8. Raises `StoreError` when that cannot be done."""
    make_folder(path.parent)
    draft = path.with_name(f"{path.name}.new")
    try:
        with AppendFile(draft) as file:
            file.cut(0)
            file.write(text.encode())
        replace_file(draft, path)
    except BaseException:
        with suppress(OSError):  # it may never have been made
            draft.unlink()
        raise
