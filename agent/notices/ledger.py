"""What was told, by each channel: a small file beside the results, so that nobody is told twice after a restart.

It is written after a channel has told, never before: whoever pulls the plug in between is told once more, and not
never. What there was to tell before a channel was first used is history, and is not told by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.language import _
from agent.store import StoreError
from agent.store.disk import sentences
from agent.store.text_file import write_text
from agent.timeline.records import Change, Event

FILE_NAME = "notices.json"
VERSION = 1
#: What happened longer ago, and is seen for the first time, came to light by judging again: it is history.
FRESH = timedelta(days=14)


@dataclass(kw_only=True)
class Channel:
    """What one channel has told, and what it still has to."""

    told: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)


def keys_of(event: Event) -> tuple[str, ...]:
    """What there is to tell of an event: that it is, and of what has ended, that it has."""
    return (event.event_id, f"{event.event_id}.ended") if event.until_latest else (event.event_id,)


def due(
    events: Sequence[Event], channel: Channel | None, kinds: Iterable[Change], now: datetime
) -> tuple[Channel, list[Event]]:
    """The channel as it now stands, and the events that it has to tell, in order.

    `channel` is None where it was never used. What is not among `kinds`, or no longer fresh, counts as told. What no
    longer is, since it was no more than a part of a coming and going, is not waited for.
    """
    keys = {key for event in events for key in keys_of(event)}
    if channel is None:
        return Channel(told=keys), []
    wanted, waiting = set(kinds), channel.waiting & keys
    for event in events:
        fresh = (event.until_latest or event.latest or now) > now - FRESH
        if event.change in wanted and fresh:
            waiting |= {*keys_of(event)} - channel.told
    told = channel.told | (keys - waiting)
    return Channel(told=told, waiting=waiting), [event for event in events if {*keys_of(event)} & waiting]


def tell(channel: Channel, events: Iterable[Event]) -> Channel:
    """The channel once it has told these events."""
    keys = {key for event in events for key in keys_of(event)}
    return Channel(told=channel.told | keys, waiting=channel.waiting - keys)


def read(folder: Path) -> dict[str, Channel]:
    """The channels by name; none where there is no file. Raises `StoreError` for one that cannot be understood."""
    path = folder / FILE_NAME
    try:
        with sentences(path):
            text = path.read_text(encoding="utf-8") if path.exists() else ""
        return _channels_of(json.loads(text)) if text else {}
    except (ValueError, TypeError, KeyError, AttributeError):  # cut, or edited
        raise StoreError(
            _("{path} cannot be understood; delete it, and what happened before that is not told.").format(path=path)
        ) from None


def write(folder: Path, channels: dict[str, Channel]) -> None:
    """Put the channels on the disk in one step, for their owner alone. Raises `StoreError`."""
    content = {name: {"told": sorted(one.told), "waiting": sorted(one.waiting)} for name, one in channels.items()}
    write_text(folder / FILE_NAME, json.dumps({"version": VERSION, "channels": content}, indent=1) + "\n")


def _channels_of(document: dict[str, Any]) -> dict[str, Channel]:
    if document["version"] != VERSION:
        raise ValueError(document["version"])
    return {
        name: Channel(told=set(map(str, one["told"])), waiting=set(map(str, one["waiting"])))
        for name, one in document["channels"].items()
    }
