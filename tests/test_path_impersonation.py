"""Connections that the censor holds in the server's name: false certificates, alerts, false DNS answers over TCP."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime

import dns.message
import pytest
from cryptography import x509

from agent.lab.namespace.packets import RST, SYN, Segment
from agent.lab.namespace.speakers import framed
from agent.lab.rules import (
    Action,
    Close,
    Corrupt,
    Drop,
    ForeignCertificate,
    ForgeAnswer,
    Match,
    Pass,
    Reset,
    Rule,
    SendBytes,
    TlsAlert,
    Unreachable,
)
from agent.lab.servers.certificates import Certificates, Shown
from agent.lab.servers.nameserver import stub_query
from tests.path_rig import RESOLVER, SERVER, TIMESTAMPS, Dialogue, Rig, TlsMind, world

CERTIFICATES = Certificates()
REQUEST = b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n"
VERSIONS = pytest.mark.parametrize("version", [4, 6])


def shaken(
    rule: Rule | None, *, tls: str = "1.3", trusting: bool = True, version: int = 4, name: str = "site.example"
) -> tuple[Dialogue, TlsMind, TlsMind]:
    """A handshake over a path with that rule, and both of its ends."""
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=CERTIFICATES.trust_pem()["web"].decode())
    if not trusting:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    shown = Shown(names=("first.example", "site.example"))
    client = TlsMind.of(context, name=name or None)
    server = TlsMind.of(CERTIFICATES.server_context(shown, at=datetime.now(UTC), tls=tls))
    rig = Rig(world(*([rule] if rule else [])), CERTIFICATES)
    dialogue = Dialogue(rig, (client(b"") or b"",), port=443, version=version, client_mind=client, server_mind=server)
    return dialogue.hold(), client, server


@VERSIONS
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("at", ["client_hello", "certificate"])
def test_a_handshake_that_passes_is_the_servers_own(version: int, tls: str, at: str) -> None:
    dialogue, client, server = shaken(Rule(id="rule", match=Match(at=at), action=Pass()), tls=tls, version=version)
    assert client.is_done
    assert server.is_done
    seen = at == "client_hello" or tls == "1.2"
    assert dialogue.rig.deeds == (["rule"] if seen else [])


@VERSIONS
@pytest.mark.parametrize(("kind", "code"), [("unknown_authority", (19, 20)), ("self_signed", (18,))])
def test_a_foreign_certificate_is_for_the_name_and_of_nobody_the_client_trusts(
    version: int, kind: str, code: tuple[int, ...]
) -> None:
    rule = Rule(id="rule", match=Match(at="client_hello"), action=ForeignCertificate(kind=kind))
    dialogue, client, server = shaken(rule, version=version)
    assert client.verify_code in code
    assert dialogue.server.heard == b""
    assert not server.is_done
    assert dialogue.client.ending == "end"  # the impostor leaves when its certificate is refused


def test_a_client_that_trusts_anybody_shakes_hands_with_the_impostor_and_hears_nothing_more() -> None:
    rule = Rule(id="rule", match=Match(at="client_hello"), action=ForeignCertificate())
    dialogue, client, _ = shaken(rule, trusting=False)
    assert client.is_done
    heard = len(dialogue.client.heard)
    client.tls.write(REQUEST)
    dialogue.rig.put("client", dialogue.client.segment(data=client.outgoing.read()))
    dialogue.rig.run()
    assert len(dialogue.client.heard) == heard
    assert dialogue.client.ending == ""
    assert acknowledged(dialogue) == dialogue.client.sequence


def test_a_hello_that_names_nobody_draws_a_certificate_for_the_address() -> None:
    rule = Rule(id="rule", match=Match(at="client_hello"), action=ForeignCertificate())
    _, client, _ = shaken(rule, trusting=False, name="")
    shown = x509.load_der_x509_certificate(client.tls.getpeercert(binary_form=True) or b"")
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == [SERVER[4]]


@pytest.mark.parametrize("description", [40, 112])
@pytest.mark.parametrize(("at", "tls"), [("client_hello", "1.3"), ("client_hello", "1.2"), ("certificate", "1.2")])
def test_an_alert_stands_where_the_client_reads_one(description: int, at: str, tls: str) -> None:
    rule = Rule(id="rule", match=Match(at=at), action=TlsAlert(description=description))
    dialogue, client, _ = shaken(rule, tls=tls)
    reasons = {40: "SSLV3_ALERT_HANDSHAKE_FAILURE", 112: "TLSV1_UNRECOGNIZED_NAME"}
    assert client.failure == reasons[description]
    assert dialogue.client.ending == "end"


@VERSIONS
@pytest.mark.parametrize("named", ["first.example", "site.example"])
@pytest.mark.parametrize(
    ("action", "ending"), [(Drop(), ""), (Reset(), "reset"), (Reset(to="client"), "reset"), (Close(), "end")]
)
def test_a_certificate_in_clear_ends_the_connection_before_it_is_whole(
    version: int, named: str, action: Action, ending: str
) -> None:
    rule = Rule(id="rule", match=Match(at="certificate", names=(named,)), action=action)
    dialogue, client, server = shaken(rule, tls="1.2", version=version)
    assert dialogue.client.ending == ending
    assert dialogue.rig.deeds == ["rule"]
    assert not client.is_done
    assert not server.is_done
    assert dialogue.server.ending == ("reset" if action == Reset() else "")


def test_a_certificate_of_other_names_passes() -> None:
    rule = Rule(id="rule", match=Match(at="certificate", names=("other.example",)), action=Reset())
    dialogue, client, _ = shaken(rule, tls="1.2")
    assert client.is_done
    assert dialogue.rig.deeds == []


@pytest.mark.parametrize(("at", "tls"), [("client_hello", "1.3"), ("client_hello", "1.2"), ("certificate", "1.2")])
def test_a_corrupt_handshake_fails_inside_tls(at: str, tls: str) -> None:
    _, client, _ = shaken(Rule(id="rule", match=Match(at=at), action=Corrupt()), tls=tls)
    assert client.failure not in ("", "WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING")


def test_plaintext_in_tls_is_no_tls() -> None:
    page = b"HTTP/1.1 403 Forbidden\r\n\r\n"
    dialogue, client, _ = shaken(Rule(id="rule", match=Match(at="client_hello"), action=SendBytes(data=page)))
    assert dialogue.client.heard == page
    assert client.failure == "WRONG_VERSION_NUMBER"


def page_dialogue(page: bytes, *, window: int = 500) -> Dialogue:
    rig = Rig(world(Rule(id="rule", match=Match(at="request"), action=SendBytes(data=page))))
    dialogue = Dialogue(rig, (REQUEST,))
    dialogue.client.window = window
    return dialogue


def test_the_impostor_keeps_to_the_clients_segments_and_timestamps() -> None:
    dialogue = page_dialogue(bytes(5000), window=2000).hold()
    segments = [packet.carried for packet in dialogue.rig.to("client")][1:]
    assert all(isinstance(segment, Segment) for segment in segments)
    assert {segment.options for segment in segments if isinstance(segment, Segment)} == {
        TIMESTAMPS + b"\0\0\0\1" + bytes(4)
    }
    lengths = [len(segment.data) for segment in segments if isinstance(segment, Segment)]
    assert lengths[:6] == [988] * 5 + [60]


def test_the_impostor_keeps_to_the_clients_window() -> None:
    dialogue = page_dialogue(bytes(5000), window=300)  # scaled by two bits: 1200 bytes
    rig = dialogue.rig
    rig.receivers = {"client": dialogue.client.receive, "servers": dialogue.server.receive}
    rig.put("client", dialogue.client.segment(flags=SYN, options=bytes([3, 3, 2, 0])))
    rig.run()
    sends = rig.put("client", dialogue.client.segment(data=REQUEST))
    assert len(sends) == 3  # 536 bytes, 536 and 128: without an option, the least that every host takes
    rig.run()
    assert dialogue.client.heard == bytes(5000)
    assert dialogue.client.ending == "end"


def test_a_client_that_says_the_same_again_is_told_the_same_again() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="request"), action=SendBytes(data=b"a page"))))
    dialogue = Dialogue(rig).hold()
    rig.receivers = {}
    request = dialogue.client.segment(data=REQUEST)
    rig.put("client", request, request)
    rig.run()
    first, again = rig.to("client")[-2:]
    assert isinstance(first.carried, Segment)
    assert first.carried.data == b"a page"
    assert again.carried == first.carried
    assert rig.deeds == ["rule"]


def test_what_comes_too_early_for_the_impostor_is_asked_for_again() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="accept"), action=SendBytes(data=b"a page"))))
    dialogue = Dialogue(rig).hold()
    dialogue.client.sequence += 10
    rig.put("client", dialogue.client.segment(data=REQUEST))
    rig.run()
    assert acknowledged(dialogue) == dialogue.client.sequence - len(REQUEST) - 10


def test_a_reset_by_the_client_ends_the_impostor() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="accept"), action=SendBytes(data=b"a page"))))
    dialogue = Dialogue(rig).hold()
    before = len(rig.sent)
    rig.put("client", dialogue.client.segment(flags=RST), dialogue.client.segment(data=REQUEST))
    rig.run()
    assert len(rig.sent) == before


LIE = ForgeAnswer(addresses=("10.10.34.36",))
QUERIES = tuple(framed(stub_query(name, 4)) for name in ("first.example", "site.example", "third.example"))


def resolver(heard: bytes) -> bytes:
    """Says the query back, as an answer in clear sight."""
    return framed(b"true" + heard[-4:])


def asked_over_tcp(*rules: Rule, queries: tuple[bytes, ...] = QUERIES[:2]) -> Dialogue:
    return Dialogue(Rig(world(*rules)), queries, port=53, address=RESOLVER, server_mind=resolver).hold()


def about(name: str, action: Action, rule_id: str = "rule") -> Rule:
    return Rule(id=rule_id, match=Match(at="query", names=(name,), transport="tcp"), action=action)


def test_queries_over_tcp_that_nobody_minds_are_answered_by_the_resolver() -> None:
    dialogue = asked_over_tcp()
    assert dialogue.server.heard == b"".join(QUERIES[:2])
    assert dialogue.client.heard.count(b"true") == 2


@pytest.mark.parametrize("order", ["instead", "before", "after"])
def test_a_false_answer_over_tcp_takes_the_true_ones_place_in_the_stream(order: str) -> None:
    dialogue = asked_over_tcp(about("site.example", replace(LIE, order=order)))
    assert dialogue.server.heard == QUERIES[0]
    true = resolver(QUERIES[0])
    assert dialogue.client.heard.startswith(true)
    answer = dns.message.from_wire(dialogue.client.heard[len(true) + 2 :])
    assert answer.answer[0][0].to_text() == "10.10.34.36"
    assert dialogue.client.ending == ""


def test_queries_after_a_false_answer_are_answered_falsely_too_or_end_the_connection() -> None:
    rules = (about("first.example", LIE), about("site.example", ForgeAnswer(rcode="NXDOMAIN"), "second"))
    dialogue = asked_over_tcp(*rules, queries=QUERIES)
    assert dialogue.rig.deeds == ["rule", "second"]
    assert dialogue.client.heard.count(b"\x0a\x0a\x22\x24") == 1
    assert dialogue.client.ending == "end"
    assert dialogue.server.heard == b""


def test_queries_in_one_segment_are_judged_one_by_one() -> None:
    rules = (about("first.example", LIE), about("site.example", ForgeAnswer(rcode="SERVFAIL"), "second"))
    dialogue = asked_over_tcp(*rules, queries=(QUERIES[0] + QUERIES[1],))
    assert dialogue.rig.deeds == ["rule", "second"]


@pytest.mark.parametrize(("action", "ending"), [(Drop(), ""), (Unreachable(), "icmp 3 1")])
def test_a_query_over_tcp_that_is_held_back_leaves_the_resolver_unasked(action: Action, ending: str) -> None:
    dialogue = asked_over_tcp(about("site.example", action))
    assert dialogue.server.heard == QUERIES[0]
    assert dialogue.client.ending == ending


def acknowledged(dialogue: Dialogue) -> int:
    """How far the client was heard, as it was told last."""
    last = dialogue.rig.to("client")[-1].carried
    assert isinstance(last, Segment)
    return last.acknowledgement
