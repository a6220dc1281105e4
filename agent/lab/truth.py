"""What a world's censor does to an endpoint, as mechanisms: read off its rules, never off the agent's.

It is what verdicts are held against. The names are the taxonomy's (docs/rules.md); a name may be one that the agent
cannot tell yet, which then counts against its recall.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterable

from agent.catalog.records import Catalog, Endpoint
from agent.lab.censor import Event, Punishment, may_decide, needs_memory
from agent.lab.journeys import addresses_of, asking, connecting, hops, over_quic
from agent.lab.rules import (
    Action,
    Close,
    Corrupt,
    Drop,
    ForeignCertificate,
    ForgeAnswer,
    Pass,
    Reset,
    Rule,
    SendBytes,
    Throttle,
    TlsAlert,
    Unreachable,
)
from agent.lab.world import World

#: Addresses that Iran's filter answers with, as its documents have them (UPB-SysSec IranconsistenciesData 2025; OONI
#: 2021 on Signal; Chocolate4U/Iran-v2ray-rules issue 63), and that of Indonesia's page (OONI blocking-fingerprints
#: id_43). Kept apart from the agent's own list on purpose.
DOCUMENTED_BLOCK_ADDRESSES = (
    "10.10.34.0/24",
    "d0::11/128",
    "2001:4188:2:600:10:10:34:34/126",
    "36.86.63.185/32",
)
#: Where the frame of Iran's block page, or its redirect, leads to (OONI blocking-fingerprints; net4people/bbs 241).
DOCUMENTED_PAGE = "http://10.10.34.3"
SECURE_PORT = 443

#: Seconds within which every trial has ended (TRIAL_MAX_S of agent/lab/scenario/runner.py). A rule that begins later
#: does nothing that a sweep could see.
TRIAL_S = 300.0


def platforms_done_to(world: World, catalog: Catalog) -> dict[str, frozenset[str]]:
    """Mechanisms by platform key: all that the border's censor would do to any endpoint that the platform needs.

    A platform's verdict rests on its needed targets alone. What is done to the others, their own verdicts tell.
    """
    return {
        platform.key: frozenset(
            mechanism
            for target in platform.targets
            if target.needed
            for endpoint in target.endpoints
            for mechanism in mechanisms_done_to(world, endpoint)
        )
        if platform.retired_at is None
        else frozenset()
        for platform in catalog.platforms
    }


def mechanisms_done_to(world: World, endpoint: Endpoint) -> frozenset[str]:
    """All that the border's censor would do to a client that visits `endpoint` in the ordinary way, and comes again.

    The traffic is followed moment by moment, and from page to page where one sends on; a rule that ends it every time
    hides what comes after, but not for who knows the address otherwise: what is done to the connection is told even
    where the name is forged.
    """
    deeds: list[tuple[Rule, Event]] = []
    events: list[Event] = []
    in_clear: set[tuple[str, int]] = set()
    for hop in hops(world, endpoint):
        addresses = addresses_of(world, hop)
        in_clear |= {(address, hop.port) for address in addresses if hop.protocol == "http"}
        beside = [list(asking(world, hop)), *(list(over_quic(world, hop, address)) for address in addresses)]
        visits = [list(connecting(world, hop, address)) for address in addresses]
        events += [event for journey in (*beside, *visits) for event in journey]
        deeds += [deed for journey in beside for deed in _done_on(world, journey)[1]]
        visited = [_done_on(world, visit) for visit in visits]
        deeds += [deed for _, on_visit in visited for deed in on_visit]
        if visited and all(ended for ended, _ in visited):
            break
    done = [(rule.action, event, bool(rule.match.names)) for rule, event in deeds]
    done += [deed for rule, event in deeds for deed in _punished(rule, event, events)]
    return frozenset(
        word
        for action, event, named in done
        for word in mechanisms_of(world, action, event, named, in_clear=(event.address, event.port) in in_clear)
    )


def _done_on(world: World, journey: Iterable[Event]) -> tuple[bool, list[tuple[Rule, Event]]]:
    """Whether the censor ends a journey every time, and the rules that may act on it until then."""
    deeds: list[tuple[Rule, Event]] = []
    for event in journey:
        for rule in may_decide([rule for rule in world.rules if rule.match.from_s < TRIAL_S], event):
            deeds.append((rule, event))
            if not needs_memory(rule.match) and not isinstance(rule.action, Pass | Throttle | Corrupt):
                return True, deeds
    return False, deeds


def _punished(rule: Rule, deed: Event, events: Iterable[Event]) -> list[tuple[Action, Event, bool]]:
    """What a rule that acted does to those who come again, if it goes on punishing; and whether a name decides."""
    if rule.residual is None:
        return []
    left = Punishment(rule=rule, address=deed.address, port=deed.port, name=deed.name, until_s=math.inf)
    return [(rule.residual.action, event, rule.residual.by == "name") for event in events if left.meets(event)]


def mechanisms_of(world: World, action: Action, event: Event, named: bool, *, in_clear: bool) -> tuple[str, ...]:
    """The taxonomy's words for an action at an event: the deepest that the rule bears out.

    `named`: whether it was a name that set it off. `in_clear`: whether the client speaks plain HTTP there, as apps do
    on port 443 too.
    """
    layer = "http" if in_clear or event.port != SECURE_PORT else "tls"
    if isinstance(action, Pass):
        return ()
    match event.at:
        case "query":
            return (_of_query(world, action),)
        case "datagram" | "quic":
            return (_of_quic(action),)
        case "syn":
            return _of_address(action, layer)
        case "accept":
            return _of_stream(action, layer=layer, ending="")
        case "client_hello":
            return _of_stream(action, layer="tls", ending="sni" if named else "")
        case "certificate":
            return _of_stream(action, layer="tls", ending="certificate" if named else "")
        case "request":
            return _of_stream(action, layer="http", ending="host" if named else "")
    return ()


def _of_quic(action: Action) -> str:
    match action:
        case Unreachable():
            return "ip.unreachable"
        case Throttle():
            return "quic.throttle"
    return "quic.timeout"


def _of_query(world: World, action: Action) -> str:
    match action:
        case ForgeAnswer(malformed=True):
            return "dns.injection.other"
        case ForgeAnswer(rcode="NOERROR", addresses=()):
            return "dns.empty"
        case ForgeAnswer(rcode="NOERROR", addresses=addresses):
            return f"dns.injection.{_where_led(world, addresses)}"
        case ForgeAnswer(rcode=rcode):
            return f"dns.{rcode.lower()}"
        case Unreachable():
            return "ip.unreachable"
    return "dns.timeout"


def _where_led(world: World, addresses: tuple[str, ...]) -> str:
    """blockpage: to a documented filter, or to a host with its page. bogon: to where no public server can be."""
    parsed = [ipaddress.ip_address(address) for address in addresses]
    documented = [ipaddress.ip_network(prefix) for prefix in DOCUMENTED_BLOCK_ADDRESSES]
    if all(any(one in prefix for prefix in documented) or _shows_block_page(world, str(one)) for one in parsed):
        return "blockpage"
    return "other" if all(one.is_global for one in parsed) else "bogon"


def _shows_block_page(world: World, address: str) -> bool:
    """Whether the host at an address has a page that sends its visitor, or a frame, to a documented filter."""
    host = world.host_at(address)
    pages = [page for service in host.services for page in service.pages] if host else []
    return any(DOCUMENTED_PAGE in page.location or DOCUMENTED_PAGE in page.body for page in pages)


def _of_address(action: Action, layer: str) -> tuple[str, ...]:
    match action:
        case Drop():
            return ("tcp.timeout",)
        case Reset() | Unreachable(what="port"):  # a router's word for it, and no client hears another
            return ("tcp.refused",)
        case Unreachable():
            return ("ip.unreachable",)
        case Throttle():
            return (f"{layer}.throttle",)
    return ()


def _of_stream(action: Action, *, layer: str, ending: str) -> tuple[str, ...]:
    """`ending`: what in the stream set it off: sni, host or certificate; empty when it was nothing in particular."""
    tail = f".{ending}" if ending else ""
    match action:
        case Drop():
            return (f"{layer}.timeout{tail}",)
        case Reset():
            return (f"{layer}.reset{tail or '.other'}" if layer == "tls" else f"{layer}.reset{tail}",)
        case Close():
            return (f"{layer}.close{tail}",)
        case ForeignCertificate(kind="self_signed"):
            return ("tls.mitm.self_signed",)
        case ForeignCertificate():
            return ("tls.mitm.ca_signed",)
        case TlsAlert():
            return ("tls.alert",)
        case SendBytes(shows=shows):
            page = {"page": ("http.blockpage",), "redirect": ("http.redirect",)}.get(shows, ())
            return ("tls.plaintext", *page) if layer == "tls" else page or ("http.diff",)
        case Throttle():
            return (f"{layer}.throttle{tail}",)
        case Corrupt():
            return ("http.diff",) if layer == "http" else ("tls",)
    return ()
