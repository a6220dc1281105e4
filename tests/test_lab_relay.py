"""Every action of the censor at every moment of a stream, as a plain client on loopback meets it, and beside each the
same world without the rule."""

import pytest

from agent.lab.loopback.lab import Lab
from agent.lab.rules import (
    MOMENTS,
    Action,
    Close,
    Corrupt,
    Drop,
    ForeignCertificate,
    Match,
    Pass,
    Reset,
    Residual,
    Rule,
    SendBytes,
    Throttle,
    TlsAlert,
    Unreachable,
)
from agent.lab.world import Client, Host, Service, World
from tests.lab_client import SILENCE_S, dial, read_all
from tests.lab_visits import say, visit, visit_tls

SITE, OLD_SITE, ECHO, HOME = "44.0.0.1", "44.0.0.2", "44.0.0.3", "44.0.0.4"
WEB = (Service(kind="http", port=80), Service(kind="https", port=443))
HOSTS = (
    Host(addresses=("44.0.0.53",), services=(Service(kind="dns", port=53),), country="IR"),
    Host(names=("site.example",), addresses=(SITE,), services=WEB),
    Host(names=("old.example",), addresses=(OLD_SITE,), services=(Service(kind="https", port=443, tls="1.2"),)),
    Host(names=("closing.example",), addresses=(ECHO,), services=(Service(kind="closing", port=5222),)),
    Host(names=("home.example",), addresses=(HOME,), services=WEB, country="IR"),
)
WORDS = b"no protocol at all"
FAST_ENOUGH = Throttle(rate_kbit_s=8000.0)

#: Action, where it acts, and what the client then meets.
CASES = [
    ("syn", Pass(), "200 whole"),
    ("syn", Drop(), "silence"),
    ("syn", Reset(), "refused"),
    ("syn", Unreachable(what="net"), "network is unreachable"),
    ("syn", Unreachable(what="host"), "no route to host"),
    ("syn", Unreachable(what="port"), "refused"),
    ("syn", Unreachable(what="admin"), "no route to host"),
    ("syn", FAST_ENOUGH, "200 whole"),
    ("accept", Pass(), "200 whole"),
    ("accept", Drop(), "silence"),
    ("accept", Reset(), "reset"),
    ("accept", Close(), "closed"),
    ("accept", SendBytes(data=b"go away"), "go away"),
    ("client_hello", Pass(), "200 whole"),
    ("client_hello", Drop(), "silence"),
    ("client_hello", Reset(), "reset"),
    ("client_hello", Reset(to="client"), "reset"),
    ("client_hello", Close(), "closed"),
    ("client_hello", ForeignCertificate(), "unknown authority"),
    ("client_hello", ForeignCertificate(kind="self_signed"), "self-signed"),
    ("client_hello", TlsAlert(description=40), "sslv3_alert_handshake_failure"),
    ("client_hello", TlsAlert(description=112), "tlsv1_unrecognized_name"),
    ("client_hello", SendBytes(data=b"HTTP/1.1 403 Forbidden\r\n\r\n"), "wrong_version_number"),
    ("client_hello", FAST_ENOUGH, "200 whole"),
    ("certificate", Pass(), "200 whole"),
    ("certificate", Drop(), "silence"),
    ("certificate", Reset(), "reset"),
    ("certificate", Close(), "closed"),
    ("certificate", TlsAlert(description=40), "sslv3_alert_handshake_failure"),
    ("certificate", FAST_ENOUGH, "200 whole"),
    ("request", Pass(), "200 whole"),
    ("request", Drop(), "silence"),
    ("request", Reset(), "reset"),
    ("request", Close(), "closed"),
    ("request", SendBytes(data=b"HTTP/1.1 403 Forbidden\r\n\r\n"), "403 other"),
    ("request", FAST_ENOUGH, "200 whole"),
    ("request", Corrupt(), "200 other"),
    ("unrecognised", Pass(), "closed"),
    ("unrecognised", Drop(), "silence"),
    ("unrecognised", Reset(), "reset"),
    ("unrecognised", Close(), "closed"),
    ("unrecognised", FAST_ENOUGH, "closed"),
]
#: Tried below, where more than a word is needed.
ELSEWHERE = {(at, Corrupt) for at in ("client_hello", "certificate", "unrecognised")}


def world(*rules: Rule) -> World:
    return World(name="streams", hosts=HOSTS, client=Client(resolver="44.0.0.53"), rules=rules)


def rule(at: str, action: Action, **match: object) -> Rule:
    return Rule(id="r", match=Match(at=at, **match), action=action)  # type: ignore[arg-type] # fields of Match


def visit_at(lab: Lab, at: str, *, met: str = "") -> str:
    """A visit that passes that moment. `met`: what is expected."""
    match at:
        case "client_hello":
            return visit_tls(lab, SITE, "site.example", met=met)
        case "certificate":
            return visit_tls(lab, OLD_SITE, "old.example", met=met)
        case "unrecognised":
            return say(lab, ECHO, 5222, WORDS, met=met)
    return visit(lab, SITE, "site.example", met=met)


@pytest.mark.parametrize(("at", "action", "met"), CASES)
def test_action_is_met_at_its_moment(at: str, action: Action, met: str) -> None:
    with Lab(world(rule(at, action))) as lab:
        assert visit_at(lab, at, met=met) == met
        assert [(deed.event.at, deed.action) for deed in lab.censor_log] == [(at, action)]


@pytest.mark.parametrize(
    ("at", "met"),
    [("syn", "200 whole"), ("client_hello", "200 whole"), ("certificate", "200 whole"), ("unrecognised", "closed")],
)
def test_without_a_rule_every_visit_goes_well(at: str, met: str) -> None:
    with Lab(world()) as lab:
        assert visit_at(lab, at) == met
        assert lab.censor_log == []


def test_every_action_at_every_moment_of_a_stream_is_tried() -> None:
    streams = [at for at in MOMENTS if at not in ("query", "datagram", "quic")]
    tried = {(at, type(action)) for at, action, _ in CASES} | ELSEWHERE
    assert tried == {(at, action) for at in streams for action in MOMENTS[at]}


@pytest.mark.parametrize("at", ["client_hello", "certificate"])
def test_damaged_handshake_fails_inside_tls(at: str) -> None:
    """Which fault it is hangs on the place of the damage; that the client notices at once does not."""
    with Lab(world(rule(at, Corrupt()))) as lab:
        assert visit_at(lab, at) not in ("200 whole", "silence", "reset", "closed", "refused")


def test_damage_reaches_what_is_no_protocol_too() -> None:
    """A web server answers rubbish with a page of its own, whose head is not spared here."""
    with Lab(world()) as clean, Lab(world(rule("unrecognised", Corrupt()))) as damaging:
        answers = [answer_to(lab, bytes(40)) for lab in (clean, damaging)]
    assert answers[0].startswith(b"HTTP/1.1 400 ")
    assert answers[1][:20] != answers[0][:20]
    assert len(answers[1]) == len(answers[0])


def test_damaged_words_arrive_in_the_same_length_and_alike_each_time() -> None:
    with Lab(world()) as clean, Lab(world(rule("request", Corrupt()))) as damaging:
        pages = [page_of(lab) for lab in (clean, damaging, damaging)]
    assert pages[1] == pages[2] != pages[0]
    assert len(pages[1]) == len(pages[0])


def page_of(lab: Lab) -> bytes:
    return answer_to(lab, b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n").partition(b"\r\n\r\n")[2]


def answer_to(lab: Lab, data: bytes) -> bytes:
    with dial(lab, SITE, 80) as connection:
        connection.sendall(data)
        return read_all(connection)


@pytest.mark.parametrize(
    ("match", "visited", "met"),
    [
        ({"at": "client_hello", "names": ("old.example",)}, "client_hello", "200 whole"),
        ({"at": "certificate", "names": ("site.example",)}, "certificate", "200 whole"),
        ({"at": "certificate", "names": ("old.example",)}, "certificate", "reset"),
        ({"at": "request", "path": "/other"}, "request", "200 whole"),
        ({"at": "request", "path": "/"}, "request", "reset"),
        ({"at": "request", "keywords": ("HOST: SITE",)}, "request", "reset"),
        ({"at": "request", "keywords": ("falun",)}, "request", "200 whole"),
        ({"at": "unrecognised", "keywords": ("PROTOCOL",)}, "unrecognised", "reset"),
        ({"at": "unrecognised", "ports": (443,)}, "unrecognised", "closed"),
        ({"at": "syn", "ip_version": 6}, "request", "200 whole"),
        ({"at": "accept", "direction": "in"}, "request", "200 whole"),
    ],
)
def test_conditions_decide_whether_it_acts(match: dict[str, object], visited: str, met: str) -> None:
    with Lab(world(Rule(id="r", match=Match(**match), action=Reset(to="client")))) as lab:  # type: ignore[arg-type]
        assert visit_at(lab, visited) == met.replace("reset", "refused" if match["at"] == "syn" else "reset")


def test_certificate_of_tls_1_3_is_not_seen() -> None:
    with Lab(world(rule("certificate", Reset()))) as lab:
        assert visit_tls(lab, SITE, "site.example") == "200 whole"
        assert lab.censor_log == []


def test_certificate_is_seen_by_any_of_its_names() -> None:
    shown = Service(kind="https", port=443, tls="1.2", certificate_names=("first.example", "second.example"))
    host = Host(names=("first.example",), addresses=("44.0.0.9",), services=(shown,))
    one_more = World(
        name="names",
        hosts=(*HOSTS, host),
        client=Client(resolver="44.0.0.53"),
        rules=(rule("certificate", Reset(), names=("second.example",)),),
    )
    with Lab(one_more) as lab:
        assert visit_tls(lab, "44.0.0.9", "first.example") == "reset"
        assert visit_tls(lab, OLD_SITE, "old.example") == "200 whole"


@pytest.mark.parametrize(("where", "met"), [("border", "200 whole"), ("line", "reset")])
def test_what_stays_in_the_country_is_seen_on_the_line_alone(where: str, met: str) -> None:
    with Lab(world(Rule(id="r", match=Match(at="request"), action=Reset(), where=where))) as lab:
        assert visit(lab, HOME, "home.example") == met


@pytest.mark.parametrize(
    ("residual", "later"),
    [
        (Residual(seconds=60.0), ["silence", "200 whole", "200 whole"]),
        (Residual(seconds=60.0, action=Reset()), ["refused", "200 whole", "200 whole"]),
        (Residual(seconds=60.0, by="name", action=Reset()), ["reset", "reset", "200 whole"]),
        (Residual(seconds=0.0), ["200 whole", "200 whole", "200 whole"]),
    ],
)
def test_punishment_goes_on_for_the_server_or_for_the_name(residual: Residual, later: list[str]) -> None:
    """After a reset by path: the same site again, its name in TLS, and another name in TLS."""
    punishing = Rule(id="r", match=Match(at="request", path="/bad"), action=Reset(), residual=residual)
    with Lab(world(punishing)) as lab:
        assert visit(lab, SITE, "site.example", path="/bad") == "reset"
        assert [
            visit(lab, SITE, "site.example", met=later[0]),
            visit_tls(lab, SITE, "site.example"),
            visit_tls(lab, OLD_SITE, "old.example"),
        ] == later


def test_second_request_of_a_connection_is_judged_too() -> None:
    """Web servers of the lab close after one; this one says nothing, so that a second can follow."""
    silent = Host(names=("mute.example",), addresses=("44.0.0.9",), services=(Service(kind="silent", port=80),))
    muted = World(
        name="second",
        hosts=(*HOSTS, silent),
        client=Client(resolver="44.0.0.53"),
        rules=(rule("request", SendBytes(data=b"no"), path="/bad"),),
    )
    good, bad = b"GET /good HTTP/1.1\r\n\r\n", b"GET /bad HTTP/1.1\r\n\r\n"
    with Lab(muted) as lab:
        assert say(lab, "44.0.0.9", 80, good, met="silence") == "silence"
        assert say(lab, "44.0.0.9", 80, good + bad) == "no"


def test_what_a_broken_server_does_passes_the_relay() -> None:
    broken = tuple(
        Host(addresses=(f"44.0.1.{number}",), services=(Service(kind=kind, port=443),))
        for number, kind in enumerate(("closing", "resetting", "silent"))
    )
    with Lab(World(name="broken", hosts=(*HOSTS, *broken), client=Client(resolver="44.0.0.53"))) as lab:
        for number, met in enumerate(("closed", "reset", "silence")):
            assert say(lab, f"44.0.1.{number}", 443, WORDS, met=met) == met


@pytest.mark.parametrize(("action", "met"), [(Drop(), "silence"), (Close(), "closed"), (Pass(), "reset")])
def test_what_sets_the_censor_off_does_not_arrive(action: Action, met: str) -> None:
    """Were it let through, the server's own reset would show."""
    resetting = Host(addresses=("44.0.0.9",), services=(Service(kind="resetting", port=443),))
    rules = (rule("unrecognised", action),)
    with Lab(World(name="w", hosts=(*HOSTS, resetting), client=Client(resolver="44.0.0.53"), rules=rules)) as lab:
        assert say(lab, "44.0.0.9", 443, WORDS, met=met) == met


def test_silence_lasts_as_long_as_the_client_talks() -> None:
    with Lab(world(rule("request", Drop()))) as lab, dial(lab, SITE, 80, timeout_s=SILENCE_S) as connection:
        for _ in range(2):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n")
            with pytest.raises(TimeoutError):
                connection.recv(1)
        assert len(lab.censor_log) == 1
