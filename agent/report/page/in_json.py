"""The report's facts as one JSON object, for programs: docs/report.md says what stands where.

Its texts are English, whoever made it: a file for programs is the same in every language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from agent.language import ENGLISH, speaking
from agent.report.left_out import LeftOut
from agent.report.page.facts import Now, Place, Report, Subject
from agent.report.page.story import Source, Told, ToldHop, tell

FORMAT = "dideban-report"
#: Rises when a key is renamed, removed, or changes its meaning; a new key changes nothing for who reads the others.
VERSION = 1
#: What is computed from a record's other fields, and told beside them.
COMPUTED: Mapping[type, tuple[str, ...]] = {
    Now: ("accused", "told"),
    Place: ("is_old",),
    Subject: ("contradicts_itself",),
    LeftOut: ("sentence",),
}
#: What is for the drawing of a picture alone.
UNTOLD: Mapping[type, frozenset[str]] = {Subject: frozenset({"lanes"})}


def as_json(report: Report, sources: Iterable[Source]) -> str:
    """The report as JSON in ASCII, with a line's end. Moments are ISO 8601 in UTC; what is not known is null."""
    with speaking(ENGLISH):
        stories = [_story(one) for one in tell(sources)]
        whole = {"format": FORMAT, "version": VERSION, **_plain(report), "stories": stories}
    return json.dumps(whole, ensure_ascii=True, indent=1) + "\n"


def _story(one: Told) -> dict[str, Any]:
    story = one.story
    return {
        "verdict": _plain(story.verdict),
        "line": one.line,
        "asides": list(one.asides),
        "parts": _plain(story.parts),
        "endpoints": [
            {
                "endpoint": way.endpoint,
                "state": str(way.state),
                "mechanisms": list(way.mechanisms),
                "hops": [_hop(hop) for hop in way.hops],
                "would_change": list(way.supposed),
            }
            for way in one.ways
        ],
        "endpoints_not_told": dict(story.others),
        "steps": _plain(story.steps),
    }


def _hop(one: ToldHop) -> dict[str, Any]:
    return {
        "name": one.hop.name,
        "path": _plain(one.stations),
        "swaps": _plain(one.swaps),
        "steps": _plain(one.hop.steps),
        "changes": list(one.hop.changes),
        "rules": _plain(one.rules),
        "silent": list(one.hop.silent),
        "unknown": list(one.hop.unknown),
    }


def _plain(value: Any) -> Any:
    """A fact as JSON knows it: records as objects, with what is computed from them."""
    if is_dataclass(value) and not isinstance(value, type):
        untold = UNTOLD.get(type(value), frozenset[str]())
        names = [field.name for field in fields(value) if field.name not in untold]
        return {name: _plain(getattr(value, name)) for name in (*names, *COMPUTED.get(type(value), ()))}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    if isinstance(value, date):  # a moment is one too
        return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value.isoformat()
    return str(value) if isinstance(value, str) else value
