"""`sources.json` in a folder of merged bundles: what was taken in, and that the folder is one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.language import _
from agent.store import StoreError
from agent.store.text_file import write_text

FILE_NAME = "sources.json"
FORMAT, FORMAT_VERSION = "dideban-merged", 1


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The bundles of a folder."""

    #: Stage of all rows in it; empty: nothing was taken in yet.
    stage: str = ""
    #: What is told of each bundle, by its SHA-256.
    bundles: dict[str, dict[str, Any]] = field(default_factory=dict)


def is_merged(folder: Path) -> bool:
    """Whether a folder is one of merged bundles."""
    return (folder / FILE_NAME).exists()


def read_sources(folder: Path) -> Sources:
    """What was taken in before. Raises `StoreError` for a file that cannot be read."""
    path = folder / FILE_NAME
    if not path.exists():
        return Sources()
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if (said["format"], said["format_version"]) != (FORMAT, FORMAT_VERSION):
            raise ValueError
        return Sources(stage=str(said["stage"]), bundles={one["sha256"]: one for one in said["bundles"]})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        unread = _(
            "{path} cannot be read, so nobody can say what was merged before; merge the bundles into a new folder."
        )
        raise StoreError(unread.format(path=path)) from None


def write_sources(folder: Path, sources: Sources) -> None:
    """Puts it in place of what was said before. Bundles stand in the order of their hashes."""
    told = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "stage": sources.stage,
        "bundles": [sources.bundles[sha256] for sha256 in sorted(sources.bundles)],
    }
    write_text(folder / FILE_NAME, json.dumps(told, indent=1, ensure_ascii=True) + "\n")
