"""`dideban events`: what changed, between which looks, and how sure that is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from agent.calendars import day, digits
from agent.commands import check_results, config_of
from agent.commands.review import moment, platforms_of, stage_of
from agent.exits import DONE, UsageError
from agent.language import _, ngettext
from agent.report.visible import visible
from agent.timeline.events import events_of
from agent.timeline.records import Event, Finding


def run(options: argparse.Namespace) -> int:
    from agent.report.event_table import as_csv, as_json, show_events  # only now: rich is slow to load
    from agent.report.findings import many_objects
    from agent.report.results import OF_FINDING, findings_in, left_out_sentences, results_of

    folder, stage = config_of(options).results, stage_of(options)
    since, until = moment("--since", options.since, end=False), moment("--until", options.until, end=True)
    if since and until and since >= until:
        raise UsageError(
            _("--since {since} is not before --until {until}; exchange them.").format(
                since=options.since, until=options.until
            )
        )
    platforms = platforms_of(options)
    results = results_of(folder, stage=stage, columns=OF_FINDING)
    findings = findings_in(results)
    with many_objects():
        events = chosen(events_of(findings, stage=stage), platforms, since, until)
    if options.csv:
        print(as_csv(events), end="", flush=True)
    elif options.json:
        print(as_json(events), flush=True)
    elif events:
        show_events(events, words=options.words)
    if not events:
        print(
            visible(f"dideban: {nothing(folder, findings, filtered=bool(platforms or since or until))}"),
            file=sys.stderr,
        )
    for sentence in left_out_sentences(results):
        print(visible(sentence), file=sys.stderr)
    return DONE


def chosen(
    events: Iterable[Event], platforms: Sequence[str], since: datetime | None, until: datetime | None
) -> list[Event]:
    """The events of some platforms, and what concerns all, that may have happened in a time."""
    return [
        event
        for event in events
        if (not platforms or not event.platform or event.platform in platforms) and _touches(event, since, until)
    ]


def nothing(folder: Path, findings: Sequence[Finding], *, filtered: bool) -> str:
    """What to say when there is no event. It is no error: nothing is an answer too."""
    if not findings:
        check_results(folder)
        return _("There is no verdict of this kind of sweep; --lab and --imported choose another.")
    if filtered:
        return _("No event matches.")
    count = len(findings)
    return ngettext(
        "No change: {count} verdict of {first} to {last}. One odd look is none; three that agree are.",
        "No change: {count} verdicts of {first} to {last}. One odd look is none; three that agree are.",
        count,
    ).format(count=digits(count), first=day(findings[0].observed_at), last=day(findings[-1].observed_at))


def _touches(event: Event, since: datetime | None, until: datetime | None) -> bool:
    first, last = event.earliest or event.latest, event.until_latest or event.latest
    return (since is None or last is None or last >= since) and (until is None or first is None or first < until)
