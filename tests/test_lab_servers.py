"""Every censor action and every kind of server, as a plain client sees them; the clean case stands beside each."""

import socket
import ssl
import struct

import pytest

from agent.lab.http_messages import (
    iranian_page_with_headers,
    iranian_page_without_headers,
    iranian_redirect,
)
from agent.lab.loopback.lab import Lab
from agent.lab.rules import Action, Close, Drop, ForeignCertificate, Match, Reset, Rule, SendBytes
from agent.lab.servers.nameserver import stub_query, true_answer, zone_of
from agent.lab.world import Client, Host, Line, Page, Service, World
from tests.lab_client import SILENCE_S, dial, dial_tls, get, read_all

WEB = (Service(kind="redirect", port=80), Service(kind="https", port=443))
HOSTS = (
    Host(names=("dns.example",), addresses=("44.0.0.53",), services=(Service(kind="dns", port=53),), country="IR"),
    Host(names=("blocked.example",), addresses=("44.0.0.1", "2610:44::1"), services=WEB),
    Host(names=("open.example",), addresses=("44.0.0.2", "2610:44::2"), services=WEB),
    Host(names=("home.example",), addresses=("44.0.0.3",), services=WEB, country="IR"),
    Host(names=("chat.example",), addresses=("44.0.0.4",), services=(Service(kind="https", port=443, trust="signal"),)),
    Host(addresses=("149.154.167.51",), services=(Service(kind="telegram", port=443),)),
    Host(names=("mute.example",), addresses=("44.0.0.5",), services=(Service(kind="silent", port=5222),)),
    Host(names=("doh.example",), addresses=("44.0.0.6",), services=(Service(kind="doh", port=443),)),
    Host(
        names=("portal.example",),
        addresses=("44.0.0.7",),
        services=(Service(kind="http", port=80, pages=(Page(media_type="text/plain", body="success"),)),),
    ),
)
BLOCKED, OPEN, HOME = "44.0.0.1", "44.0.0.2", "44.0.0.3"
VISITOR = "198.51.100.23"
PAGE = iranian_page_without_headers("10.10.34.34", "M1-6")


def lab_of(at: str = "", action: Action | None = None, *, addresses: tuple[str, ...] = (), rtt_ms: float = 0.0) -> Lab:
    """A lab that acts on blocked.example, or on `addresses`; without an action, one without a censor."""
    names = () if at in ("", "syn", "accept") else ("blocked.example",)
    rules = (Rule(id="r", match=Match(at=at, names=names, addresses=addresses), action=action),) if action else ()
    return Lab(
        World(name="test", hosts=HOSTS, client=Client(resolver="44.0.0.53"), rules=rules, line=Line(rtt_ms=rtt_ms))
    )


def greet(lab: Lab, name: str, *, at: str = BLOCKED) -> socket.socket:
    """A connection on which a ClientHello for `name` has been sent, and nothing been read."""
    outgoing = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    connection = dial(lab, at, 443)
    connection.sendall(outgoing.read())
    return connection


def ask(lab: Lab, host: str, *, at: str = BLOCKED) -> bytes:
    return get(dial(lab, at, 80), host)


# Without a censor.


@pytest.mark.parametrize("address", ["44.0.0.1", "2610:44::1", "2610:0044:0::1"])
def test_site_answers_with_its_own_certificate_at_each_address(address: str) -> None:
    with lab_of() as lab:
        answer = get(dial_tls(lab, address, "blocked.example"), "blocked.example")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"<title>blocked.example" in answer


def test_open_page_repeats_the_visitors_address() -> None:
    """So that a test of the agent can prove that it keeps none of it."""
    with lab_of() as lab:
        answer = get(dial_tls(lab, OPEN, "open.example"), "open.example").decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert f"X-Client-IP: {VISITOR}" in head
    assert f"Set-Cookie: seen_from={VISITOR}" in head
    assert VISITOR in body.partition("</title>")[0]


def test_plain_site_sends_on_to_the_secure_one() -> None:
    with lab_of() as lab:
        answer = get(dial(lab, OPEN, 80), "open.example:80", "/page")
    assert answer.startswith(b"HTTP/1.1 301 Moved Permanently\r\n")
    assert b"\r\nLocation: https://open.example/page\r\n" in answer


@pytest.mark.parametrize("name", ["another.example", None])
def test_unknown_name_or_none_is_shown_the_hosts_own_certificate(name: str | None) -> None:
    with lab_of() as lab, dial(lab, OPEN, 443) as connection:
        context = ssl.create_default_context(cadata=lab.trust_pem["web"].decode())
        context.check_hostname = False
        with context.wrap_socket(connection, server_hostname=name) as tls:
            certificate = tls.getpeercert() or {}
            assert certificate["subjectAltName"] == (("DNS", "open.example"),)
            assert get(tls, "another.example").startswith(b"HTTP/1.1 200 OK")


def test_signals_hosts_are_trusted_by_signals_authority_alone() -> None:
    with lab_of() as lab:
        dial_tls(lab, "44.0.0.4", "chat.example", trust="signal").close()
        with pytest.raises(ssl.SSLCertVerificationError):
            dial_tls(lab, "44.0.0.4", "chat.example", trust="web")


def test_data_centre_answers_post_and_not_get() -> None:
    with lab_of() as lab:
        post = get(dial(lab, "149.154.167.51", 443), "149.154.167.51", method="POST")
        plain_get = get(dial(lab, "149.154.167.51", 443), "149.154.167.51")
    assert post.startswith(b"HTTP/1.1 200 OK")
    assert post.endswith(b"\r\n\r\n" + struct.pack("<i", -404))
    assert plain_get.startswith(b"HTTP/1.1 501 Not Implemented")


def test_silent_service_accepts_and_says_nothing() -> None:
    with lab_of() as lab, dial(lab, "44.0.0.5", 5222) as connection:
        connection.sendall(b"\x16\x03\x01\x00")
        connection.settimeout(SILENCE_S)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_portal_shows_the_expected_words() -> None:
    with lab_of() as lab:
        assert get(dial(lab, "44.0.0.7", 80), "portal.example").endswith(b"\r\n\r\nsuccess")


def test_doh_answers_what_the_zone_knows() -> None:
    query = stub_query("open.example", 4)
    with lab_of() as lab:
        answer = get(dial_tls(lab, "44.0.0.6", "doh.example"), "doh.example", "/dns-query", method="POST", body=query)
    head, _, wire = answer.partition(b"\r\n\r\n")
    assert b"Content-Type: application/dns-message" in head
    assert wire == true_answer(zone_of(HOSTS), query)


@pytest.mark.parametrize("port", [80, 443])
def test_rubbish_ends_the_connection_and_not_the_server(port: int) -> None:
    with lab_of() as lab:
        with dial(lab, OPEN, port) as connection:
            connection.sendall(b"\x00\x01 rubbish \xff\r\n\r\n")
            read_all(connection)
        assert get(dial_tls(lab, OPEN, "open.example"), "open.example").startswith(b"HTTP/1.1 200")


def test_closed_port_of_a_host_refuses_and_unknown_address_is_silent() -> None:
    with lab_of() as lab:
        with pytest.raises(ConnectionRefusedError):
            dial(lab, OPEN, 8080)
        with pytest.raises(TimeoutError):
            dial(lab, "44.9.9.9", 443, timeout_s=SILENCE_S)


# At the opening.


def test_dropped_syn_is_silence_at_that_address_alone() -> None:
    with lab_of("syn", Drop(), addresses=(BLOCKED,)) as lab:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                dial(lab, BLOCKED, 443, timeout_s=SILENCE_S)
        dial(lab, OPEN, 443).close()
        assert {(deed.rule_id, deed.event.address) for deed in lab.censor_log} == {("r", BLOCKED)}


def test_reset_syn_is_a_refused_connection() -> None:
    with lab_of("syn", Reset(), addresses=(BLOCKED,)) as lab:
        with pytest.raises(ConnectionRefusedError):
            dial(lab, BLOCKED, 443)
        dial(lab, OPEN, 443).close()


def test_reset_at_accept_comes_before_a_word_is_said() -> None:
    with lab_of("accept", Reset(), addresses=(BLOCKED,)) as lab:
        with pytest.raises(ConnectionResetError), dial(lab, BLOCKED, 443) as connection:
            connection.recv(1)
        dial_tls(lab, OPEN, "open.example").close()


def test_close_at_accept_is_an_orderly_end() -> None:
    with lab_of("accept", Close(), addresses=(BLOCKED,)) as lab, dial(lab, BLOCKED, 443) as connection:
        assert read_all(connection) == b""


# After the ClientHello.


@pytest.mark.parametrize("address", [BLOCKED, OPEN])
def test_reset_follows_the_name_to_every_server_abroad(address: str) -> None:
    with lab_of("client_hello", Reset()) as lab:
        with greet(lab, "www.blocked.example", at=address) as connection, pytest.raises(ConnectionResetError):
            connection.recv(1)
        dial_tls(lab, OPEN, "open.example").close()
        assert [deed.event.name for deed in lab.censor_log] == ["www.blocked.example"]


def test_name_inside_the_country_is_not_looked_at() -> None:
    with lab_of("client_hello", Reset()) as lab:
        with greet(lab, "blocked.example", at=HOME) as connection:
            assert connection.recv(1) == b"\x16"
        assert lab.censor_log == []


def test_hello_in_small_pieces_is_still_read() -> None:
    outgoing = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="blocked.example")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = outgoing.read()
    with lab_of("client_hello", Close()) as lab, dial(lab, OPEN, 443) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(hello), 100):
            connection.sendall(hello[at : at + 100])
        assert read_all(connection) == b""
        assert [deed.rule_id for deed in lab.censor_log] == ["r"]


def test_close_after_hello_is_an_orderly_end() -> None:
    with lab_of("client_hello", Close()) as lab:
        with greet(lab, "blocked.example") as connection:
            assert read_all(connection) == b""
        with greet(lab, "open.example") as connection:
            assert connection.recv(1) == b"\x16"


def test_silence_after_hello_holds_the_connection() -> None:
    with lab_of("client_hello", Drop()) as lab:
        with greet(lab, "blocked.example") as connection:
            connection.settimeout(SILENCE_S)
            with pytest.raises(TimeoutError):
                connection.recv(1)
        with greet(lab, "open.example") as connection:
            assert connection.recv(1) == b"\x16"


def test_foreign_certificate_is_for_the_name_from_an_untrusted_authority() -> None:
    with lab_of("client_hello", ForeignCertificate()) as lab:
        with pytest.raises(ssl.SSLCertVerificationError) as refusal:
            dial_tls(lab, BLOCKED, "blocked.example")
        assert refusal.value.verify_code == 20  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: not a wrong name
        dial_tls(lab, OPEN, "open.example").close()


def test_plaintext_page_answers_the_hello() -> None:
    with lab_of("client_hello", SendBytes(data=PAGE)) as lab, greet(lab, "blocked.example") as connection:
        assert read_all(connection) == PAGE


# After the request.


@pytest.mark.parametrize(
    "page",
    [PAGE, iranian_page_with_headers("10.10.34.36", "MNN3-1(1)"), iranian_redirect("10.10.34.34")],
)
@pytest.mark.parametrize("address", [BLOCKED, OPEN])
def test_block_page_follows_the_host_to_every_server_abroad(page: bytes, address: str) -> None:
    with lab_of("request", SendBytes(data=page)) as lab:
        assert ask(lab, "blocked.example", at=address) == page
        assert ask(lab, "open.example", at=address).startswith(b"HTTP/1.1 301")
        assert ask(lab, "blocked.example", at=HOME).startswith(b"HTTP/1.1 301")
        assert [(deed.rule_id, deed.event.address) for deed in lab.censor_log] == [("r", address)]


def test_reset_after_request() -> None:
    with lab_of("request", Reset()) as lab:
        with pytest.raises(ConnectionResetError):
            ask(lab, "blocked.example")
        assert ask(lab, "open.example").startswith(b"HTTP/1.1 301")


def test_close_after_request() -> None:
    with lab_of("request", Close()) as lab:
        assert ask(lab, "blocked.example") == b""


def test_silence_after_request() -> None:
    with lab_of("request", Drop()) as lab:
        with pytest.raises(TimeoutError):
            get(dial(lab, BLOCKED, 80, timeout_s=SILENCE_S), "blocked.example")
        assert ask(lab, "open.example").startswith(b"HTTP/1.1 301")


def test_request_inside_tls_is_not_seen() -> None:
    with lab_of("request", Reset()) as lab:
        answer = get(dial_tls(lab, BLOCKED, "blocked.example"), "blocked.example")
        assert answer.startswith(b"HTTP/1.1 200")
        assert lab.censor_log == []


# The pages themselves.


def test_iranian_pages_have_the_forms_that_were_seen() -> None:
    """As seen in Iran: the older page states neither type nor length, the newer both; MCI redirects."""
    assert PAGE.startswith(b"HTTP/1.1 403 Forbidden\r\nConnection:close\r\n\r\n<html>")
    assert b'<title>M1-6</title></head><body><iframe src="http://10.10.34.34?type=Invalid Site&policy=' in PAGE
    head, _, body = iranian_page_with_headers("10.10.34.36", "M1-6").partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b'iframe src="http://10.10.34.36/?type=' in body
    redirect = iranian_redirect("10.10.34.34")
    assert redirect.startswith(b"HTTP/1.1 301 Moved Permanently\r\nLocation: http://10.10.34.34\r\n")
