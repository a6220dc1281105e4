"""The stage from outside: a scenario stands in network namespaces of its own for as long as it is wanted.

The namespaces have no names. They belong to processes that end with the one that asked for them, however it ends, so
that nothing outlives it and any number can stand at once.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from agent.course import Progress
from agent.exits import DONE
from agent.lab.namespace.allowed import available as available
from agent.lab.namespace.allowed import way
from agent.lab.namespace.processes import Channel, Message, ignore_keyboard
from agent.lab.namespace.shell import StageError as StageError
from agent.lab.namespace.shell import UnavailableError as UnavailableError
from agent.lab.scenario.trial import Outcome, outcome_of

#: Seconds that a sweep may take before it is taken for hung. Slow lines with the agent's own time-outs need many.
SWEEP_PATIENCE_S = 600.0
#: Seconds that a stage may take to stand up, on top: it needs one, and bounds each of its own steps.
STANDING_UP_PATIENCE_S = 120.0
#: Seconds that the stage may take to go down by itself.
ENDING_PATIENCE_S = 5.0
#: Where this package is found is where the stage finds it, from whatever folder this process was started.
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from agent.lab.namespace.inside import main; main(int(sys.argv[2]))"
)
#: How to enter it: `user` is empty for root, who has made no user namespace.
ENTER = "nsenter --target {pid} {user}--net --mount --pid"
USER = "--user --preserve-credentials "
#: Process, user and group, as the kernel tells them of who wrote to a socket: struct ucred of unix(7).
CREDENTIALS = struct.Struct("3i")
STANDING = """\
{name} stands, with its censor on the path.
Nobody outside can be reached from within.

A shell on its client:
  {enter}
Its system asks the resolver {resolver}.
The root certificate of its web is {web},
which curl and most programs trust there by themselves; that of Signal is
{signal}.

Ctrl+C ends it, and every program that was started in it."""


def run_scenario(
    path: Path,
    *,
    folder: Path | None = None,
    progress: Progress = lambda platform, done, total: None,
    patience_s: float = SWEEP_PATIENCE_S,
) -> Outcome:
    """A trial of a scenario's file: its world is built up, swept, and is gone.

    `folder`: for the sweep's rows; None: none are kept. Raises `StageError` when it cannot stand or does not end.
    """
    order = {"do": "sweep", "folder": str(folder.absolute()) if folder else "", "patience_s": patience_s}
    with _put_up(path, order, quiet=True) as stage:
        stage.channel.socket.settimeout(patience_s + STANDING_UP_PATIENCE_S)
        while "progress" in (message := stage.hear()):
            progress(*message["progress"])
    return replace(outcome_of(message["outcome"]), deeds=message["deeds"])


def stand(path: Path, *, program: Sequence[str] | None) -> int:
    """A scenario's file stands while `program` runs on its client, or else until Ctrl+C, and it says how to enter.

    Returns the program's exit status. Raises `StageError` when it cannot stand, or falls.
    """
    if program:
        with _put_up(path, {"do": "program", "program": list(program)}) as stage:
            stage.hear()  # it stands, and the program begins
            with _keyboard_left_to_program():
                return int(stage.hear()["status"])
    with contextlib.suppress(KeyboardInterrupt), _ended_by_signals(), _put_up(path, {"do": "stand"}) as stage:
        told = stage.hear_from_whom()
        user = USER if "--user" in way() else ""
        print(STANDING.format(enter=ENTER.format(pid=told.pop("pid"), user=user), **told), flush=True)
        stage.hear()
    return DONE


@dataclass
class Stage:
    """A stage that was put up, as the line to its first process."""

    channel: Channel
    #: What its processes wrote as their errors. None: whoever started this one reads it.
    errors: IO[bytes] | None

    def hear(self) -> Message:
        """Its next message. Raises `StageError` when that is a fault, or when it has ended."""
        try:
            message = self.channel.hear()
        except TimeoutError:
            raise StageError("The stage hangs; end other programs, or give it more time.") from None
        if message is None:
            raise StageError(f"The stage ended before its time{self._last_words()}.")
        if "fault" in message:
            raise StageError(message["fault"])
        return message

    def hear_from_whom(self) -> Message:
        """Its next message, with the `pid` of the process that said it, as this process' namespace counts."""
        self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        _, told, *_ = self.channel.socket.recvmsg(1, socket.CMSG_SPACE(CREDENTIALS.size), socket.MSG_PEEK)
        message = self.hear()
        return {**message, "pid": CREDENTIALS.unpack(told[0][2])[0]} if told else message

    def _last_words(self) -> str:
        if self.errors is None:
            return ""
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f" ({said.rstrip('.')})" if said else ""


@contextlib.contextmanager
def _put_up(path: Path, order: Message, *, quiet: bool = False) -> Iterator[Stage]:
    """A stage that does as it is told. On leaving it is taken down, with whatever runs in it.

    `quiet`: what its processes write goes nowhere, but for their last words.
    """
    if refusal := available():
        raise UnavailableError(refusal)
    ours, theirs = socket.socketpair()
    with contextlib.ExitStack() as open_ones:
        open_ones.enter_context(ours)
        errors = open_ones.enter_context(tempfile.TemporaryFile()) if quiet else None
        with theirs:
            command = [*way(), sys.executable, "-c", START, str(Path(__file__).parents[3]), str(theirs.fileno())]
            running = subprocess.Popen(  # noqa: S603 -- ourselves
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL if quiet else None,
                stdout=subprocess.DEVNULL if quiet else None,
                stderr=errors,
                preexec_fn=ignore_keyboard,  # before it has loaded itself it would complain
            )
        open_ones.callback(_take_down, running, ours)
        stage = Stage(Channel(ours), errors)
        stage.channel.say(scenario=str(path.absolute()), **order)
        yield stage


def _take_down(running: subprocess.Popen[bytes], line: socket.socket) -> None:
    """Close the line, which ends the stage; end it by force should it not heed that."""
    line.close()
    try:
        running.wait(ENDING_PATIENCE_S)
    except subprocess.TimeoutExpired:
        running.kill()  # and with it, by the kernel's hand, the first process of the stage
        running.wait()


@contextlib.contextmanager
def _keyboard_left_to_program() -> Iterator[None]:
    """While inside, Ctrl+C is the program's, which may mean something else by it than the end."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """While inside, SIGTERM is as good as Ctrl+C."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
