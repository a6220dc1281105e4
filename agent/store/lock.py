"""One agent per results folder, and what it is doing now.

The lock is the kernel's: it is gone with the process that held it, however that ended. `agent.json` beside it only
tells people about the holder, and nothing depends on it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from agent.language import _
from agent.store import StoreError
from agent.store.cells import encode_moment
from agent.store.disk import FILE_MODE, AppendFile, make_folder, replace_file

LOCK_NAME, STATUS_NAME = "agent.lock", "agent.json"
#: Seconds to try for the lock. `read_status` holds it for an instant, and nobody should be turned away for that.
PATIENCE_S = 0.5


class LockHeld(Exception):  # noqa: N818 (the contract's name; it reads as what happened)
    """Another process holds the results folder. The message is one sentence that names it."""


class ResultsLock:
    """The right to write under a results folder, as a context manager or by `acquire` and `release`."""

    def __init__(self, folder: Path, doing: str = "running") -> None:
        """`doing` says in a word or two what for; it is shown to whoever comes second."""
        self._folder = folder
        self._doing = doing
        self._lock = _lock_of(folder)

    def acquire(self) -> None:
        """Takes the lock, or raises `LockHeld`; `StoreError` when the folder cannot be used."""
        make_folder(self._folder)
        try:
            self._lock.acquire(timeout=PATIENCE_S)
        except Timeout:  # it is an OSError too
            raise LockHeld(_who_holds(self._folder)) from None
        except OSError as error:
            raise StoreError.from_os(self._folder / LOCK_NAME, error) from error
        try:
            write_status(self._folder, {"doing": self._doing})
        except StoreError:
            self.release()
            raise

    def release(self) -> None:
        """Gives the lock back. The last status stays, to be read as that of an agent which ended."""
        self._lock.release()

    def __enter__(self) -> ResultsLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """What the agent of a folder last said of itself."""

    #: Whether a process holds the folder at this moment.
    running: bool
    #: What was last written by `write_status`, with `pid`. Empty when there is nothing that can be read.
    facts: Mapping[str, Any] = field(default_factory=dict)


def write_status(folder: Path, status: Mapping[str, object]) -> None:
    """Puts `status` and this process's number in place of what was said before, in one step.

    Values are what JSON takes, and moments. Raises `StoreError` when the folder cannot be written.
    """
    text = json.dumps({"pid": os.getpid(), **status}, default=_moment, ensure_ascii=False)
    draft = folder / f"{STATUS_NAME}.new"
    with AppendFile(draft) as file:
        file.cut(0)
        file.write(f"{text}\n".encode())
    replace_file(draft, folder / STATUS_NAME)


def read_status(folder: Path) -> AgentStatus:
    """What the agent last said, and whether it still runs. A missing or torn `agent.json` gives no facts."""
    try:
        facts = json.loads((folder / STATUS_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        facts = {}
    return AgentStatus(running=_is_held(folder), facts=facts if isinstance(facts, dict) else {})


def _is_held(folder: Path) -> bool:
    if not (folder / LOCK_NAME).exists():
        return False  # and none is made: asking leaves no trace
    try:
        with _lock_of(folder).acquire(timeout=0):
            return False
    except Timeout:  # it is an OSError too
        return True
    except OSError as error:
        raise StoreError.from_os(folder / LOCK_NAME, error) from error


def _lock_of(folder: Path) -> FileLock:
    # Not bound to a thread: a signal's handler or a worker may be the one to give it back.
    return FileLock(folder / LOCK_NAME, mode=FILE_MODE, thread_local=False)


def _who_holds(folder: Path) -> str:
    facts = read_status(folder).facts
    holder = _("another process")
    if isinstance(facts.get("pid"), int):
        holder = _("process {pid}").format(pid=facts["pid"])
    if isinstance(facts.get("doing"), str):
        holder = f"{holder} ({facts['doing']})"
    told = _("{folder} is in use by {holder}; wait for it, end it, or choose another results folder.")
    return told.format(folder=folder, holder=holder)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return encode_moment(value)
    raise TypeError(f"{value!r} has no form in {STATUS_NAME}")
