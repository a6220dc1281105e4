"""Every kind of server, met by a plain client with nothing on the way: what each says, and how each ends."""

import socket
import struct

import pytest

from agent.lab.servers.conversations import CONVERSATIONS
from agent.lab.servers.doors import Place, open_doors, places_of
from agent.lab.servers.nameserver import stub_answer, stub_query
from agent.lab.servers.responses import RESPONSES
from agent.lab.world import SERVICE_KINDS, UDP_KINDS, Client, Host, Page, Service
from tests.lab_client import get, read_all
from tests.lab_served import SITE, Served, bind_to_loopback, body_of, is_silent, world_of

TLS_HELLO = b"\x16\x03\x01\x00"


def test_every_kind_is_attended_to() -> None:
    assert set(CONVERSATIONS) | UDP_KINDS == set(SERVICE_KINDS)
    assert set(RESPONSES) == set(SERVICE_KINDS) - {"dns", "dot", "silent", "closing", "resetting"}


def test_each_address_has_a_door_for_each_transport() -> None:
    world = world_of(Service(kind="https", port=443), Service(kind="quic", port=443))
    doors = open_doors(world, bind_to_loopback)
    try:
        found = {(door.place.address, door.place.service.kind, door.transport) for door in doors}
    finally:
        for door in doors:
            door.socket.close()
    site = {
        (address, kind, transport)
        for address in (SITE, "2610:44::1")
        for kind, transport in (("https", "tcp"), ("quic", "udp"))
    }
    assert found == site | {("44.0.0.53", "dns", "tcp"), ("44.0.0.53", "dns", "udp")}
    assert len(places_of(world)) == 5


def test_a_door_that_cannot_be_opened_closes_those_that_are() -> None:
    opened: list[socket.socket] = []

    def bind_three(place: Place, transport: str) -> socket.socket:
        if len(opened) == 3:
            raise OSError("no more")
        opened.append(bind_to_loopback(place, transport))
        return opened[-1]

    with pytest.raises(OSError, match="no more"):
        open_doors(world_of(Service(kind="http", port=80), Service(kind="https", port=443)), bind_three)
    assert [door.fileno() for door in opened] == [-1, -1, -1]


def test_web_server_greets_by_name_and_address_in_the_clear_and_behind_tls() -> None:
    with Served(world_of(Service(kind="http", port=80), Service(kind="https", port=443))) as served:
        for answer in (served.get(), served.get(secure=True)):
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"<title>site.example - welcome, 198.51.100.23</title>" in answer


@pytest.mark.parametrize(
    ("host", "location"),
    [
        ("Other.example:80", b"https://other.example/page?x=1"),
        ("[2610:44::1]", b"https://[2610:44::1]/page?x=1"),
    ],
)
def test_redirect_keeps_name_and_path(host: str, location: bytes) -> None:
    with Served(world_of(Service(kind="redirect", port=80))) as served:
        answer = served.get("/page?x=1", host=host)
    assert answer.startswith(b"HTTP/1.1 301 Moved Permanently\r\n")
    assert b"\r\nLocation: " + location + b"\r\n" in answer


def test_data_centre_answers_post_alone() -> None:
    with Served(world_of(Service(kind="telegram", port=80))) as served:
        assert body_of(served.get(method="POST")) == struct.pack("<i", -404)
        assert served.get().startswith(b"HTTP/1.1 501 Not Implemented\r\n")


def test_silent_server_says_nothing() -> None:
    with Served(world_of(Service(kind="silent", port=443))) as served, served.dial(443) as connection:
        connection.sendall(TLS_HELLO)
        assert is_silent(connection)


@pytest.mark.parametrize("said", [TLS_HELLO, b"GET / HTTP/1.1\r\n\r\n", b"x" * 200_000])
def test_closing_server_ends_in_good_order_once_it_was_spoken_to(said: bytes) -> None:
    """However much the client has said: what nobody reads would turn the end into a reset."""
    with Served(world_of(Service(kind="closing", port=443))) as served, served.dial(443) as connection:
        assert is_silent(connection)
        connection.settimeout(5.0)
        connection.sendall(said)
        assert read_all(connection) == b""


def test_resetting_server_resets_once_it_was_spoken_to() -> None:
    with Served(world_of(Service(kind="resetting", port=443))) as served, served.dial(443) as connection:
        assert is_silent(connection)
        connection.settimeout(5.0)
        connection.sendall(TLS_HELLO)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_dot_answers_several_queries_on_one_connection() -> None:
    queries = [stub_query("site.example", 4), stub_query("site.example", 6)]
    with Served(world_of(Service(kind="dot", port=853))) as served, served.dial_tls(853) as connection:
        connection.sendall(b"".join(len(query).to_bytes(2) + query for query in queries))
        found = []
        for query in queries:
            length = int.from_bytes(exactly(connection, 2))
            found.append(stub_answer(query, exactly(connection, length)))
    assert found == [(SITE,), ("2610:44::1",)]


def exactly(connection: socket.socket, size_bytes: int) -> bytes:
    data = b""
    while len(data) < size_bytes:
        data += connection.recv(size_bytes - len(data))
    return data


def test_doh_answers_post_and_get_and_shows_a_page_elsewhere() -> None:
    """The GET is RFC 8484 4.1.1's own: www.example.com, A, as Base64 without padding."""
    get_query = "/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB"
    example = Host(names=("www.example.com",), addresses=("44.0.0.9",))
    query = stub_query("www.example.com", 4)
    with Served(world_of(Service(kind="doh", port=443), hosts=(example,))) as served:
        posted = get(served.dial_tls(), "site.example", "/dns-query", method="POST", body=query)
        got = served.get(get_query, secure=True)
        assert stub_answer(query, body_of(posted)) == ("44.0.0.9",)
        for answer in (posted, got):
            assert b"\r\nContent-Type: application/dns-message\r\n" in answer
            assert body_of(answer)[-4:] == bytes([44, 0, 0, 9])
        assert b"<title>site.example" in served.get("/", secure=True)
        for bad in ("/dns-query", "/dns-query?dns=%21", "/dns-query?dns=AAAA", "/dns-query?dns=AAAA&dns=AAAA"):
            assert served.get(bad, secure=True).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def proxied_world(certificate: str = "valid") -> Served:
    proxy = Host(
        names=("proxy.example",),
        addresses=("44.0.0.8",),
        services=(Service(kind="proxy", port=80), Service(kind="proxy", port=443, certificate=certificate)),
    )
    services = (
        Service(kind="http", port=80, pages=(Page(body="in the clear"),)),
        Service(kind="https", port=443, pages=(Page(body="behind TLS"),)),
    )
    return Served(world_of(*services, hosts=(proxy,)))


def test_proxy_stands_for_whatever_site_is_asked_for() -> None:
    with proxied_world() as served:
        assert body_of(get(served.dial(80, address="44.0.0.8"), "SITE.example")) == b"in the clear"
        assert body_of(get(served.dial_tls(address="44.0.0.8"), "site.example")) == b"behind TLS"
        assert get(served.dial(80, address="44.0.0.8"), "gone.example").startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


def test_proxy_without_a_name_shows_its_own_certificate() -> None:
    with proxied_world() as served, served.dial_tls(name=None, address="44.0.0.8") as connection:
        assert (connection.getpeercert() or {})["subjectAltName"] == (("DNS", "proxy.example"),)


@pytest.mark.parametrize("kind", ["http", "https", "dns", "dot", "telegram", "redirect"])
def test_what_nobody_understands_ends_one_connection_and_not_the_server(kind: str) -> None:
    with Served(world_of(Service(kind=kind, port=80), Service(kind="http", port=8080))) as served:
        for said in (b"\x00\x01\xff rubbish \r\n\r\n", b""):
            with served.dial(80) as connection:
                connection.sendall(said)
                connection.shutdown(socket.SHUT_WR)
                assert not read_all(connection).startswith(b"HTTP/1.1 2")
        assert get(served.dial(8080), "site.example").startswith(b"HTTP/1.1 200")


def test_request_in_small_pieces_is_answered_when_it_is_whole() -> None:
    with Served(world_of(Service(kind="http", port=80))) as served, served.dial(80) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n":
            connection.sendall(bytes([byte]))
        assert read_all(connection).startswith(b"HTTP/1.1 200")


def test_visitor_of_a_client_without_addresses_is_nobody() -> None:
    client = Client(resolver="44.0.0.53", addresses=())
    with Served(world_of(Service(kind="http", port=80), client=client)) as served:
        assert b"<title>site.example - welcome, </title>" in served.get()
