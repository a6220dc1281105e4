"""What a comparison looks like in a terminal: a table from 60 columns on, wider with more in it; below, a list."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from agent.calendars import day, digits
from agent.language import N_, _, ngettext
from agent.records import IMPORTED_STAGE
from agent.report.output import Output, Trimmed, console
from agent.report.visible import visible
from agent.timeline.records import Agreement, Basis, Outcome, Says, Side, Why
from agent.timeline.voices import NOT_STATED

#: Columns from which on there is a table, and from which on it says from where and how too.
TABLE, WIDE = 60, 120
#: An outcome's word and colour. The word tells all; the colour only helps the eye (blue and orange, not red and green).
LOOKS = {
    Outcome.AGREES: (N_("agrees"), "blue"),
    Outcome.DISAGREES: (N_("DISAGREES"), "bold dark_orange"),
    Outcome.CHANGED_SINCE: (N_("changed since"), "dark_orange"),
    Outcome.CONTRADICTS_ITSELF: (N_("contradicts itself"), "magenta"),
    Outcome.CANNOT_TELL: (N_("cannot tell"), "dim"),
}
#: A look of later does not confirm a year long past; and the last look may itself be years old.
AS_IT_STANDS = N_("agrees (as last seen)")
BECAUSE = {
    Why.NO_OBSERVATIONS: N_("cannot tell: no observations"),
    Why.RETIRED: N_("cannot tell: retired"),
    Why.OUTSIDE_THE_COUNTRY: N_("cannot tell: outside the country"),
    Why.COUNTRY_NOT_STATED: N_("cannot tell: country not stated"),
    Why.IN_THE_FUTURE: N_("cannot tell: in the future"),
    Why.SHUTDOWN: N_("cannot tell: shutdown"),
    Why.INSUFFICIENT: N_("cannot tell: insufficient"),
    Why.NOTHING_SETTLED: N_("cannot tell: nothing settled"),
    Why.DOWN: N_("cannot tell: down"),
    Why.ENDED_BEFORE_WE_LOOKED: N_("cannot tell: ended before we looked"),
    Why.BETWEEN_LOOKS: N_("cannot tell: between looks"),
    Why.VANTAGE_POINTS_DIFFER: N_("cannot tell: vantage points differ"),
    Why.BY_TURNS: N_("cannot tell: blocked by turns"),
    Why.WHICH_NOT_SAID: N_("cannot tell: which not said"),
    Why.UNTESTABLE_OPINION: N_("cannot tell: untestable opinion"),
}
#: What the document says, in a word or two.
SAID = {
    Side.BLOCKED: N_("blocked"),
    Side.OPEN: N_("reachable"),
    Says.RESTORED: N_("reachable again"),
    Says.REACHED_BY_VPN: N_("by VPN only"),
    Says.CAUSE: N_("blocked over a protest"),
    Says.OPINION: N_("left open on purpose"),
    "contradictory": N_("both reachable and by VPN only"),
}
#: An outcome inside a sentence about one of two readings.
READ_AS = {
    Outcome.AGREES: N_("agrees"),
    Outcome.DISAGREES: N_("disagrees"),
    Outcome.CHANGED_SINCE: N_("has changed since"),
    Outcome.CANNOT_TELL: N_("cannot tell"),
}


def show_agreements(agreements: Sequence[Agreement], *, claims: bool = True) -> None:
    """The comparison: a row per platform as the document leaves it and, with `claims`, a row per claim."""
    out = console()
    levels = {"platform": _("As the document leaves each platform"), "claim": _("Each claim of the document")}
    for level in levels if claims else ["platform"]:
        rows = [row for row in agreements if row.level == level]
        out.print()
        out.print(Text(levels[level], "bold"))
        if out.width < TABLE:
            _list(out, rows)
        else:
            out.print(Trimmed(_table(rows, wide=out.width >= WIDE)))
    out.say(
        _(
            "page line: of the document. found: sweeps that saw it so, of those that could tell; where several vantage "
            "points looked, each weighs the same in the outcome."
        )
    )


def _table(rows: Sequence[Agreement], *, wide: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(_("page\nline"), no_wrap=True)
    table.add_column(_("platform"), max_width=26)
    table.add_column(_("the document says"))
    table.add_column(_("found"), no_wrap=True)
    if wide:
        table.add_column(_("looked"), no_wrap=True)
        table.add_column(_("from"), no_wrap=True)
        table.add_column(_("how, in how many"), no_wrap=True)
    table.add_column(_("outcome"))
    for row in rows:
        more = [_looked(row), _from(row), _how(row)] if wide else []
        table.add_row(
            _lines(row), " ".join(row.platforms), _said(row), "\n".join(_found(row)) or "-", *more, _outcome(row)
        )
    return table


def _list(out: Output, rows: Sequence[Agreement]) -> None:
    """Each row as a few short lines: no table can stand in so few columns."""
    for row in rows:
        out.say(_("{platforms} (line {lines})").format(platforms=" ".join(row.platforms), lines=_lines(row)))
        out.say(_("The document: {said}").format(said=_said(row)), indent=2, hanging=2)
        found = _(", ").join(_found(row))
        if found:
            out.say(_("Found: {found}").format(found=found), indent=2, hanging=2)
        out.say(_outcome(row).plain, indent=2, hanging=2)


def _said(row: Agreement) -> str:
    said = _(SAID[row.says]) if row.says in SAID else row.says
    if row.level != "claim" or row.interval_start is None:
        return said
    return _("{said}, {year}").format(said=said, year=digits(row.interval_start.year))


def _outcome(row: Agreement) -> Text:
    word, style = LOOKS[row.outcome]
    if row.why:
        return Text(_(BECAUSE[row.why]), style)
    if row.level == "claim" and row.outcome is Outcome.AGREES and row.basis is Basis.AS_LEFT_STANDING:
        return Text(_(AS_IT_STANDS), style)
    outcome = Text(_(word), style)
    if row.reading_blocked and row.reading_open:
        readings = _("{outcome}: as blocked it {blocked}, as open it {open}").format(
            outcome=outcome.plain, blocked=_(READ_AS[row.reading_blocked]), open=_(READ_AS[row.reading_open])
        )
        outcome = Text(readings)
        outcome.stylize(style, 0, len(_(word)))
    return outcome


def _found(row: Agreement) -> list[str]:
    sides = (
        (_("blocked {count}/{usable}"), row.findings_blocked - row.findings_likely),
        (_("likely blocked {count}/{usable}"), row.findings_likely),
        (_("reachable {count}/{usable}"), row.findings_open),
    )
    return [form.format(count=digits(count), usable=digits(row.usable)) for form, count in sides if count]


def _looked(row: Agreement) -> str:
    days = [day(moment) for moment in dict.fromkeys((row.observed_from, row.observed_to)) if moment]
    return "\n".join(days) or "-"


def _from(row: Agreement) -> str:
    if not row.usable:
        return "-"
    points = ngettext("{count} vantage point", "{count} vantage points", row.vantage_points)
    known = len([network for network in row.networks if network != NOT_STATED])
    networks = ngettext("{count} network", "{count} networks", known) if known else _("network not stated")
    from_where = [points.format(count=digits(row.vantage_points)), networks.format(count=digits(known))]
    return "\n".join(from_where[1:] if row.stage == IMPORTED_STAGE else from_where)  # whose probe it was is not told


def _how(row: Agreement) -> str:
    """The two commonest mechanisms, each with the number of looks that name it."""
    told = [mechanism.rpartition("=") for mechanism in row.mechanisms[:2]]
    return "\n".join(f"{visible(name)} {digits(times)}" for name, _sign, times in told) or "-"


def _lines(row: Agreement) -> str:
    return ",".join(digits(line) for line in row.lines)
