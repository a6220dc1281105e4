"""The stage's processes: forked off one that has imported everything, each with a line to it for messages."""

from __future__ import annotations

import json
import math
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from agent.lab.namespace.shell import StageError

#: What passes between processes: a record of plain values.
Message = dict[str, Any]
#: Bytes to take from a line at once.
READ_BYTES = 65536


@dataclass
class Channel:
    """A line to another process: messages as JSON, each ended by a line feed."""

    socket: socket.socket
    _pending: bytes = b""

    def say(self, **message: object) -> None:
        """Send a message. Raises `OSError` when nobody is there any more."""
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def hear(self) -> Message | None:
        """The next message, waited for. None: the other process has ended."""
        while (message := self.taken()) is None:
            if not self.read():
                return None
        return message

    def read(self) -> bool:
        """Take in what has arrived, waiting for it. False: the other process has ended."""
        try:
            more = self.socket.recv(READ_BYTES)
        except ConnectionResetError:  # it ended with something unread
            return False
        self._pending += more
        return bool(more)

    def taken(self) -> Message | None:
        """The next message of those that were read. None: none is whole yet."""
        line, end, rest = self._pending.partition(b"\n")
        if not end:
            return None
        self._pending = rest
        message: Message = json.loads(line)
        return message


#: What a process does all its life: it is given its line to the one that started it.
Work = Callable[[Channel], None]


@dataclass(kw_only=True)
class Process:
    """One process of the stage."""

    #: What it is, in words that a sentence can begin with.
    name: str
    pid: int
    channel: Channel
    #: What it has said and nobody has asked for yet.
    heard: list[Message] = field(default_factory=list)


@dataclass
class Household:
    """The processes of one stage, as the one sees them that started them all.

    `outside`: the line to whoever asked for the stage. When that one ends, so does this process, and everything else
    with it: it is the first of its process namespace.
    """

    outside: Channel
    processes: list[Process] = field(default_factory=list)

    def start(self, name: str, work: Work) -> Process:
        """Fork a process that does `work` and ends. A fault in it becomes its last message."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            ours.close()
            _live(name, work, Channel(theirs))
        theirs.close()
        process = Process(name=name, pid=pid, channel=Channel(ours))
        self.processes.append(process)
        return process

    def hear(self, process: Process, *, patience_s: float | None) -> Message:
        """The next message of `process`. Raises `StageError` when any of them fails or ends, or it takes too long.

        Ends this process when the one outside has ended. Without a patience it waits for ever.
        """
        until_s = math.inf if patience_s is None else time.monotonic() + patience_s
        while not process.heard:
            ready = self._ready(None if until_s == math.inf else max(0.0, until_s - time.monotonic()))
            if not ready:
                raise StageError(f"{process.name} took too long; end other programs, or give it more time.")
            for one in ready:
                _listen_to(one)
        return process.heard.pop(0)

    def _ready(self, patience_s: float | None) -> list[Process]:
        """Those that have said something, or ended; waits until any has. Empty: none has, within `patience_s`."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.outside.socket, selectors.EVENT_READ)
            for one in self.processes:
                selector.register(one.channel.socket, selectors.EVENT_READ, one)
            ready = [key.data for key, _ in selector.select(patience_s)]
        if None in ready:
            raise SystemExit  # the one outside never says anything more: it has ended
        return ready


def _listen_to(process: Process) -> None:
    """Take in what a process has said. Raises `StageError` when that is a fault, or when it has ended."""
    if not process.channel.read():
        raise StageError(f"{process.name} ended before its time.")
    while (message := process.channel.taken()) is not None:
        if "fault" in message:
            raise StageError(message["fault"])
        process.heard.append(message)


def _live(name: str, work: Work, channel: Channel) -> NoReturn:
    """The whole life of a forked process. It never returns into what its parent was doing."""
    try:
        work(channel)
    except StageError as fault:
        channel.say(fault=str(fault))
    except BrokenPipeError:  # the one that it was started by has ended
        pass
    except BaseException as fault:  # noqa: BLE001 -- whatever it is, it is told
        traceback.print_exc()
        channel.say(fault=f"{name} failed: {str(fault).rstrip('.') or type(fault).__name__}.")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def ignore_keyboard() -> None:
    """Leave Ctrl+C to the process outside: it ends the stage in good order."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def heed_keyboard() -> None:
    """Undo `ignore_keyboard`, for a program that is to be run."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
