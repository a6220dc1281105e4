"""Makes a report smaller whose page would be too big to send; it says what it leaves out. Pure."""

from __future__ import annotations

from dataclasses import replace

from agent.report.page.facts import Place, Report

#: A page of this size opens on an old phone, and goes through a messenger on a slow line.
PAGE_MAX_BYTES = 1_000_000
#: Stories that are kept before anything else is shortened: enough for every platform's newest verdict.
STORIES_KEPT = 12


def smaller(report: Report, stories: int) -> tuple[Report, int] | None:
    """The report and how many stories it tells, with less of what there is most of. None: nothing is left to leave out.

    First go the stories of changes, then the oldest months and changes of every vantage point, then the other stories.
    """
    if stories > STORIES_KEPT:
        return report, max(stories // 2, STORIES_KEPT)
    places = tuple(_shorter(place) for place in report.places)
    if places != report.places:
        return replace(report, places=places), stories
    return (report, stories // 2) if stories else None


def _shorter(place: Place) -> Place:
    """Half as many months, one at least, and half as many changes."""
    months = max(len(place.calendar) // 2, min(len(place.calendar), 1))
    events = len(place.events) // 2
    return replace(
        place,
        calendar=place.calendar[:months],
        months_not_shown=place.months_not_shown + len(place.calendar) - months,
        events=place.events[:events],
        events_not_shown=place.events_not_shown + len(place.events) - events,
    )
