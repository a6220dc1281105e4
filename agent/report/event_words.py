"""An event in sentences, and as a line for a notification, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from agent.calendars import day, digits
from agent.catalog import load_catalog
from agent.language import N_, _, ngettext
from agent.report.visible import visible
from agent.timeline.records import Change, Event, Side

#: What an event is, in a word or two.
WORDS = {
    Change.ONSET: N_("blocked"),
    Change.LIFTED: N_("lifted"),
    Change.CHANGED: N_("other way"),
    Change.INTERMITTENT: N_("on and off"),
    Change.SHUTDOWN: N_("shutdown"),
}
#: What happened, between two looks; and where there was no look before.
BETWEEN = {
    Change.ONSET: N_("{platform} began to be blocked between {earliest} and {latest}."),
    Change.LIFTED: N_("{platform} could be reached again: the block ended between {earliest} and {latest}."),
    Change.CHANGED: N_("The way {platform} is blocked changed between {earliest} and {latest}."),
    Change.INTERMITTENT: N_("{platform} began to be blocked on and off between {earliest} and {latest}."),
    Change.SHUTDOWN: N_("The line to the world was cut between {earliest} and {latest}."),
}
BY = {
    Change.ONSET: N_("{platform} was blocked by {latest}."),
    Change.LIFTED: N_("{platform} could be reached again by {latest}."),
    Change.CHANGED: N_("The way {platform} is blocked had changed by {latest}."),
    Change.INTERMITTENT: N_("{platform} was blocked on and off by {latest}, when looking began."),
    Change.SHUTDOWN: N_("The line to the world was cut by {latest}, when looking began."),
}
#: Of what has an end.
ENDED = {
    Change.INTERMITTENT: N_("That ended between {earliest} and {latest}."),
    Change.SHUTDOWN: N_("It came back between {earliest} and {latest}."),
}
GOES_ON = {
    Change.INTERMITTENT: N_("At the last look that still went on."),
    Change.SHUTDOWN: N_("At the last look it had not come back."),
}
#: What stays, once it was on and off.
SETTLED = {
    Side.BLOCKED: N_("It has been blocked since."),
    Side.OPEN: N_("It has been reachable since."),
}
#: How many looks bear it out, of those that could tell.
COUNTS: dict[Change, Callable[[int], str]] = {
    Change.ONSET: lambda told: ngettext(
        "After it, {count} of {told} look that could tell found it blocked.",
        "After it, {count} of {told} looks that could tell found it blocked.",
        told,
    ),
    Change.LIFTED: lambda told: ngettext(
        "After it, {count} of {told} look that could tell reached it.",
        "After it, {count} of {told} looks that could tell reached it.",
        told,
    ),
    Change.CHANGED: lambda told: ngettext(
        "After it, {count} of {told} look that could tell saw the new way.",
        "After it, {count} of {told} looks that could tell saw the new way.",
        told,
    ),
    Change.INTERMITTENT: lambda told: ngettext(
        "Meanwhile, {count} of {told} look that could tell found it blocked.",
        "Meanwhile, {count} of {told} looks that could tell found it blocked.",
        told,
    ),
    Change.SHUTDOWN: lambda told: ngettext(
        "Meanwhile, {count} of {told} look that could tell found it cut; of a single platform that tells nothing.",
        "Meanwhile, {count} of {told} looks that could tell found it cut; of a single platform that tells nothing.",
        told,
    ),
}
#: For a screen that others may see: no time, no way of blocking.
NOTICES = {
    Change.ONSET: N_("{platform}: blocked since {day}"),
    Change.LIFTED: N_("{platform}: reachable again since {day}"),
    Change.CHANGED: N_("{platform}: blocked in another way since {day}"),
    Change.INTERMITTENT: N_("{platform}: blocked on and off since {day}"),
    Change.SHUTDOWN: N_("Cut off from the world since {day}"),
}
ENDED_NOTICES = {
    Change.INTERMITTENT: N_("{platform}: no longer on and off since {day}"),
    Change.SHUTDOWN: N_("No longer cut off from the world since {day}"),
}


def event_sentence(event: Event) -> str:
    """What happened, between which looks, how many looks bear it out, and how; safe to print, not escaped for HTML."""
    return " ".join(
        part for part in (_happened(event), _end(event), _counts(event), _ways(event), _rest(event)) if part
    )


def event_notice(event: Event) -> str:
    """A line of a few words, without a full stop: what a notification shows. Of what has ended, that it has."""
    ended = event.until_latest is not None and event.change in ENDED_NOTICES
    at = event.until_latest if ended else event.latest
    text = (ENDED_NOTICES if ended else NOTICES)[event.change]
    return _(text).format(platform=title_of(event.platform), day=day(at) if at else "")


def title_of(platform: str) -> str:
    """A platform's name as people write it; of one that no catalog knows, its key, made safe to print."""
    return _titles().get(platform) or visible(platform)


def moment_words(at: datetime) -> str:
    """A moment to the minute, with its zone."""
    return _("{moment} UTC").format(moment=minute_of(at))


def minute_of(at: datetime) -> str:
    """A moment, UTC, to the minute, where it is plain of which zone it is."""
    return f"{day(at)} {digits(f'{at:%H:%M}')}"


def mechanism_words(mechanisms: Sequence[str]) -> str:
    """Mechanisms in a row; their names are the same in every language."""
    return visible(", ".join(mechanisms))


@cache
def _titles() -> dict[str, str]:
    return {platform.key: platform.title for platform in load_catalog().platforms}


def _happened(event: Event) -> str:
    text = (BETWEEN if event.earliest else BY)[event.change]
    return _(text).format(platform=title_of(event.platform), **_moments(event.earliest, event.latest))


def _end(event: Event) -> str:
    if event.change not in ENDED:
        return ""
    if event.until_latest is None:
        return _(GOES_ON[event.change])
    ended = _(ENDED[event.change]).format(**_moments(event.until_earliest, event.until_latest))
    settled = _(SETTLED[Side(event.after)]) if event.change is Change.INTERMITTENT and event.after else ""
    return f"{ended} {settled}".strip()


def _counts(event: Event) -> str:
    count, told = digits(event.looks_for), digits(event.looks_told)
    return COUNTS[event.change](event.looks_told).format(count=count, told=told)


def _ways(event: Event) -> str:
    before, after = mechanism_words(event.mechanisms_before), mechanism_words(event.mechanisms_after)
    if event.change is Change.CHANGED:
        return _("How before: {before}; how now: {after}.").format(before=before, after=after)
    if event.change is Change.LIFTED:
        return _("How it had been blocked: {before}.").format(before=before) if before else ""
    return _("How: {after}.").format(after=after) if after else ""


def _rest(event: Event) -> str:
    count = event.looks_left_out
    if not count:
        return ""
    return ngettext("{count} more look is no evidence.", "{count} more looks are no evidence.", count).format(
        count=digits(count)
    )


def _moments(earliest: datetime | None, latest: datetime | None) -> dict[str, str]:
    return {
        "earliest": moment_words(earliest) if earliest else "",
        "latest": moment_words(latest) if latest else "",
    }
