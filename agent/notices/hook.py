"""What `run` does after a sweep for whoever wants to be told: it starts the teller, and waits for it within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

import agent
from agent.config.notify import Notify
from agent.language import _, current

#: Seconds that the telling may take in all. It ends what it started by itself long before.
TELLING_S = 300.0
#: Seconds that it has to end what it started.
ENDING_S = 5.0


async def tell_of_changes(settings: Notify, folder: Path, *, stage: str, stop: asyncio.Event) -> list[str]:
    """Tell what changed, in a process of its own, as far as `stop` lets it; sentences for the log, none when all is
    well. Raises nothing: whatever becomes of a notification, the measuring goes on."""
    if stop.is_set() or not (settings.command or settings.urls):
        return []
    try:
        process = await asyncio.create_subprocess_exec(
            *_teller(folder, stage),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _where_we_are(), "PYTHONUTF8": "1"},
            start_new_session=True,  # Ctrl+C is for the agent, which ends this in order
        )
    except OSError as error:
        return [_("The notices could not be started ({why}).").format(why=error.strerror or error)]
    work = asyncio.ensure_future(process.communicate(json.dumps(_as_section(settings)).encode()))
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({work, stopped}, timeout=TELLING_S, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not work.done():
        await _end(process, work)
        return [] if stop.is_set() else [_("The notices took too long and were ended; the next sweep tries again.")]
    out, err = work.result()
    lines = out.decode(errors="replace").splitlines()
    if process.returncode:
        fault = (err.decode(errors="replace").strip().splitlines() or [""])[-1]
        lines.append(_("The notices failed ({why}); the next sweep tries again.").format(why=fault))
    return lines


async def _end(process: asyncio.subprocess.Process, work: asyncio.Future[tuple[bytes, bytes]]) -> None:
    for end in (process.terminate, process.kill):
        with contextlib.suppress(ProcessLookupError):
            end()
        done, _waiting = await asyncio.wait({work}, timeout=ENDING_S)
        if done:
            return
    work.cancel()


def _teller(folder: Path, stage: str) -> list[str]:
    return [sys.executable, "-m", "agent.notices.tell", str(folder.absolute()), stage]


def _where_we_are() -> str:
    """Where Python finds this package, also when it was started from elsewhere."""
    paths = [str(Path(agent.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(path for path in paths if path)


def _as_section(settings: Notify) -> dict[str, object]:
    """The settings as they stand in config.toml."""
    quiet = settings.quiet
    return {
        "command": list(settings.command),
        "urls": list(settings.urls),
        "quiet_hours": f"{quiet.begin:%H:%M}-{quiet.end:%H:%M}" if quiet else "",
        "language": settings.language or current(),
        "events": [str(change) for change in settings.events],
        "discreet": settings.discreet,
    }
