"""The ways of telling: the user's own command, and what apprise sends to. Each says in a sentence why it failed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from agent.config.notify import Notify
from agent.language import _, ngettext
from agent.report.event_table import as_object
from agent.report.event_words import event_notice, event_sentence
from agent.timeline.records import Event
from probes.network import FENCE_VARIABLE

#: Seconds that a command may take for one event.
COMMAND_S = 30.0
#: What a command finds in its environment, in the user's language: the event in sentences, and in a few words.
SENTENCE_VARIABLE, NOTICE_VARIABLE = "DIDEBAN_SENTENCE", "DIDEBAN_NOTICE"
#: Where apprise may send to inside a fence: apprise opens its own sockets, which the fence cannot hold.
LOOPBACK = ("127.0.0.1", "::1")


class NotTold(Exception):  # noqa: N818 (it reads as what happened)
    """It could not be told. The message is a sentence, and holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of telling."""

    #: Stands in the ledger; holds no secret.
    name: str
    #: Whether several events are told at once.
    together: bool
    #: Tells these events, or raises `NotTold`.
    tell: Callable[[Sequence[Event]], None]


def ways_of(settings: Notify) -> list[Way]:
    """The ways that are set up."""
    ways = []
    if settings.command:
        ways.append(Way(name="command", together=False, tell=lambda events: _run(settings.command, events)))
    for number, url in enumerate(settings.urls, start=1):
        name = f"url-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
        ways.append(Way(name=name, together=True, tell=_sender(url, number, discreet=settings.discreet)))
    return ways


def text_of(events: Iterable[Event], *, discreet: bool) -> str:
    """What goes over the network: a line for each event; when discreet, only that there is news."""
    events = list(events)
    if discreet:
        return ngettext("There is news.", "There is news.", len(events))
    return "\n".join(map(event_notice, events))


def _run(command: Sequence[str], events: Sequence[Event]) -> None:
    """Start the user's command for each event: its JSON on the standard input, its words in the environment."""
    for event in events:
        words = {SENTENCE_VARIABLE: event_sentence(event), NOTICE_VARIABLE: event_notice(event)}
        try:
            process = subprocess.Popen(  # noqa: S603 -- the user's own command, from their own file; no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **words},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise NotTold(_("The command of [notify] cannot be started ({why}).").format(why=why)) from None
        _wait(process, f"{json.dumps(as_object(event), ensure_ascii=False)}\n".encode())


def _wait(process: subprocess.Popen[bytes], event: bytes) -> None:
    try:
        process.communicate(event, timeout=COMMAND_S)
    except subprocess.TimeoutExpired:
        seconds = f"{COMMAND_S:.0f}"
        raise NotTold(
            _("The command of [notify] took longer than {seconds} s and was ended.").format(seconds=seconds)
        ) from None
    finally:
        if process.poll() is None:
            _end(process)
    if process.returncode:
        raise NotTold(_("The command of [notify] ended with code {code}.").format(code=process.returncode))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it started: it leads a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _sender(url: str, number: int, *, discreet: bool) -> Callable[[Sequence[Event]], None]:
    def send(events: Sequence[Event]) -> None:
        where = _("entry {number} of urls in [notify]").format(number=number)
        if os.environ.get(FENCE_VARIABLE) and urlsplit(url).hostname not in LOOPBACK:
            raise NotTold(_("Inside a fence nothing is sent to {where}.").format(where=where))
        try:
            import apprise
        except ImportError:
            raise NotTold(
                _("urls in [notify] need apprise, which is not installed; run: pip install apprise")
            ) from None
        told = apprise.Apprise()
        if not told.add(url):
            raise NotTold(_("apprise does not understand {where}; see its list of services.").format(where=where))
        if not told.notify(body=text_of(events, discreet=discreet)):
            raise NotTold(_("apprise could not send to {where}.").format(where=where))

    return send
