"""OONI's helper in the world: asked as OONI's probe asks it, it tells what the world is without a censor."""

import json
from typing import Any

import pytest

from agent.lab.rules import Drop, Match, Rule
from agent.lab.world import Client, Host, Page, Service, World
from tests.lab_client import get
from tests.lab_served import RESOLVER, Served, body_of

HELPER = "44.0.0.90"


def web(name: str, number: int, *pages: Page, certificate: str = "valid", trust: str = "web") -> Host:
    services = (
        Service(kind="redirect", port=80),
        Service(kind="https", port=443, pages=pages, certificate=certificate, trust=trust),
    )
    return Host(names=(name,), addresses=(f"44.0.0.{number}",), services=services)


def lone(name: str, number: int, *services: Service) -> Host:
    return Host(names=(name,), addresses=(f"44.0.0.{number}",), services=services)


LOOP = Page(status=302, location="/")
HOSTS = (
    Host(addresses=(RESOLVER,), services=(Service(kind="dns", port=53),)),
    lone("helper.example", 90, Service(kind="test_helper", port=443)),
    web("good.example", 1, Page(title="All is well", headers=(("X-Own", "yes"),))),
    web("usual.example", 2),
    web("expired.example", 3, certificate="expired"),
    web("forged.example", 4, certificate="unknown_authority"),
    web("lost.example", 5, certificate="wrong_name"),
    web("chat.example", 6, trust="signal"),
    web("loop.example", 7, LOOP),
    web("nowhere.example", 8, Page(status=302, location="https://")),
    web("bracket.example", 18, Page(status=301, location="http://[")),
    web("cut.example", 9, Page(size_bytes=1000, cut_after_bytes=300)),
    lone("closed.example", 10),
    lone("mute.example", 11, Service(kind="silent", port=443), Service(kind="silent", port=80)),
    lone("shutting.example", 12, Service(kind="closing", port=443)),
    lone("broken.example", 13, Service(kind="resetting", port=443)),
    Host(names=("away.example",), addresses=("44.0.0.14",), published=("10.9.9.9",)),
    Host(names=("empty.example",), addresses=("44.0.0.15",), published=()),
    Host(names=("half.example",), addresses=("44.0.0.16",), published=("10.9.9.9", "44.0.0.1")),
    Host(
        names=("six.example",),
        addresses=("2610:44::17",),
        services=(Service(kind="http", port=8080, pages=(Page(body="plain"),)),),
    ),
)
#: A censor that lets nothing through: the helper stands before it.
RULES = tuple(Rule(id=at, match=Match(at=at), action=Drop()) for at in ("query", "syn", "datagram"))
WORLD = World(name="helped", hosts=HOSTS, client=Client(resolver=RESOLVER), rules=RULES)


def ask(url: str, *endpoints: str) -> dict[str, Any]:
    """The helper's answer."""
    asked = {"http_request": url, "http_request_headers": {"Accept": ["*/*"]}, "tcp_connect": list(endpoints)}
    with Served(WORLD) as served:
        connection = served.dial_tls(name="helper.example", address=HELPER)
        answer = get(connection, "helper.example", "/", method="POST", body=json.dumps(asked).encode())
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nContent-Type: application/json\r\n" in answer
    found = json.loads(body_of(answer))
    assert isinstance(found, dict)
    return found


def test_open_site_is_told_whole() -> None:
    told = ask("https://good.example/", "44.0.0.1:443")
    page = told["http_request"]
    assert told["dns"] == {"failure": None, "addrs": ["44.0.0.1"]}
    assert told["tcp_connect"] == {"44.0.0.1:443": {"status": True, "failure": None}}
    assert told["tls_handshake"] == {"44.0.0.1:443": {"server_name": "good.example", "status": True, "failure": None}}
    assert (page["failure"], page["status_code"], page["title"]) == (None, 200, "All is well")
    assert page["headers"]["X-Own"] == "yes"
    assert page["body_length"] == int(page["headers"]["Content-Length"]) > 0


def test_redirects_are_followed_and_both_ports_of_a_plain_url_are_tried() -> None:
    told = ask("http://good.example/page")
    assert told["http_request"]["title"] == "All is well"
    assert set(told["tcp_connect"]) == {"44.0.0.1:80", "44.0.0.1:443"}
    assert set(told["tls_handshake"]) == {"44.0.0.1:443"}


def test_page_greets_the_helper_and_not_the_client() -> None:
    assert ask("https://usual.example/")["http_request"]["title"] == f"usual.example - welcome, {HELPER}"


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("expired.example", "ssl_invalid_certificate"),
        ("forged.example", "ssl_unknown_authority"),
        ("lost.example", "ssl_invalid_hostname"),
        ("chat.example", "ssl_unknown_authority"),
        ("mute.example", "generic_timeout_error"),
        ("shutting.example", "eof_error"),
        ("broken.example", "connection_reset"),
    ],
)
def test_handshake_that_fails_for_everybody_is_told_as_failed(name: str, failure: str) -> None:
    told = ask(f"https://{name}/")
    ((endpoint, shaken),) = told["tls_handshake"].items()
    assert shaken == {"server_name": name, "status": False, "failure": failure}
    assert told["tcp_connect"][endpoint] == {"status": True, "failure": None}
    timed_out = failure == "generic_timeout_error"
    assert told["http_request"]["failure"] == (failure if timed_out else "unknown_error")
    assert (told["http_request"]["status_code"], told["http_request"]["body_length"]) == (-1, -1)


@pytest.mark.parametrize(
    ("url", "dns", "tcp", "http"),
    [
        ("https://closed.example/", None, {"connection_refused_error"}, "connection_refused_error"),
        ("https://away.example/", None, {"generic_timeout_error"}, "generic_timeout_error"),
        ("https://gone.example/", "dns_name_error", set(), "dns_lookup_error"),
        ("https://empty.example/", None, set(), "dns_lookup_error"),
        ("https://loop.example/", None, {None}, "unknown_error"),
        ("https://nowhere.example/", None, {None}, "unknown_error"),
        ("https://bracket.example/", None, {None}, "unknown_error"),
        ("http://mute.example/", None, {None}, "generic_timeout_error"),
    ],
)
def test_site_that_is_down_is_told_as_down(url: str, dns: str | None, tcp: set[str | None], http: str) -> None:
    told = ask(url)
    assert told["dns"]["failure"] == dns
    assert {result["failure"] for result in told["tcp_connect"].values()} == tcp
    assert told["http_request"]["failure"] == http


def test_one_good_address_among_bad_ones_is_enough() -> None:
    told = ask("https://half.example/")
    assert told["dns"]["addrs"] == ["10.9.9.9", "44.0.0.1"]
    assert {endpoint: result["status"] for endpoint, result in told["tcp_connect"].items()} == {
        "10.9.9.9:443": False,
        "44.0.0.1:443": True,
    }


def test_page_that_breaks_off_is_a_failure_with_what_came_of_it() -> None:
    page = ask("https://cut.example/")["http_request"]
    assert (page["failure"], page["status_code"], page["body_length"]) == ("unknown_error", 200, 300)


def test_ipv6_and_other_ports_and_endpoints_of_the_clients_own() -> None:
    told = ask("http://six.example:8080/", "[2610:44::17]:8080", "10.10.34.36:443", "no endpoint")
    assert told["http_request"]["body_length"] == len("plain")
    assert told["tcp_connect"]["[2610:44::17]:8080"]["status"] is True
    assert told["tcp_connect"]["10.10.34.36:443"] == {"status": False, "failure": "generic_timeout_error"}
    assert told["tcp_connect"]["no endpoint"] == {"status": False, "failure": "connect_error"}
    assert told["tls_handshake"] == {}


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("GET", b""),
        ("POST", b"no JSON"),
        ("POST", b"[]"),
        ("POST", b"[" * 60_000),
        ("POST", b'{"http_request": 1}'),
        ("POST", b'{"http_request": "ftp://site.example/"}'),
        ("POST", b'{"http_request": "https://"}'),
        ("POST", b'{"http_request": "https://a.example:x/"}'),
        ("POST", b'{"http_request": "https://a.example/", "tcp_connect": [1]}'),
    ],
)
def test_what_is_no_question_to_a_helper_is_refused(method: str, body: bytes) -> None:
    with Served(WORLD) as served:
        connection = served.dial_tls(name="helper.example", address=HELPER)
        answer = get(connection, "helper.example", "/", method=method, body=body)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
