"""The words of the comparison, each to be translated when it is shown."""

from __future__ import annotations

from collections.abc import Iterable

from agent.calendars import digits
from agent.language import N_, _
from agent.timeline.records import Claim, Says, Side, Why

#: What the document says; the second form is for claims about some platforms.
SAID = {
    Says.BLOCKED: (
        N_("The document says that it was blocked {when} (line {line})."),
        N_("The document says that some of these were blocked {when} (line {line})."),
    ),
    Says.OPEN: (
        N_("The document says that it could be reached {when} (line {line})."),
        N_("The document says that some of these could be reached {when} (line {line})."),
    ),
    Says.RESTORED: (
        N_("The document says that it could be reached again {when} (line {line})."),
        N_("The document says that some of these could be reached again {when} (line {line})."),
    ),
    Says.REACHED_BY_VPN: (
        N_("The document says that it was reached by VPN, and so was blocked {when} (line {line})."),
        N_("The document says that some of these were reached by VPN only {when} (line {line})."),
    ),
    Says.CAUSE: (
        N_("The document says that the block was the answer to a protest {when} (line {line})."),
        N_("The document says that some blocks were the answer to a protest {when} (line {line})."),
    ),
    Says.OPINION: (
        N_("The document says that there is a motive for leaving it open {when} (line {line})."),
        N_("The document says that there is a motive for leaving some of these open {when} (line {line})."),
    ),
}
LEFT_AS = {
    Side.BLOCKED: N_("The document leaves it blocked."),
    Side.OPEN: N_("The document leaves it reachable."),
    "contradictory": N_("The document leaves it both reachable again and reached by VPN only."),
}
#: The end of a sentence: why it cannot be told.
BECAUSE = {
    Why.NO_OBSERVATIONS: N_("nothing was measured at the time or since"),
    Why.RETIRED: N_("the service no longer exists"),
    Why.OUTSIDE_THE_COUNTRY: N_("it was measured from outside Iran"),
    Why.COUNTRY_NOT_STATED: N_("the country was not stated when it was measured (vantage.country in config.toml)"),
    Why.IN_THE_FUTURE: N_("the measurements bear dates that have not come yet; the clock was wrong"),
    Why.SHUTDOWN: N_("the whole country was cut off, and a failure then says nothing of one platform"),
    Why.INSUFFICIENT: N_("too little was seen: the line was not normal, or the measurement was cut short"),
    Why.NOTHING_SETTLED: N_("it did not work, and nothing settles why"),
    Why.DOWN: N_("it was down, and not for this line alone"),
    Why.ENDED_BEFORE_WE_LOOKED: N_("by the document's own word it was over before anything was measured"),
    Why.BETWEEN_LOOKS: N_("what lasted only for a while may have fallen between two looks"),
    Why.VANTAGE_POINTS_DIFFER: N_("from some places it was blocked and from others reachable"),
    Why.BY_TURNS: N_("it was blocked in some looks and reachable in others"),
    Why.WHICH_NOT_SAID: N_("the document does not say which of them it means"),
    Why.UNTESTABLE_OPINION: N_("a motive is an opinion that no measurement can test"),
}
#: The states of independent records, as one says them.
STATES = {
    "blocked": N_("blocked"),
    "degraded": N_("degraded"),
    "lapse": N_("lapse"),
    "gone": N_("gone"),
    "shutdown": N_("shutdown"),
    "curfew": N_("curfew"),
}
#: The scopes of independent records; others are AS numbers.
SCOPES = frozenset(
    {
        N_("national"),
        N_("world"),
        N_("some networks"),
        N_("several networks"),
        N_("some regions"),
        N_("mobile networks"),
    }
)
#: What was done, in plain words, by the beginning of a mechanism's name; the longest that fits.
HOW = {
    "dns.injection": N_("forged DNS answers"),
    "dns": N_("DNS answers that were refused, withheld or false"),
    "tcp.timeout": N_("dropped packets"),
    "tcp": N_("broken connections"),
    "tls.throttle": N_("slowing down by name"),
    "tls.mitm": N_("false certificates"),
    **dict.fromkeys(
        ("tls.reset.sni", "tls.timeout.sni", "tls.close.sni"), N_("secure connections that are cut off by their name")
    ),
    "tls": N_("broken secure connections"),
    "http.blockpage": N_("a block page"),
    "http.throttle": N_("slowing down by name"),
    **dict.fromkeys(
        ("http.reset.host", "http.timeout.host", "http.close.host"), N_("web pages that are cut off by their name")
    ),
    "http": N_("broken or replaced pages"),
    "quic": N_("broken connections over QUIC"),
    "ip": N_("addresses that cannot be reached"),
}


def when(claim: Claim) -> str:
    """The time that a claim speaks of, as the document knows it."""
    if claim.precision == "year_inferred":
        return _("at the time of writing, {year}").format(year=digits(claim.end.year))
    if claim.passing:
        return _("in {year}, for a while").format(year=digits(claim.start.year))
    return _("in {year}").format(year=digits(claim.start.year))


def ways(mechanisms: Iterable[str]) -> list[str]:
    """What the commonest mechanisms of a row come to, in plain words, each once: those of half the looks of the first.

    `mechanisms` are as a row has them, each with its number; at least one.
    """
    counted = [(name, int(times)) for name, _sign, times in (one.rpartition("=") for one in mechanisms)]
    return list(dict.fromkeys(_way(name) for name, times in counted if 2 * times >= counted[0][1]))


def _way(mechanism: str) -> str:
    """A mechanism in plain words; its own name where there are none."""
    fitting = [start for start in HOW if mechanism == start or mechanism.startswith(f"{start}.")]
    return _(HOW[max(fitting, key=len)]) if fitting else mechanism
