"""What came of a merge: each bundle, each vantage point, and how many are independent of one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.table import Table

from agent.calendars import day, digits
from agent.exports.independent import independent
from agent.exports.merging import Source
from agent.language import _, ngettext
from agent.records import Sweep
from agent.report.output import Output, Trimmed, console
from agent.report.visible import visible

#: Vantage points that are shown; the files have them all.
SHOWN = 40


@dataclass(kw_only=True)
class Point:
    """The sweeps of one vantage point in one network."""

    sweeps: int
    first: datetime
    last: datetime


def show_source(source: Source) -> None:
    """One bundle that was taken in."""
    out, counts = console(), source.counts
    total = counts.rows.total()
    said = ngettext("{name}: {count} row was taken in.", "{name}: {count} rows were taken in.", total)
    parts = [said.format(name=visible(source.path.name), count=digits(f"{total:,}"))]
    told = (
        (counts.duplicates, _("{count} of them were there already.")),
        (counts.conflicts, _("{count} of them were there with another content: see below.")),
        (counts.unjoined, _("{count} more were left out: their sweep is not in the bundle.")),
        (source.withheld, _("{count} more were left out: scrubbing could not make them safe.")),
    )
    parts += [text.format(count=digits(f"{count:,}")) for count, text in told if count]
    out.say(" ".join(parts), hanging=2)


def show_conflicts(ids: list[str], count: int) -> None:
    """Rows of one id and two contents."""
    out = console()
    out.say(
        _(
            "Rows that two bundles tell differently: {count}. Of verdicts the one by newer rules was kept, of others "
            "always the same one, whatever the order. The first of them:"
        ).format(count=digits(f"{count:,}"))
    )
    for one in ids:
        out.say(visible(one), indent=2)


def show_points(sweeps: Iterable[Sweep]) -> None:
    """Every vantage point with its networks, and the count of independent ones."""
    out, found = console(), list(sweeps)
    points: dict[tuple[str, str, int | None, str], Point] = {}
    for one in found:
        key = (one.vantage_id, one.vantage_country, one.vantage_asn, one.vantage_label)
        point = points.setdefault(key, Point(sweeps=0, first=one.started_at, last=one.started_at))
        point.sweeps += 1
        point.first, point.last = min(point.first, one.started_at), max(point.last, one.started_at)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in (_("vantage point"), _("country"), _("network"), _("sweeps"), _("first"), _("last")):
        table.add_column(title, overflow="fold")
    for (vantage, country, asn, _label), point in sorted(points.items(), key=lambda one: str(one[0]))[:SHOWN]:
        network = f"AS{asn}" if asn is not None else _("not stated")
        cells = (visible(vantage), visible(country or _("not stated")), network)
        table.add_row(*cells, digits(point.sweeps), day(point.first), day(point.last))
    out.print(Trimmed(table))
    if len(points) > SHOWN:
        out.say(_("And {count} more.").format(count=digits(len(points) - SHOWN)))
    _show_independent(out, found)


def _show_independent(out: Output, sweeps: list[Sweep]) -> None:
    counted = independent(sweeps)
    out.say(
        _("Independent vantage points: {points}; networks that are stated: {networks}.").format(
            points=digits(len(counted.vantage_points)), networks=digits(len(counted.networks))
        )
    )
    if counted.unstated:
        unstated = _("Sweeps that state no country or network, and count in none: {count}.")
        out.say(unstated.format(count=digits(f"{counted.unstated:,}")))
    out.say(
        _(
            "That is what the rows say of themselves. Whether they are of different people only you can know, who got "
            "the bundles."
        )
    )
