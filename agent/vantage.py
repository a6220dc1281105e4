"""The vantage ladder, judged: is this line normal, cut off from abroad, behind a portal, or down? Pure.

Its rungs are a route, the system's resolver, domestic and foreign controls, a page with known words, IPv6 and the
clock. Never ICMP: it has got lines cut off (net4people/bbs issue 489: MCI and TCI, June 2025).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.catalog.records import Catalog, Control
from agent.language import N_
from agent.records import VantageState
from agent.verdict.seen import RANDOM_NAME
from probes.observation import Observation

#: What the portal page's observation carries as fingerprint when its body is the expected one.
PORTAL_EXPECTED = "portal_expected"
#: From this clock error on, certificates that are valid look expired and rows bear a wrong day.
CLOCK_ERROR_MAX_S = 86_400.0
#: At least so many foreign controls, on unrelated networks, must answer as themselves for a line to be normal.
FOREIGN_NEEDED = 2
#: Failures that mean there is no network at all, rather than one that swallows packets. Of the resolver there is none:
#: getaddrinfo says "temporary failure" of a question that was swallowed too, as in a national shutdown.
NO_NETWORK = frozenset(
    {
        "network_unreachable",
        "network_down",
        "host_unreachable",
        "address_not_available",
    }
)
#: Why the line is what it is, a sentence each.
BECAUSE: Mapping[str, str] = {
    "no_route": N_("The computer has no route to anywhere."),
    "clock": N_("This computer's clock is {days} days wrong; set it."),
    "abroad": N_("{answering} of {all} unrelated controls abroad answer."),
    "too_few_abroad": N_("Only {answering} of {all} controls abroad answers."),
    "home_alone": N_("No control abroad answers; {answering} in the country do."),
    "portal": N_("A page with known words came back with others: log in to the network."),
    "no_network": N_("No control answers, and the system says that there is no network."),
    "nobody": N_("No control answers, at home or abroad: a local fault or a total blackout."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A foreign control that answered in the opening ladder: where a suspect name can be tried innocently."""

    address: str
    #: The control's own name.
    name: str
    #: The name of another control, as innocent there as the suspect would be.
    other_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """What one climb of the ladder says."""

    state: VantageState
    because: str
    ipv6_works: bool
    anchor: Anchor | None
    #: Controls that say they speak QUIC, abroad and in the country.
    quic_abroad: Anchor | None = None
    quic_at_home: Anchor | None = None


def judge_vantage(observations: Sequence[Observation], catalog: Catalog) -> Vantage:
    """The state of the line from one ladder's observations (docs/method.md 1)."""
    state, because = _state(observations, catalog)
    return Vantage(
        state=state,
        because=because,
        ipv6_works=any(row.operation == "connect" and row.succeeded and ":" in row.address for row in observations),
        anchor=_anchor(observations, catalog),
        quic_abroad=_with_quic(observations, catalog, "foreign"),
        quic_at_home=_with_quic(observations, catalog, "domestic"),
    )


def worse(opening: VantageState, closing: VantageState) -> VantageState:
    """The worse of the two: a sweep is judged by that."""
    order = list(VantageState)
    return max(opening, closing, key=order.index)


def _state(rows: Sequence[Observation], catalog: Catalog) -> tuple[VantageState, str]:
    routes = [row for row in rows if row.operation == "route"]
    if routes and not any(row.succeeded for row in routes):
        return VantageState.OFFLINE, BECAUSE["no_route"]
    foreign, domestic = catalog.controls_of("foreign"), catalog.controls_of("domestic")
    foreign_up = [control for control in foreign if answered_as_itself(control, rows)]
    domestic_up = [control for control in domestic if answered_as_itself(control, rows)]
    skew = _clock_error_s(rows, catalog)
    if abs(skew) > CLOCK_ERROR_MAX_S:
        return VantageState.UNDETERMINED, BECAUSE["clock"].format(days=f"{abs(skew) / 86_400:.0f}")
    abroad = {"answering": len(foreign_up), "all": len(foreign)}
    if len(foreign_up) >= min(FOREIGN_NEEDED, len(foreign)) > 0:
        return VantageState.NORMAL, BECAUSE["abroad"].format(**abroad)
    if foreign_up:
        return VantageState.UNDETERMINED, BECAUSE["too_few_abroad"].format(**abroad)
    if domestic_up:  # before the portal: a page changed at the border is not one that asks to log in
        return VantageState.NATIONAL_ONLY, BECAUSE["home_alone"].format(answering=len(domestic_up))
    if _portal_seen(catalog, rows):
        return VantageState.CAPTIVE_PORTAL, BECAUSE["portal"]
    failures = {
        row.failure for row in rows if row.failure and row.operation != "route" and row.variation != RANDOM_NAME
    }
    if failures and failures <= NO_NETWORK:
        return VantageState.OFFLINE, BECAUSE["no_network"]
    return VantageState.UNDETERMINED, BECAUSE["nobody"]


def answered_as_itself(control: Control, rows: Iterable[Observation]) -> bool:
    """Whether the control showed a valid certificate for its name."""
    return any(row.target == control.name and row.operation == "tls_handshake" and row.succeeded for row in rows)


def _portal_seen(catalog: Catalog, rows: Sequence[Observation]) -> bool:
    portals = {control.name for control in catalog.controls_of("portal")}
    pages = [row for row in rows if row.target in portals and row.operation == "http_round_trip" and row.succeeded]
    return bool(pages) and all(page.fingerprint != PORTAL_EXPECTED for page in pages)


def _clock_error_s(rows: Iterable[Observation], catalog: Catalog) -> float:
    """The median of the controls' clocks against this one's; 0 when no control told the time.

    A plain page that is not the expected one comes from somebody else, who may have any clock.
    """
    portals = {control.name for control in catalog.controls_of("portal")}
    told = [row for row in rows if row.target not in portals or row.fingerprint == PORTAL_EXPECTED]
    skews = sorted(row.clock_skew_s for row in told if row.clock_skew_s is not None)
    return skews[len(skews) // 2] if skews else 0.0


def _anchor(rows: Sequence[Observation], catalog: Catalog) -> Anchor | None:
    """The first foreign control of the catalog that proved itself over IPv4."""
    names = [control.endpoint.hostname for control in catalog.controls_of("foreign")]
    proofs = {
        row.hostname: row.address
        for row in rows
        if row.operation == "tls_handshake" and row.succeeded and ":" not in row.address
    }
    for name in names:
        if name in proofs and len(names) > 1:
            return Anchor(address=proofs[name], name=name, other_name=next(other for other in names if other != name))
    return None


def _with_quic(rows: Sequence[Observation], catalog: Catalog, scope: str) -> Anchor | None:
    """The first control of a scope whose page, behind its certificate and over IPv4, offers HTTP/3."""
    foreign = [control.endpoint.hostname for control in catalog.controls_of("foreign")]
    offers = {
        row.hostname: row.address
        for row in rows
        if row.operation == "http_round_trip" and "h3" in row.alternatives and ":" not in row.address
    }
    for control in catalog.controls_of(scope):
        name = control.endpoint.hostname
        others = [other for other in foreign if other != name]
        if control.endpoint.protocol == "https" and name in offers and others:
            return Anchor(address=offers[name], name=name, other_name=others[0])
    return None
