"""What looks like blocking and is not: whole sweeps of innocent misfortune, in which nobody may be condemned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.records import VantageState
from agent.verdict.finding import CONDEMNED
from agent.verdict.records import State
from tests.observations import OWN, OWN_TWO, OWN_V6, STRANGER, Rows, honest_names, told_by_doh, verdicts
from tests.rule_cases_connections import DATA_CENTRES, HTTP, pool
from tests.rule_cases_names import alive

RESET, SILENCE, CLOSE = "connection_reset", "generic_timeout_error", "eof_error"
EXPIRED, UNKNOWN_AUTHORITY, STRANGERS_NAME = "ssl_invalid_certificate", "ssl_unknown_authority", "ssl_invalid_hostname"
WEB = "https://site.example/"


def rest_of_the_world() -> Rows:
    """Another platform works, by the same line."""
    return alive()


def site(rows: Rows | None = None) -> Rows:
    return honest_names(rows or rest_of_the_world())


def lossy() -> Rows:
    """One packet in ten is lost: first tries fail here and there, at every layer, and so do questions."""
    rows = site(rest_of_the_world().asked(SILENCE)).asked(SILENCE, of="google-udp")
    rows.tried(connect=SILENCE).tried(tls=SILENCE, variation="fresh_port").tried(variation="fresh_port")
    return rows.tried(at=HTTP, http=SILENCE).tried(at=HTTP, variation="fresh_port")


def office() -> Rows:
    """Every certificate is the office's own, but for a few sites that it does not look into."""
    rows = site().tried(tls=UNKNOWN_AUTHORITY, issuer="Zscaler Intermediate Root CA", times=2)
    rows.tried(
        "44.9.9.9", tls=UNKNOWN_AUTHORITY, issuer="Zscaler Intermediate Root CA", variation="this_name_elsewhere"
    )
    return rows.swapped(elsewhere="-")


def line_lost() -> Rows:
    """The line died between two good ladders, and came back while the last tries were made."""
    rows = (
        rest_of_the_world().asked("dns_temporary_failure").asked(SILENCE, of="quad9-udp").asked("dns_temporary_failure")
    )
    rows = told_by_doh(rows, OWN).tried(at=HTTP, connect="network_unreachable", times=2)
    return pool(SILENCE, "network_unreachable", rows=rows)


def doubled_packets() -> Rows:
    """A broken router sends every question twice, and the content network gives another machine each time."""
    rows = rest_of_the_world()
    for name in ("site.example", "api.site.example"):
        rows.asked((OWN,), name=name).asked((OWN,), (OWN_TWO,), of="quad9-udp", name=name)
        rows.tried(at=f"https://{name}/")
    return rows


SITUATIONS: dict[str, tuple[Callable[[], Rows], State]] = {
    "a dead machine of the pool": (
        lambda: told_by_doh(site().asked((OWN_TWO,)).tried(OWN_TWO, connect=SILENCE, times=2), OWN),
        State.OK,
    ),
    "a dead machine of the pool is the system's only answer": (
        lambda: told_by_doh(alive().asked((OWN_TWO,)).tried(OWN_TWO, connect=SILENCE, times=2), OWN),
        State.IMPAIRED,
    ),
    "the server resets every name": (lambda: site().tried(tls=RESET, times=2).swapped(here=RESET), State.IMPAIRED),
    "the server resets strangers, and itself hangs": (
        lambda: site().tried(tls=SILENCE, times=2).swapped(here=RESET),
        State.IMPAIRED,
    ),
    "the anchor refuses every name but its own": (
        lambda: site().tried(tls=RESET, times=2).swapped(other=RESET, here=RESET, elsewhere=RESET),
        State.IMPAIRED,
    ),
    "one tenant of a shared server is down": (lambda: site().tried(tls=SILENCE, times=2).swapped(), State.IMPAIRED),
    "the certificate has expired": (lambda: site().tried(tls=EXPIRED, times=2), State.IMPAIRED),
    "it is signed by the server itself": (
        lambda: site().tried(tls=UNKNOWN_AUTHORITY, issuer="site.example", times=2).swapped(),
        State.IMPAIRED,
    ),
    "it is for another name": (lambda: site().tried(tls=STRANGERS_NAME, times=2), State.IMPAIRED),
    "the office looks into TLS": (office, State.IMPAIRED),
    "IPv6 is dead": (
        lambda: site().asked((OWN_V6,), query_type="AAAA").tried().tried(OWN_V6, connect=SILENCE, times=2),
        State.OK,
    ),
    "packets are lost": (lossy, State.OK),
    "packets come twice": (doubled_packets, State.OK),
    "too many requests": (lambda: site().tried(http=429).tried(at=HTTP, http=429), State.OK),
    "under repair": (lambda: site().tried(http=503).tried(at=HTTP, http=503), State.OK),
    "the site turns this country away": (lambda: site().tried(http=451), State.OK),
    "the site turns this country away by a reset after the request": (
        lambda: site().tried(http=RESET, times=2),
        State.IMPAIRED,
    ),
    "the site turns this country away by a reset of the handshake": (
        lambda: site().tried(tls=RESET, times=2).swapped(),
        State.IMPAIRED,
    ),
    "the site turns this country away by silence to its SYN": (
        lambda: site().tried(connect=SILENCE, times=2),
        State.IMPAIRED,
    ),
    "its page sends to another domain": (lambda: site().tried(http=302), State.OK),
    "its machine is overloaded and closes": (lambda: site().tried(tls=CLOSE, times=2).swapped(), State.IMPAIRED),
    "the line was lost for a while": (line_lost, State.IMPAIRED),
    "the resolver of the provider is broken for this zone": (
        lambda: told_by_doh(alive().asked("dns_servfail_error").asked("dns_servfail_error"), OWN),
        State.IMPAIRED,
    ),
    "two platforms in one content network, one machine of it with a wrong setting for both": (
        lambda: told_by_doh(
            site(alive().asked((OWN_TWO,), name="other.example", platform="other"))
            .asked((OWN_TWO,))
            .tried(OWN_TWO, tls=EXPIRED, times=2),
            OWN,
        ),
        State.OK,
    ),
}


@pytest.mark.parametrize("what", SITUATIONS)
def test_misfortune_is_no_blocking(what: str) -> None:
    """Nobody is condemned, and the web target is called what a user would call it."""
    rows, state = SITUATIONS[what]
    told = verdicts(rows())
    assert not [name for name, verdict in told.items() if verdict.state in CONDEMNED]
    assert told["site/web"].state is state, told["site/web"].because
    assert told["other"].state is State.OK


@pytest.mark.parametrize("what", ["data centres down", "some down", "all but one down"])
def test_a_pool_that_is_down_is_not_blocked_and_one_that_is_partly_down_is_ok(what: str) -> None:
    failures = {"data centres down": (SILENCE, SILENCE), "some down": (SILENCE, ""), "all but one down": ("", RESET)}
    state = verdicts(pool(*failures[what], rows=site().tried()))["site/pool"].state
    assert state is (State.IMPAIRED if what == "data centres down" else State.OK)
    assert len(DATA_CENTRES) == 2


def test_a_closed_plain_port_condemns_nobody_even_beside_a_block() -> None:
    """The site's other name is forged; its own port 80 is shut, as many have shut it, and 443 works."""
    rows = site().tried().tried(at=HTTP, connect=SILENCE, times=2).asked(("10.10.34.36",), name="api.site.example")
    told = verdicts(rows)
    assert told["site/api"].state is State.BLOCKED
    assert told["site/plain"].state is State.IMPAIRED


@pytest.mark.parametrize("vantage", [state for state in VantageState if state is not VantageState.NORMAL])
@pytest.mark.parametrize("what", SITUATIONS)
def test_on_a_bad_line_there_is_no_misfortune_either(what: str, vantage: VantageState) -> None:
    """A wrong clock, a log-in page, a shutdown, a closing ladder worse than the opening one."""
    states = {verdict.state for verdict in verdicts(SITUATIONS[what][0](), vantage).values()}
    assert states <= {State.OK, State.INSUFFICIENT, State.RETIRED}


def test_beside_each_misfortune_a_censor_is_still_seen() -> None:
    """The same builders with a censor in them condemn: the table above is not deaf."""
    assert verdicts(site().tried(tls=RESET, times=2).swapped(elsewhere=RESET))["site"].state is State.BLOCKED
    assert verdicts(alive().asked(("10.10.34.36",)))["site"].state is State.BLOCKED
    forger = told_by_doh(alive().asked((STRANGER,)).tried(STRANGER, tls=UNKNOWN_AUTHORITY, times=2), OWN)
    assert verdicts(forger)["site"].state is State.LIKELY_BLOCKED
