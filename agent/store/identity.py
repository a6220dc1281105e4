"""A random id for this installation: it tells vantage points apart when rows are put together, and names nobody."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from agent.store.disk import AppendFile, make_folder
from agent.store.text_file import write_text

FILE_NAME = "vantage.id"
_WHOLE = re.compile(r"v-[0-9a-f]{12}\n")


def vantage_id(folder: Path) -> str:
    """The id kept in the results folder; made there when there is none, or none that can be read.

    Raises `StoreError` when the folder cannot be used.
    """
    path = folder / FILE_NAME
    make_folder(folder)
    with AppendFile(path) as file:
        kept = file.read(0, 64).decode("ascii", "replace")
    if _WHOLE.fullmatch(kept):
        return kept.strip()
    made = f"v-{secrets.token_hex(6)}\n"
    write_text(path, made)
    return made.strip()
