"""Keeps practice and evidence in folders of their own: rows of the lab never stand among rows of the internet."""

from __future__ import annotations

from pathlib import Path

from agent import consent
from agent.exits import UsageError
from agent.exports.sources import is_merged
from agent.language import _
from agent.records import IMPORTED_STAGE
from agent.store.identity import FILE_NAME as IDENTITY_NAME
from agent.store.lines import months_on_disk
from agent.store.lock import read_status
from agent.store.read import rows
from agent.store.schema import TABLES


def check_for_lab(folder: Path) -> None:
    """Raises `UsageError` when a folder is one for real measuring: it holds a consent, or a sweep of the internet.

    Any consent counts, also one to an older text: where it lies, real rows stand or are going to.
    """
    _check_not_merged(folder)
    if (folder / consent.FILE_NAME).exists():
        raise UsageError(
            _("{folder} holds a consent, so it is for real rows, not the lab's; name another with --results.").format(
                folder=folder
            )
        )
    if "internet" in stages(folder):
        raise UsageError(
            _(
                "{folder} holds sweeps of the internet, and the lab's must not stand among them; name another folder "
                "with --results."
            ).format(folder=folder)
        )


def check_for_internet(folder: Path) -> None:
    """Raises `UsageError` when a folder holds a sweep of the lab, or an imported one, or merged bundles."""
    _check_not_merged(folder)
    if "lab" in stages(folder):
        raise UsageError(
            _(
                "{folder} holds sweeps of the lab (a demo's), and real ones must not stand among them; name another "
                "folder with --results, or in config.toml."
            ).format(folder=folder)
        )
    if IMPORTED_STAGE in stages(folder):
        raise UsageError(
            _(
                "{folder} holds other people's measurements, and own ones must not stand among them; name another "
                "folder with --results, or in config.toml."
            ).format(folder=folder)
        )


def check_for_import(folder: Path) -> None:
    """Raises `UsageError` when a folder holds a consent, or sweeps that were made here. A folder is of one kind, so
    that its first sweep tells."""
    _check_not_merged(folder)
    first = next(rows(folder, "sweeps"), None)
    if (folder / consent.FILE_NAME).exists() or (first is not None and first.stage != IMPORTED_STAGE):
        raise UsageError(
            _(
                "{folder} is for what is measured here, and other people's measurements must not stand among it; name "
                "another folder with --results."
            ).format(folder=folder)
        )


def check_for_merging(folder: Path) -> None:
    """Raises `UsageError` when a folder holds rows, or is meant for rows, that came in by another way than bundles."""
    if is_merged(folder):
        return
    own = (consent.FILE_NAME, IDENTITY_NAME)
    if any((folder / name).exists() for name in own) or any(True for t in TABLES for _m in months_on_disk(folder, t)):
        raise UsageError(
            _(
                "{folder} is for what is measured or imported here, and bundles must not stand among it; name a new "
                "folder with --results."
            ).format(folder=folder)
        )


def _check_not_merged(folder: Path) -> None:
    if is_merged(folder):
        raise UsageError(
            _(
                "{folder} holds the bundles of volunteers, and nothing else may stand there; name another folder."
            ).format(folder=folder)
        )


def stages(folder: Path) -> set[str]:
    """The stages of a folder's sweeps. None where there is no sweep, and where an agent is at work: its lock refuses.

    Asked before the lock is taken, so that a folder that is refused stays as it is. Raises `StoreError`.
    """
    return set() if read_status(folder).running else {sweep.stage for sweep in rows(folder, "sweeps")}
