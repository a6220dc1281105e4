"""When each rule about names, and each gate, decides, and when it must not: what happened, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from agent.records import VantageState
from agent.verdict.records import State
from tests.observations import (
    ANCHOR,
    HOME,
    IRAN,
    IRAN_V6,
    OWN,
    OWN_TWO,
    OWN_V6,
    PRIVATE,
    STRANGER,
    Rows,
    honest_names,
    told_by_doh,
)

WEB, PLAIN, CHAT, NAME, POOL = "site/web", "site/plain", "site/chat", "site/name", "site/pool"
NXDOMAIN, SILENCE, SERVFAIL, EMPTY = (
    "dns_nxdomain_error",
    "generic_timeout_error",
    "dns_servfail_error",
    "dns_no_answer",
)
STRANGERS_NAME, UNKNOWN_AUTHORITY, EXPIRED = "ssl_invalid_hostname", "ssl_unknown_authority", "ssl_invalid_certificate"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Rows of a sweep, and what has to be said of one target."""

    #: What happened on the network, in words.
    what: str
    rows: Callable[[], Rows]
    state: State
    mechanisms: tuple[str, ...] = ()
    target: str = WEB
    vantage: VantageState = VantageState.NORMAL


@dataclass(frozen=True, kw_only=True)
class RuleCases:
    """What a rule must decide, and what comes near and must be left to others."""

    decides: tuple[Case, ...]
    spares: tuple[Case, ...]


def alive() -> Rows:
    """The system's resolver answers for another platform, whose site works."""
    return (
        Rows().asked((STRANGER,), name="other.example", platform="other").tried(STRANGER, at="https://other.example/")
    )


def works() -> Rows:
    return honest_names().tried()


def forged() -> Rows:
    return Rows().asked((IRAN,)).asked((IRAN,), of="quad9-udp")


def contradicted() -> Rows:
    return Rows().asked(SILENCE).asked((PRIVATE,), (OWN,), of="quad9-udp")


def pointed_at(address: str) -> Rows:
    """The system alone says `address`, twice; resolvers asked over the line tell the true one, and it proves itself."""
    return told_by_doh(alive().asked((address,)).asked((address,)).asked((OWN,), of="quad9-udp"), OWN)


def misled(address: str, *, times: int = 2, tls: str = "", connect: str = "") -> Rows:
    """The system points elsewhere than DoH, whose address proves itself."""
    return told_by_doh(alive().asked((address,)).tried(address, tls=tls, connect=connect, times=times), OWN)


def unanswered(*failures: str) -> Rows:
    """The system fails for the site alone, once for each failure; DoH's address proves itself."""
    rows = alive()
    for failure in failures:
        rows.asked(failure)
    return told_by_doh(rows, OWN)


def where_no_resolver_is(
    *replies: tuple[str, ...] | str, rows: Rows | None = None, innocent: int = 4, proxy: bool = False
) -> Rows:
    """Each reply answers a question about the site that was sent to the anchor; `innocent` names were asked there too,
    and drew silence, or from a `proxy` an answer."""
    rows = rows or Rows()
    for reply in replies:
        rows.asked(reply, of="none-udp", variation="no_resolver_here", address=ANCHOR)
    for number in range(innocent):
        answer = (STRANGER,) if proxy else SILENCE
        name = f"innocent{number}.example"
        rows.asked(answer, of="none-udp", name=name, variation="innocent_no_resolver", address=ANCHOR)
    return rows


def silent_about(
    *system: str, beside: tuple[str, ...] = ("quad9-udp", "google-udp"), doh: tuple[str, ...] | str = (OWN,)
) -> Rows:
    """Two resolvers over UDP are silent about the site, whose server is down, and answer those `beside` for others."""
    rows = alive().asked(SILENCE, of="quad9-udp").asked(SILENCE, of="google-udp").asked(doh, of="quad9-doh")
    for failure in system:
        rows.asked(failure)
    for resolver in beside:
        rows.asked((STRANGER,), of=resolver, name="innocent.example", variation="innocent_beside")
    return rows.tried(connect=SILENCE, times=2)


GATE = {
    "service_retired": RuleCases(
        decides=(
            Case(
                what="a service that is gone resolves to nothing, on a bad line too",
                rows=lambda: Rows().asked(NXDOMAIN, name="gone.example", platform="gone"),
                target="gone/web",
                state=State.RETIRED,
                vantage=VantageState.NATIONAL_ONLY,
            ),
        ),
        spares=(Case(what="a living one works", rows=works, state=State.OK),),
    ),
    "vantage_not_normal": RuleCases(
        decides=(
            Case(
                what="Iran's address, in a national shutdown",
                rows=forged,
                state=State.INSUFFICIENT,
                vantage=VantageState.NATIONAL_ONLY,
            ),
            Case(
                what="a block page between two answers that are right, on a line that is not",
                rows=lambda: (
                    works()
                    .tried(OWN, at="http://site.example/")
                    .tried(OWN, at="http://site.example/", http=403, page="ir_iframe_v4", variation="fresh_port")
                ),
                target=PLAIN,
                state=State.INSUFFICIENT,
                vantage=VantageState.CAPTIVE_PORTAL,
            ),
        ),
        spares=(
            Case(
                what="it works with its certificate, on a bad line too",
                rows=works,
                state=State.OK,
                vantage=VantageState.UNDETERMINED,
            ),
            Case(
                what="Iran's address on a good line",
                rows=forged,
                state=State.BLOCKED,
                mechanisms=("dns.injection.blockpage",),
            ),
        ),
    ),
    "not_measured": RuleCases(
        decides=(
            Case(
                what="the pool's turn never came",
                rows=lambda: Rows().left_out("not_run_budget"),
                state=State.INSUFFICIENT,
            ),
        ),
        spares=(
            Case(
                what="its name was asked, and nobody knows it",
                rows=lambda: Rows().asked(NXDOMAIN).asked(NXDOMAIN, of="quad9-doh"),
                state=State.DOWN,
            ),
        ),
    ),
    "cut_short": RuleCases(
        decides=(
            Case(
                what="stopped after one reset",
                state=State.INSUFFICIENT,
                rows=lambda: honest_names().tried(tls="connection_reset").left_out("not_run_interrupted"),
            ),
        ),
        spares=(
            Case(
                what="stopped after it had worked", state=State.OK, rows=lambda: works().left_out("not_run_interrupted")
            ),
            Case(
                what="an address left out for being private",
                state=State.BLOCKED,
                mechanisms=("dns.injection.blockpage",),
                rows=lambda: forged().left_out("not_run_private_address"),
            ),
        ),
    ),
}

NAMES = {
    "dns_iran_block_address": RuleCases(
        decides=(
            Case(what="the listed address", rows=forged, state=State.BLOCKED, mechanisms=("dns.injection.blockpage",)),
            Case(
                what="the listed address in reply to AAAA, and a true one for A that does not work",
                rows=lambda: Rows().asked((OWN,)).asked((IRAN_V6,), query_type="AAAA").tried(tls=SILENCE, times=2),
                state=State.BLOCKED,
                mechanisms=("dns.injection.blockpage",),
            ),
        ),
        spares=(
            Case(
                what="forged for A, true and proven for AAAA",
                state=State.OK,
                mechanisms=("dns.injection.blockpage",),
                rows=lambda: forged().asked((OWN_V6,), query_type="AAAA").tried(OWN_V6),
            ),
            Case(
                what="another resolver's answer is forged, the system's is not",
                state=State.OK,
                rows=lambda: Rows().asked((OWN,)).asked((IRAN,), of="quad9-udp").tried(),
            ),
            Case(what="another private address", state=State.IMPAIRED, rows=lambda: Rows().asked((PRIVATE,))),
        ),
    ),
    "dns_replies_disagree": RuleCases(
        decides=(
            Case(
                what="a private address, and then the true one",
                rows=contradicted,
                state=State.BLOCKED,
                mechanisms=("dns.injection.bogon",),
            ),
            Case(
                what="no such name, and then an address, from two resolvers",
                state=State.BLOCKED,
                mechanisms=("dns.nxdomain",),
                rows=lambda: (
                    Rows()
                    .asked(NXDOMAIN)
                    .asked(NXDOMAIN, (OWN,), of="quad9-udp")
                    .asked(NXDOMAIN, (OWN,), of="google-udp")
                ),
            ),
        ),
        spares=(
            Case(
                what="a doubled question, and two members of a pool",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(SILENCE).asked((OWN,), (OWN_TWO,), of="quad9-udp"),
            ),
            Case(
                what="a question sent again draws 'no such name' and an address while the zone is repaired",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(SERVFAIL).asked(NXDOMAIN, (OWN,), of="quad9-udp"),
            ),
            Case(
                what="no such name, and no address of this type",
                state=State.IMPAIRED,
                rows=lambda: (
                    Rows()
                    .asked(SERVFAIL)
                    .asked(NXDOMAIN, EMPTY, of="quad9-udp")
                    .asked(NXDOMAIN, EMPTY, of="google-udp")
                ),
            ),
            Case(
                what="half an answer, and then the whole",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(SERVFAIL).asked("dns_server_misbehaving", (OWN,), of="quad9-udp"),
            ),
            Case(
                what="a reply with another question's id",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(SERVFAIL).asked("dns_reply_with_wrong_query_id", (OWN,), of="quad9-udp"),
            ),
            Case(
                what="others are lied to, and the system's own way leads to a server that works",
                target=CHAT,
                state=State.OK,
                mechanisms=("dns.injection.bogon",),
                rows=lambda: (
                    Rows()
                    .asked((OWN,), name="chat.site.example")
                    .asked((PRIVATE,), (OWN_TWO,), of="quad9-udp", name="chat.site.example")
                    .tried(at="tcp://chat.site.example:5222")
                ),
            ),
        ),
    ),
    "dns_answer_without_resolver": RuleCases(
        decides=(
            Case(
                what="a private address, and nobody proves to be the site",
                state=State.BLOCKED,
                mechanisms=("dns.injection.bogon",),
                rows=lambda: where_no_resolver_is((PRIVATE,), (PRIVATE,), rows=Rows().asked((PRIVATE,))),
            ),
            Case(
                what="a public address where somebody else is",
                state=State.BLOCKED,
                mechanisms=("dns.injection.other",),
                rows=lambda: where_no_resolver_is(
                    (STRANGER,), (STRANGER,), rows=misled(STRANGER, tls=UNKNOWN_AUTHORITY)
                ),
            ),
            Case(
                what="a failure that an honest resolver has too",
                state=State.BLOCKED,
                mechanisms=("dns.servfail",),
                rows=lambda: where_no_resolver_is(SERVFAIL, SERVFAIL, rows=Rows().asked(SERVFAIL)),
            ),
            Case(
                what="a refusal, which the system hides",
                state=State.BLOCKED,
                mechanisms=("dns.refused",),
                rows=lambda: where_no_resolver_is(
                    "dns_refused_error", "dns_refused_error", rows=Rows().asked("dns_temporary_failure")
                ),
            ),
            Case(
                what="half a message, while the true address works in no program of this computer",
                state=State.BLOCKED,
                mechanisms=("dns.injection.other",),
                rows=lambda: where_no_resolver_is(
                    "dns_reply_malformed", "dns_reply_malformed", rows=unanswered(SILENCE, SILENCE)
                ),
            ),
        ),
        spares=(
            Case(
                what="innocent names are answered there as well: a proxy for all questions",
                state=State.IMPAIRED,
                rows=lambda: where_no_resolver_is((PRIVATE,), (PRIVATE,), rows=Rows().asked((PRIVATE,)), proxy=True),
            ),
            Case(
                what="too few innocent names were asked there: their questions may have been lost",
                state=State.IMPAIRED,
                rows=lambda: where_no_resolver_is((PRIVATE,), (PRIVATE,), rows=Rows().asked((PRIVATE,)), innocent=3),
            ),
            Case(
                what="answered once, and then not again",
                state=State.IMPAIRED,
                rows=lambda: where_no_resolver_is((PRIVATE,), SILENCE, rows=Rows().asked((PRIVATE,))),
            ),
            Case(
                what="datagrams that belong to other questions",
                state=State.IMPAIRED,
                rows=lambda: where_no_resolver_is(
                    "dns_reply_with_wrong_query_id", "dns_reply_with_wrong_query_id", rows=Rows().asked(SERVFAIL)
                ),
            ),
            Case(
                what="the port is said to be closed",
                state=State.IMPAIRED,
                rows=lambda: where_no_resolver_is(
                    "connection_refused", "connection_refused", rows=Rows().asked(SERVFAIL)
                ),
            ),
            Case(
                what="all of it leads home: a filter in one's own router",
                state=State.IMPAIRED,
                rows=lambda: where_no_resolver_is((HOME,), (HOME,), rows=pointed_at(HOME)),
            ),
            Case(
                what="what is answered there is what DoH says",
                state=State.IMPAIRED,
                rows=lambda: where_no_resolver_is(
                    (OWN,), (OWN,), rows=Rows().asked(SERVFAIL).asked((OWN,), of="quad9-doh")
                ),
            ),
            Case(
                what="the system is led to an address that shows the site's certificate all the same",
                state=State.OK,
                mechanisms=("dns.injection.other",),
                rows=lambda: where_no_resolver_is(
                    (OWN_TWO,),
                    (OWN_TWO,),
                    rows=Rows().asked((OWN_TWO,)).asked((OWN,), of="quad9-doh").tried(OWN_TWO),
                ),
            ),
            Case(
                what="a second member of the pool, to which nobody is led",
                state=State.OK,
                rows=lambda: where_no_resolver_is((OWN_TWO,), (OWN_TWO,), rows=works().tried(OWN_TWO)),
            ),
        ),
    ),
    "dns_tampered_still_works": RuleCases(
        decides=(
            Case(
                what="a forged reply and a true one, and the true one is used",
                state=State.OK,
                mechanisms=("dns.injection.blockpage",),
                rows=lambda: Rows().asked((OWN,)).asked((IRAN,), (OWN,), of="quad9-udp").tried(),
            ),
            Case(
                what="a forged reply beside the address that the system gives, and a connection there stands",
                target=CHAT,
                state=State.OK,
                mechanisms=("dns.injection.bogon",),
                rows=lambda: (
                    Rows()
                    .asked((OWN,), name="chat.site.example")
                    .asked((PRIVATE,), (OWN,), of="quad9-udp", name="chat.site.example")
                    .tried(at="tcp://chat.site.example:5222")
                ),
            ),
        ),
        spares=(
            Case(
                what="two members of a pool",
                state=State.OK,
                rows=lambda: Rows().asked((OWN,)).asked((OWN,), (OWN_TWO,), of="quad9-udp").tried(),
            ),
            Case(
                what="only DoH's address works",
                state=State.BLOCKED,
                mechanisms=("dns.injection.blockpage",),
                rows=lambda: told_by_doh(forged(), OWN),
            ),
        ),
    ),
    "dns_name_works": RuleCases(
        decides=(Case(what="the system's address shows the certificate", rows=works, state=State.OK),),
        spares=(
            Case(
                what="it shows an expired one",
                rows=lambda: honest_names().tried(tls=EXPIRED, times=2),
                state=State.IMPAIRED,
            ),
            Case(
                what="only another resolver's address shows it",
                rows=lambda: misled(OWN_TWO, tls=EXPIRED),
                state=State.IMPAIRED,
            ),
        ),
    ),
    "dns_points_home": RuleCases(
        decides=(
            *(
                Case(
                    what=f"a hosts file or a filter at home says {address}",
                    state=State.IMPAIRED,
                    rows=partial(pointed_at, address),
                )
                for address in ("0.0.0.0", "127.0.0.1", HOME, "fd00::1", "[own_address]")
            ),
            Case(
                what="every resolver asked over the line says so: a router may lead all questions to its own filter",
                state=State.IMPAIRED,
                rows=lambda: told_by_doh(alive().asked(("127.0.0.1",)).asked(("127.0.0.1",), of="quad9-udp"), OWN),
            ),
            Case(
                what="a filter at home, in a network that lets no other resolver be asked",
                state=State.IMPAIRED,
                rows=lambda: told_by_doh(alive().asked(("0.0.0.0",)).asked(SILENCE, of="quad9-udp"), OWN),
            ),
        ),
        spares=(
            Case(
                what="a private address of a provider",
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.injection.bogon",),
                rows=partial(pointed_at, PRIVATE),
            ),
            Case(
                what="every resolver says 127.0.0.1, and so does an address that is none, about this name alone",
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.injection.bogon",),
                rows=lambda: where_no_resolver_is(
                    ("127.0.0.1",),
                    ("127.0.0.1",),
                    rows=told_by_doh(alive().asked(("127.0.0.1",)).asked(("127.0.0.1",), of="quad9-udp"), OWN),
                ),
            ),
        ),
    ),
    "dns_leads_to_block_page": RuleCases(
        decides=(
            Case(
                what="a public address with a known block page",
                target=PLAIN,
                state=State.BLOCKED,
                mechanisms=("dns.injection.blockpage",),
                rows=lambda: told_by_doh(
                    alive()
                    .asked((STRANGER,))
                    .tried(STRANGER, at="http://site.example/", http=403, page="ir_iframe_v4"),
                    OWN,
                ),
            ),
        ),
        spares=(
            Case(
                what="the page comes at the site's own proven address",
                target=PLAIN,
                state=State.BLOCKED,
                mechanisms=("http.blockpage",),
                rows=lambda: works().tried(at="http://site.example/", http=403, page="ir_iframe_v4"),
            ),
            Case(
                what="an unknown page",
                target=PLAIN,
                state=State.OK,
                rows=lambda: told_by_doh(alive().asked((STRANGER,)).tried(STRANGER, at="http://site.example/"), OWN),
            ),
        ),
    ),
    "dns_bogon_control_proven": RuleCases(
        decides=(
            Case(
                what="a private address; DoH's proves itself",
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.injection.bogon",),
                rows=lambda: told_by_doh(Rows().asked((PRIVATE,)).asked((PRIVATE,)), OWN),
            ),
            Case(
                what="a private address, by whoever is asked over the line; DoH's proves itself",
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.injection.bogon",),
                rows=lambda: told_by_doh(Rows().asked((PRIVATE,)).asked((PRIVATE,), of="quad9-udp"), OWN),
            ),
        ),
        spares=(
            Case(
                what="a private address, told once",
                state=State.IMPAIRED,
                rows=lambda: told_by_doh(Rows().asked((PRIVATE,)), OWN),
            ),
            Case(
                what="a private address, and no other proven",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked((PRIVATE,)).asked((OWN,), of="quad9-doh").tried(tls=SILENCE, times=2),
            ),
            Case(
                what="an IPv6 network shows IPv4 addresses in its own form (RFC 6052)",
                state=State.OK,
                rows=lambda: (
                    Rows()
                    .asked(("64:ff9b::2c01:101",), query_type="AAAA")
                    .asked((OWN,), of="quad9-udp")
                    .tried("64:ff9b::2c01:101")
                ),
            ),
            Case(
                what="the name's owner wrote a private address, and DoH says so",
                target=NAME,
                state=State.OK,
                rows=lambda: (
                    Rows()
                    .asked(("127.0.0.1",), name="up.site.example")
                    .asked(("127.0.0.1",), of="quad9-udp", name="up.site.example")
                    .asked(("127.0.0.1",), of="quad9-doh", name="up.site.example")
                ),
            ),
        ),
    ),
    "dns_failure_control_proven": RuleCases(
        decides=(
            *(
                Case(
                    what=f"the system says {failure} twice",
                    rows=partial(unanswered, failure, failure),
                    state=State.LIKELY_BLOCKED,
                    mechanisms=(mechanism,),
                )
                for failure, mechanism in (
                    (NXDOMAIN, "dns.nxdomain"),
                    ("dns_refused_error", "dns.refused"),
                    (EMPTY, "dns.empty"),
                )
            ),
            Case(
                what="the system is silent twice, and so are two others",
                rows=lambda: (
                    unanswered(SILENCE, SILENCE).asked(SILENCE, of="quad9-udp").asked(SILENCE, of="google-udp")
                ),
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.timeout",),
            ),
            Case(
                what="others are sent garbage, over which the system's stub waits on",
                rows=lambda: unanswered(SILENCE, SILENCE).asked("dns_reply_malformed", of="quad9-udp"),
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.injection.other",),
            ),
        ),
        spares=(
            Case(
                what="the system alone is silent: it may not reach the name's own servers",
                rows=lambda: unanswered(SILENCE, SILENCE).asked((OWN,), of="quad9-udp"),
                state=State.IMPAIRED,
            ),
            Case(
                what="the system is silent, and one other: packets may have been lost",
                rows=lambda: unanswered(SILENCE, SILENCE).asked(SILENCE, of="quad9-udp"),
                state=State.IMPAIRED,
            ),
            Case(what="once only", rows=lambda: unanswered(NXDOMAIN), state=State.IMPAIRED),
            Case(
                what="the resolver could not find out",
                rows=lambda: unanswered(SERVFAIL, SERVFAIL),
                state=State.IMPAIRED,
            ),
            Case(
                what="the resolver answers for nobody",
                state=State.IMPAIRED,
                rows=lambda: told_by_doh(Rows().asked(SILENCE).asked(SILENCE), OWN),
            ),
            Case(
                what="packets get lost: a name that works went unanswered too",
                state=State.IMPAIRED,
                rows=lambda: told_by_doh(
                    alive().asked(SILENCE, name="other.example", platform="other").asked(SILENCE).asked(SILENCE), OWN
                ),
            ),
            Case(
                what="the answer is too long for a packet, and the router knows no other way",
                state=State.IMPAIRED,
                rows=lambda: told_by_doh(
                    alive().asked(SILENCE).asked(SILENCE).asked((OWN,), of="quad9-udp", dns_flags=0x8380), OWN
                ),
            ),
            Case(
                what="no other address is proven",
                state=State.IMPAIRED,
                rows=lambda: (
                    alive()
                    .asked(NXDOMAIN)
                    .asked(NXDOMAIN)
                    .asked((OWN,), of="quad9-doh")
                    .tried(connect=SILENCE, times=2)
                ),
            ),
        ),
    ),
    "dns_silence_for_this_name": RuleCases(
        decides=(
            Case(
                what="nobody says a word of this name, and all do of others",
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.timeout",),
                rows=partial(silent_about, SILENCE, SILENCE),
            ),
            Case(
                what="the system gave up by itself, and calls that temporary",
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.timeout",),
                rows=partial(silent_about, "dns_temporary_failure", "dns_temporary_failure"),
            ),
        ),
        spares=(
            Case(
                what="one resolver is silent about innocent names too",
                state=State.IMPAIRED,
                rows=partial(silent_about, SILENCE, SILENCE, beside=("quad9-udp",)),
            ),
            Case(
                what="the system was asked once only",
                state=State.IMPAIRED,
                rows=partial(silent_about, SILENCE),
            ),
            Case(
                what="the system's resolver could not find out",
                state=State.IMPAIRED,
                rows=partial(silent_about, SERVFAIL, SILENCE),
            ),
            Case(
                what="DoH has no address either: the name's own servers may be out of reach",
                state=State.IMPAIRED,
                rows=partial(silent_about, SILENCE, SILENCE, doh=SERVFAIL),
            ),
            Case(
                what="the line loses questions about names that work",
                state=State.IMPAIRED,
                rows=lambda: silent_about(SILENCE, SILENCE).asked(SILENCE, name="other.example", platform="other"),
            ),
        ),
    ),
    "dns_foreign_server_control_proven": RuleCases(
        decides=(
            Case(
                what="a server with a certificate of nobody, in a network of its own",
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.injection.other",),
                rows=lambda: (
                    alive()
                    .asked((STRANGER,), answer_asns=("64497",))
                    .tried(STRANGER, tls=UNKNOWN_AUTHORITY, times=2)
                    .asked((OWN,), of="quad9-doh", answer_asns=("64496",))
                    .tried(OWN)
                ),
            ),
            Case(
                what="a server with a certificate of nobody",
                rows=lambda: misled(STRANGER, tls=UNKNOWN_AUTHORITY),
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.injection.other",),
            ),
            Case(
                what="one server with its own name for the sites of two platforms",
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.injection.other",),
                rows=lambda: misled("44.7.7.7", tls=STRANGERS_NAME).asked(
                    ("44.7.7.7",), name="other.example", platform="other"
                ),
            ),
        ),
        spares=(
            Case(
                what="a certificate of nobody, in the network of the address that proves itself",
                state=State.IMPAIRED,
                rows=lambda: (
                    alive()
                    .asked((STRANGER,), answer_asns=("64496",))
                    .tried(STRANGER, tls=UNKNOWN_AUTHORITY, times=2)
                    .asked((OWN,), of="quad9-doh", answer_asns=("64496",))
                    .tried(OWN)
                ),
            ),
            Case(
                what="one machine of a content network with a wrong setting",
                rows=lambda: misled(OWN_TWO, tls=STRANGERS_NAME),
                state=State.IMPAIRED,
            ),
            Case(
                what="a certificate of nobody once, and a reset the next time",
                state=State.IMPAIRED,
                rows=lambda: misled(STRANGER, tls=UNKNOWN_AUTHORITY, times=1).tried(
                    STRANGER, tls="connection_reset", variation="fresh_port"
                ),
            ),
            Case(
                what="one address for two platforms, with its own name once, and a reset the next time",
                state=State.IMPAIRED,
                rows=lambda: (
                    misled("44.7.7.7", tls=STRANGERS_NAME, times=1)
                    .tried("44.7.7.7", tls="connection_reset", variation="fresh_port")
                    .asked(("44.7.7.7",), name="other.example", platform="other")
                ),
            ),
            Case(
                what="one machine with an expired certificate",
                rows=lambda: misled(OWN_TWO, tls=EXPIRED),
                state=State.IMPAIRED,
            ),
            Case(
                what="one try only, and then none",
                rows=lambda: misled(STRANGER, tls=UNKNOWN_AUTHORITY, times=1),
                state=State.OK,
            ),
            Case(
                what="an innocent name shows its own certificate there, and the site's resets once",
                state=State.IMPAIRED,
                rows=lambda: (
                    Rows()
                    .asked((OWN,))
                    .asked((OWN_TWO,), of="quad9-udp")
                    .tried(tls="connection_reset", times=2)
                    .tried(OWN_TWO, tls="connection_reset", times=2)
                    .swapped(here="")
                ),
            ),
            Case(
                what="the office looks into everything",
                state=State.IMPAIRED,
                rows=lambda: (
                    Rows()
                    .asked((OWN,))
                    .asked((OWN_TWO,), of="quad9-udp")
                    .tried(tls=UNKNOWN_AUTHORITY, times=2)
                    .tried(OWN_TWO, tls=UNKNOWN_AUTHORITY, times=2)
                ),
            ),
        ),
    ),
    "dns_only_others_address_works": RuleCases(
        decides=(
            Case(
                what="a dead machine of the pool, or a forged address: nobody knows",
                state=State.IMPAIRED,
                rows=lambda: misled(OWN_TWO, connect=SILENCE),
            ),
        ),
        spares=(
            Case(what="one lost connection", rows=lambda: misled(OWN_TWO, connect=SILENCE, times=1), state=State.OK),
            Case(
                what="IPv6 is dead, and IPv4 works",
                state=State.OK,
                rows=lambda: works().asked((OWN_V6,), query_type="AAAA").tried(OWN_V6, connect=SILENCE, times=2),
            ),
        ),
    ),
    "dns_no_such_name": RuleCases(
        decides=(
            Case(
                what="nobody knows the name, DoH neither",
                state=State.DOWN,
                rows=lambda: Rows().asked(NXDOMAIN).asked(NXDOMAIN, of="quad9-udp").asked(NXDOMAIN, of="quad9-doh"),
            ),
            Case(
                what="the provider rewrites the answer into a page of its own",
                state=State.DOWN,
                rows=lambda: Rows().asked((STRANGER,)).asked(NXDOMAIN, of="quad9-udp").asked(NXDOMAIN, of="quad9-doh"),
            ),
        ),
        spares=(
            Case(
                what="another resolver outside knows it",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(NXDOMAIN).asked((OWN,), of="quad9-udp").asked(NXDOMAIN, of="quad9-doh"),
            ),
            Case(
                what="DoH was not asked",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(NXDOMAIN).asked(NXDOMAIN, of="quad9-udp"),
            ),
            Case(
                what="nobody knows it who can be forged",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(NXDOMAIN).asked(NXDOMAIN, of="quad9-udp").asked(SILENCE, of="quad9-doh"),
            ),
        ),
    ),
    "dns_name_without_address": RuleCases(
        decides=(
            Case(
                what="nobody has an address for the name, DoH neither",
                state=State.DOWN,
                rows=lambda: Rows().asked(EMPTY).asked(EMPTY, of="quad9-udp").asked(EMPTY, of="quad9-doh"),
            ),
        ),
        spares=(
            Case(
                what="one resolver has one",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(EMPTY).asked((OWN,), of="quad9-udp").asked(EMPTY, of="quad9-doh"),
            ),
            Case(
                what="nobody has one who can be forged",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(EMPTY).asked(EMPTY, of="quad9-udp").asked(SILENCE, of="quad9-doh"),
            ),
        ),
    ),
    "dns_failure_unexplained": RuleCases(
        decides=(
            Case(
                what="the system cannot find out, and no address is proven",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(SERVFAIL).asked(SERVFAIL),
            ),
            Case(
                what="it cannot find out what DoH's proven address shows",
                rows=lambda: unanswered(SERVFAIL, SERVFAIL),
                state=State.IMPAIRED,
            ),
        ),
        spares=(
            Case(
                what="it finds out the second time",
                state=State.OK,
                rows=lambda: Rows().asked(SILENCE).asked((OWN,)).tried(),
            ),
        ),
    ),
}
