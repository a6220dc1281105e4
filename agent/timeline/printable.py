"""The one sentence of a comparison's row that can be printed alone: as sure as the evidence, and no surer. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from agent.calendars import day, digits
from agent.language import N_, _, ngettext
from agent.timeline.records import Agreement, Basis, Claim, Outcome, Says, Side, Why
from agent.timeline.voices import NOT_STATED
from agent.timeline.words import BECAUSE, ways, when

#: Networks that are named in a sentence.
NAMED_MAX = 5
#: Ways of blocking that are.
WAYS_MAX = 2
#: Who found it, by the stage of the rows.
WHO = {
    "internet": N_("Dideban, a program that volunteers run on their own computers,"),
    "lab": N_("Dideban's lab, a practice world on one computer and not the internet,"),
    "import": N_("Dideban, judging measurements of OONI by its own rules,"),
}
#: What the document says, as a clause; the second form is for claims about some platforms.
CLAIMED = {
    Says.BLOCKED: (N_("{platform} was blocked {when}"), N_("some of {platform} were blocked {when}")),
    Says.OPEN: (N_("{platform} could be reached {when}"), N_("some of {platform} could be reached {when}")),
    Says.RESTORED: (
        N_("{platform} could be reached again {when}"),
        N_("some of {platform} could be reached again {when}"),
    ),
    Says.REACHED_BY_VPN: (
        N_("{platform} could not be reached directly, but by VPN, {when}"),
        N_("some of {platform} could not be reached directly, but by VPN, {when}"),
    ),
    Says.OPINION: (
        N_("{platform} was left open on purpose {when}"),
        N_("some of {platform} were left open on purpose {when}"),
    ),
}
#: The same of a platform as the document leaves it.
LEFT = {
    Side.BLOCKED: N_("{platform} is blocked, as of {year}"),
    Side.OPEN: N_("{platform} can be reached, as of {year}"),
}
#: What was found, and what it says of the claim.
PRINTED = {
    (Outcome.AGREES, Basis.INSIDE_INTERVAL): N_(
        "{who} found {measured} {found} {days}, from {places}, which agrees with the claim of the document under test "
        "({line}) that {claim}."
    ),
    (Outcome.AGREES, Basis.AS_LEFT_STANDING): N_(
        "{who} found {measured} {found} {days}, from {places}, which is how the document under test ({line}) leaves it "
        "({claim}) and does not show what it was like in {year}."
    ),
    (Outcome.DISAGREES, Basis.INSIDE_INTERVAL): N_(
        "{who} found {measured} {found} {days}, from {places}, which disagrees with the claim of the document under "
        "test ({line}) that {claim}."
    ),
    (Outcome.DISAGREES, Basis.AS_LEFT_STANDING): N_(
        "{who} found {measured} {found} {days}, from {places}, which disagrees with how the document under test "
        "({line}) leaves it ({claim})."
    ),
    (Outcome.CHANGED_SINCE, Basis.AS_LEFT_STANDING): N_(
        "{who} found {measured} {found} {days}, from {places}, which is no longer as the document under test ({line}) "
        "says ({claim}) and does not show whether the document was right about its own time."
    ),
    (Outcome.CANNOT_TELL, Basis.INSIDE_INTERVAL): N_(
        "{who} found {measured} {found} {days}, from {places}, which cannot tell whether {claim}, as the document "
        "under test ({line}) says: {because}."
    ),
    (Outcome.CANNOT_TELL, Basis.AS_LEFT_STANDING): N_(
        "{who} found {measured} {found} {days}, from {places}, which cannot tell whether {claim}, as the document "
        "under test ({line}) says: {because}."
    ),
}
#: What a single measurement found, by how many found it blocked, and likely blocked. One alone may be wrong.
ALONE = {
    (1, 0): N_("blocked in a single usable measurement"),
    (0, 1): N_("likely blocked in a single usable measurement"),
    (0, 0): N_("reachable in a single usable measurement"),
}
NOTHING = N_("{who} cannot tell whether {claim}, as the document under test ({line}) says: {because}.")
CONTRADICTORY = N_(
    "The document under test contradicts itself on {platform}, which it leaves both reachable again and reached by VPN "
    "only ({line}): {who} found it {found} {days}, from {places}, which {fits}."
)
CONTRADICTORY_UNSEEN = N_(
    "The document under test contradicts itself on {platform}, which it leaves both reachable again and reached by VPN "
    "only ({line}), and {who} cannot tell which of the two holds: {because}."
)
#: Which of the two readings what was found fits.
FITS = {
    (True, False): N_("fits the second reading only"),
    (False, True): N_("fits the first reading only"),
    (True, True): N_("fits both readings as well as it can"),
    (False, False): N_("settles neither"),
}
CAUSE = N_(
    "The document under test contradicts itself on why {platform} were blocked ({line}): it calls a block of 2018 the "
    "answer to a protest of 2019, and no measurement is needed to see that."
)


def printable_sentence(row: Agreement, claim: Claim | None, titles: Mapping[str, str]) -> str:
    """One sentence, self-contained, in the current language. `claim` is the row's; None for a platform's row."""
    names = _listed([titles.get(platform, platform) for platform in row.platforms])
    measured = _listed([titles.get(platform, platform) for platform in row.platforms_found])
    words = {
        "measured": measured,
        "who": _(WHO.get(row.stage, row.stage)),
        "platform": names,
        "line": _lines(row),
        **_found(row),
    }
    words["because"] = _(BECAUSE[row.why or Why.NO_OBSERVATIONS])
    if row.says == Says.CAUSE:
        return _(CAUSE).format(**words)
    if row.says == "contradictory":
        fits = (row.reading_blocked is Outcome.AGREES, row.reading_open is Outcome.AGREES)
        return _(CONTRADICTORY if row.usable else CONTRADICTORY_UNSEEN).format(fits=_(FITS[fits]), **words)
    if claim is not None:
        words["year"] = digits(claim.start.year)
        words["claim"] = _(CLAIMED[claim.says][claim.some]).format(platform=names, when=when(claim))
    else:
        words["year"] = digits(row.interval_end.year) if row.interval_end else ""
        words["claim"] = _(LEFT[Side(row.says)]).format(platform=names, year=words["year"])
    form = PRINTED.get((row.outcome, row.basis), NOTHING) if row.basis and row.usable else NOTHING
    return _(form).format(**words)


def _found(row: Agreement) -> dict[str, str]:
    """What was found, when and from where; all empty where nothing was judged."""
    if not row.usable or row.observed_from is None or row.observed_to is None:
        return {"found": "", "days": "", "places": ""}
    one_day = row.observed_from == row.observed_to
    days = _("on {first}") if one_day else _("between {first} and {last}")
    return {
        "found": _how_found(row),
        "days": days.format(first=day(row.observed_from), last=day(row.observed_to)),
        "places": _places(row),
    }


def _how_found(row: Agreement) -> str:
    certain = row.findings_blocked - row.findings_likely
    if row.usable == 1:
        form = _(ALONE[certain, row.findings_likely])
    elif row.findings_likely:
        form = _(
            "blocked in {certain}, likely blocked in {likely} and reachable in {open} of {usable} usable measurements"
        )
    else:
        form = _("blocked in {certain} and reachable in {open} of {usable} usable measurements")
    counts = {"certain": certain, "likely": row.findings_likely, "open": row.findings_open, "usable": row.usable}
    found = form.format(**{name: digits(number) for name, number in counts.items()})
    if not row.findings_blocked or not row.mechanisms:
        return found
    form = _("{found} (by {ways})") if row.usable == 1 else _("{found} (most often by {ways})")
    return form.format(found=found, ways=_(" and ").join(ways(row.mechanisms)[:WAYS_MAX]))


def _places(row: Agreement) -> str:
    """How many independent vantage points, in how many networks."""
    known = [network for network in row.networks if network != NOT_STATED]
    if row.stage == "import":  # whose probe it was is not told, so only networks can be counted
        form = ngettext("{count} network in Iran ({names})", "{count} networks in Iran ({names})", len(row.networks))
        return form.format(count=digits(len(row.networks)), names=_named(row))
    points = ngettext("{count} vantage point", "{count} vantage points", row.vantage_points)
    points = points.format(count=digits(row.vantage_points))
    if row.stage == "lab":  # whatever country the lab plays
        return points
    if not known:
        return _("{points} in Iran, in a network that is not stated").format(points=points)
    form = ngettext(
        "{points} in Iran, in {count} network ({names})", "{points} in Iran, in {count} networks ({names})", len(known)
    )
    return form.format(points=points, count=digits(len(known)), names=_named(row))


def _named(row: Agreement) -> str:
    """The networks, those that are not stated in words; of many the first few."""
    names = [network if network != NOT_STATED else _("not stated") for network in row.networks]
    if len(names) <= NAMED_MAX:
        return _listed(names)
    return _("{names} and {count} more").format(names=_listed(names[:NAMED_MAX]), count=digits(len(names) - NAMED_MAX))


def _lines(row: Agreement) -> str:
    form = ngettext("line {lines}", "lines {lines}", len(row.lines))
    return form.format(lines=_listed([digits(line) for line in row.lines]))


def _listed(words: list[str]) -> str:
    return _(", ").join(words)
