"""Being told of changes while `run` goes on: the rules of [notify] in config.toml. By default nobody is told anything.

A notification shows on a screen that others may see, and one over the network tells its carrier. So it is the user who
switches it on, and what goes over the network says no more than that there is news, unless they ask for more.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from agent.config.rules import Rule, kind_of, quoted, shown
from agent.language import N_, _, languages
from agent.timeline.records import Change

#: Bounds of a list; more is a slip.
WORDS_MAX, URLS_MAX = 50, 10
_QUIET = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
#: A scheme and something behind it, as apprise takes it. It is read by apprise alone.
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of the day, local time, in which nobody is told; over midnight if they end before they begin."""

    begin: time
    end: time

    def covers(self, at: time) -> bool:
        """Whether a time of the day, local, is in them: from the beginning to before the end."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Whom `run` tells of changes, and when."""

    #: A program and its arguments. Empty: none.
    command: tuple[str, ...] = ()
    #: Where apprise sends to. They hold secrets: they are never shown.
    urls: tuple[str, ...] = ()
    quiet: Quiet | None = None
    #: Code of the language. Empty: that of the agent.
    language: str = ""
    #: The kinds of events that are told.
    events: tuple[Change, ...] = tuple(Change)
    #: Whether what goes to the urls says only that there is news.
    discreet: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A list of texts, of which none is empty and none holds a control character."""

    most: int
    remedy: str
    #: What each must look like. None: anything.
    shape: re.Pattern[str] | None = None
    #: Whether a text may be shown in a complaint.
    secret: bool = False

    def complaint(self, value: object) -> str:
        if not isinstance(value, list):
            return _("is {kind}; {remedy}").format(kind=kind_of(value), remedy=_(self.remedy))
        if len(value) > self.most:
            return _("has {count} entries, and {most} are allowed; leave some out").format(
                count=len(value), most=self.most
            )
        for number, entry in enumerate(value, start=1):
            if not isinstance(entry, str) or not entry.strip() or not entry.isprintable() or not self._fits(entry):
                which = _("entry {number}").format(number=number) if self.secret else shown(entry)
                return _("holds {entry}, which does not belong there; {remedy}").format(
                    entry=which, remedy=_(self.remedy)
                )
        return ""

    def _fits(self, entry: str) -> bool:
        return self.shape is None or self.shape.fullmatch(entry) is not None


@dataclass(frozen=True, slots=True)
class Hours:
    """Two times of the day, or nothing."""

    def complaint(self, value: object) -> str:
        if value == "" or (isinstance(value, str) and _QUIET.fullmatch(value)):
            return ""
        return _('is not two times of the day; write them as "23:00-07:00", or leave it out')


@dataclass(frozen=True, slots=True)
class Language:
    """A language's code, or nothing."""

    def complaint(self, value: object) -> str:
        if value == "" or value in languages():
            return ""
        return _("is not one of the languages; write {languages}, or leave it out").format(
            languages=" / ".join(map(quoted, languages()))
        )


@dataclass(frozen=True, slots=True)
class Kinds:
    """A list of kinds of events, each once."""

    def complaint(self, value: object) -> str:
        words = [str(change) for change in Change]
        remedy = _("write a list of {words}, or leave it out for all").format(words=", ".join(map(quoted, words)))
        if not isinstance(value, list) or not value:
            return _("is no list of kinds; {remedy}").format(remedy=remedy)
        for entry in value:
            if entry not in words:
                near = difflib.get_close_matches(str(entry), words, n=1)
                near_remedy = _("perhaps you mean {word}").format(word=quoted(near[0])) if near else remedy
                return _("holds {entry}, which is no kind of event; {remedy}").format(
                    entry=shown(entry), remedy=near_remedy
                )
            if value.count(entry) > 1:
                return _("names {entry} twice; name it once").format(entry=quoted(entry))
        return ""


@dataclass(frozen=True, slots=True)
class Truth:
    """true or false."""

    def complaint(self, value: object) -> str:
        if isinstance(value, bool):
            return ""
        return _("is {kind}; write true or false, without quotation marks").format(kind=kind_of(value))


NOTIFY_RULES: Mapping[str, Rule] = {
    "command": Texts(
        most=WORDS_MAX, remedy=N_('write a program and its arguments, such as ["notify-send", "Dideban"]')
    ),
    "urls": Texts(most=URLS_MAX, remedy=N_("write apprise's URLs, each with its scheme"), shape=_URL, secret=True),
    "quiet_hours": Hours(),
    "language": Language(),
    "events": Kinds(),
    "discreet": Truth(),
}


def notify_of(values: Mapping[str, Any]) -> Notify:
    """The settings of a section that keeps its rules."""
    events: Sequence[str] = values.get("events", [str(change) for change in Change])
    return Notify(
        command=tuple(values.get("command", ())),
        urls=tuple(values.get("urls", ())),
        quiet=quiet_of(values.get("quiet_hours", "")),
        language=values.get("language", ""),
        events=tuple(map(Change, events)),
        discreet=values.get("discreet", True),
    )


def quiet_of(text: str) -> Quiet | None:
    """The hours in "23:00-07:00"; None for an empty text."""
    if not (match := _QUIET.fullmatch(text)):
        return None
    begin_h, begin_min, end_h, end_min = map(int, match.groups())
    return Quiet(begin=time(begin_h, begin_min), end=time(end_h, end_min))
