"""What a report's facts are in words, in the current language, for every format. Plain text: each format escapes it."""

from __future__ import annotations

from datetime import date, datetime

from agent.calendars import day, digits, month
from agent.language import RIGHT_TO_LEFT as FROM_THE_RIGHT
from agent.language import _, current, ngettext
from agent.records import VantageState
from agent.report.event_words import moment_words
from agent.report.page.facts import Now, Place, Report, Standing
from agent.report.page.labels import LIKELY, LINES, NOT_LATELY, STANDINGS, STATES
from agent.report.visible import visible
from agent.timeline.evidence import SHOWS
from agent.timeline.records import Change, Event, Record, Side
from agent.timeline.words import SCOPES
from agent.timeline.words import STATES as REPORTED
from agent.translations import country_of
from agent.verdict.tables import MECHANISM_WORDS


def stands(now: Now) -> str:
    """In a word or two, how the platform stands."""
    if now.standing in LIKELY and not now.blocked:
        return _(LIKELY[now.standing])
    if now.standing is Standing.NOT_LOOKED_AT and now.last_at:
        return _(NOT_LATELY)
    return _(STANDINGS[now.standing])


def summary(place: Place, report: Report) -> list[tuple[Now, str, list[str]]]:
    """Of each standing that occurs, the gravest first: one of its platforms, its word, and their names."""
    groups: dict[tuple[int, str], tuple[Now, list[str]]] = {}
    order = list(Standing)
    for now in place.now:
        key = order.index(now.standing), "" if now.blocked else stands(now)
        groups.setdefault(key, (now, []))[1].append(visible(report.title(now.platform)))
    return [(now, stands(now), names) for _key, (now, names) in sorted(groups.items(), key=lambda group: group[0])]


def seen(place: Place) -> str:
    """Where it was looked from, as its user stated it."""
    country = country_of(place.country, current()) if place.country else _("a country that is not stated")
    network = _("network AS{asn}").format(asn=place.asn) if place.asn else _("a network that is not stated")
    if not place.label:
        return _("Seen from {country}, {network}.").format(
            country=isolated(visible(country)), network=isolated(network)
        )
    return _("Seen from {country}, {network}, which its user calls “{label}”.").format(
        country=isolated(visible(country)), network=isolated(network), label=isolated(visible(place.label))
    )


def looked(place: Place) -> str:
    """How often and when it was looked from there."""
    return ngettext(
        "{count} sweep, from {first} to {last}.", "{count} sweeps, from {first} to {last}.", place.sweeps
    ).format(count=digits(place.sweeps), first=moment_words(place.first_at), last=moment_words(place.last_at))


def line(place: Place) -> str:
    """What the line was like in the sweeps that are no evidence; empty when it was always normal."""
    others = [(name, count) for name, count in place.lines.items() if name != "normal"]
    if not others:
        return ""
    counts = _("; ").join(f"{_(LINES[VantageState(name)])}: {digits(count)}" for name, count in others)
    return _("Sweeps whose line was not normal, and in which a failure accuses nobody: {counts}.").format(counts=counts)


def age(place: Place) -> str:
    """That "now" is past, where it is; else empty."""
    if not place.is_old:
        return ""
    return ngettext(
        "These results are old. Nobody has looked since {moment}, {count} day ago: “now” means then.",
        "These results are old. Nobody has looked since {moment}, {count} days ago: “now” means then.",
        place.age_days,
    ).format(moment=moment_words(place.last_at), count=digits(place.age_days))


def how(mechanism: str) -> str:
    """What a mechanism is, in a sentence; empty for one that this version does not know."""
    return _(MECHANISM_WORDS[mechanism]) if mechanism in MECHANISM_WORDS else ""


def sure(now: Now) -> list[str]:
    """How sure it is: the looks counted, what they found, and what does not fit."""
    if now.standing is Standing.RETIRED:
        return []
    return [
        sentence for sentence in (_counted(now), _alone(now), _proved(now), _untold(now), _otherwise(now)) if sentence
    ]


def _counted(now: Now) -> str:
    if not now.told:
        return _("No look of its last week could tell.") if now.counted_from else ""
    numbers = {
        "accused": digits(now.accused),
        "reached": digits(now.reached),
        "told": digits(now.told),
        "moment": moment_words(now.counted_from) if now.counted_from else "",
    }
    if not now.reached and not now.blocked:
        return ngettext(
            "Found likely blocked in {accused} of {told} look that could tell, counted from {moment}.",
            "Found likely blocked in {accused} of {told} looks that could tell, counted from {moment}.",
            now.told,
        ).format(**numbers)
    if not now.reached:
        return ngettext(
            "Found blocked in {accused} of {told} look that could tell, counted from {moment}.",
            "Found blocked in {accused} of {told} looks that could tell, counted from {moment}.",
            now.told,
        ).format(**numbers)
    if not now.accused:
        return ngettext(
            "Reached in {reached} of {told} look that could tell, counted from {moment}.",
            "Reached in {reached} of {told} looks that could tell, counted from {moment}.",
            now.told,
        ).format(**numbers)
    if not now.blocked:
        return _(
            "Found likely blocked in {accused} and reached in {reached} of {told} looks that could tell, counted from "
            "{moment}."
        ).format(**numbers)
    return _(
        "Found blocked in {accused} and reached in {reached} of {told} looks that could tell, counted from {moment}."
    ).format(**numbers)


def _alone(now: Now) -> str:
    return _("One look alone may be wrong.") if now.told == 1 else ""


def _proved(now: Now) -> str:
    if not now.accused:
        return ""
    if not now.blocked:
        return _("It looks like blocking and was repeated; nothing was seen that only interference leaves behind.")
    if not now.likely_blocked:
        return _("Each time it was found blocked, something was seen that only interference leaves behind.")
    return _(
        "In {count} of the looks that found it blocked, something was seen that only interference leaves behind."
    ).format(count=digits(now.blocked))


def _untold(now: Now) -> str:
    if not now.not_told:
        return ""
    return ngettext("{count} look could not tell.", "{count} looks could not tell.", now.not_told).format(
        count=digits(now.not_told)
    )


def _otherwise(now: Now) -> str:
    """That the newest look found something else than the platform's standing says."""
    if now.last_state is None or now.last_at is None or now.standing is Standing.NOT_KNOWN:
        return ""
    said = {Standing.BLOCKED: Side.BLOCKED, Standing.REACHABLE: Side.OPEN}.get(now.standing)
    if said is not None and SHOWS.get(now.last_state) is said:
        return ""
    return _("The newest look, of {moment}: {state}.").format(
        moment=moment_words(now.last_at), state=_(STATES[now.last_state])
    )


def last_looked(now: Now) -> str:
    """When it was last looked at."""
    return moment_words(now.last_at) if now.last_at else _("never")


def since(now: Now) -> str:
    """Since when it stands so: an interval, or before anybody looked; empty where it does not stand."""
    earliest, latest = _began(now.since) if now.since else (None, None)
    if latest is not None:
        if earliest is None:
            return _("By {latest} at the latest.").format(latest=moment_words(latest))
        return _("Since some moment between {earliest} and {latest}.").format(
            earliest=moment_words(earliest), latest=moment_words(latest)
        )
    if now.standing not in (Standing.BLOCKED, Standing.REACHABLE):
        return ""
    if now.first_told_at is None:
        return _("Since when is not settled.")
    first = day(now.first_told_at.date())
    if now.is_cut:
        return _("So from the first look in this report on, of {day}; earlier ones are left out of it.").format(
            day=first
        )
    if now.standing is Standing.BLOCKED:
        return _("Since before we began to look, on {day}.").format(day=first)
    return _("No lasting block was seen since we began to look, on {day}.").format(day=first)


def _began(event: Event) -> tuple[datetime | None, datetime | None]:
    """Between which looks the state began that the event left."""
    if event.change is Change.INTERMITTENT and event.until_latest:
        return event.until_earliest, event.until_latest
    return event.earliest, event.latest


def record_words(record: Record) -> str:
    """What independent sources report, without when and by whom."""
    state = _(REPORTED.get(record.state, record.state))
    scope = _(record.scope) if record.scope in SCOPES else visible(record.scope)
    way = f": {visible(record.how)}" if record.how else ""
    return f"{state} ({scope}){way}"


def record_start(record: Record) -> str:
    """When it began, as well as the sources date it."""
    return dated(record.start.date(), record.precision.partition("/")[0])


def record_end(record: Record) -> str:
    """When it ended, as well as the sources date it; or that nobody says."""
    if record.end is None:
        return _("no end found") if record.ending == "none_found" else _("the end is not reported")
    start_precision, _slash, end_precision = record.precision.partition("/")
    shown = dated(record.end.date(), end_precision or start_precision)
    return shown if record.ending == "dated" else _("{day} at the latest").format(day=shown)


def dated(moment: date, precision: str) -> str:
    """A day no finer than it is known: a year, a month, or the day."""
    if precision.startswith("year"):
        return digits(f"{moment:%Y}")
    return month(moment) if precision.startswith(("month", "season")) else day(moment)


def isolated(text: str) -> str:
    """`text` so that its direction does not turn what stands beside it; as it is where all reads from the left."""
    if current() not in FROM_THE_RIGHT:
        return text
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
