"""The world's web servers over QUIC, met by aioquic's own client."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, QuicEvent

from agent.lab.world import Page, Service
from tests.lab_client import PATIENCE_S
from tests.lab_served import SITE, Served, world_of


class Browser(QuicConnectionProtocol):
    """Asks once, and keeps the headers and the body."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type] # aioquic's own, handed on
        self.headers: dict[str, str] = {}
        self.body = b""
        self.done = asyncio.Event()
        self._http = H3Connection(self._quic)

    def ask(self, method: str, path: str, body: bytes = b"") -> None:
        stream = self._quic.get_next_available_stream_id()
        names = ((":method", method), (":scheme", "https"), (":authority", "site.example"), (":path", path))
        self._http.send_headers(stream, [(name.encode(), value.encode()) for name, value in names])
        self._http.send_data(stream, body, end_stream=True)
        self.transmit()

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ConnectionTerminated):
            self.done.set()
        for seen in self._http.handle_event(event):
            if isinstance(seen, HeadersReceived):
                self.headers = {name.decode(): value.decode() for name, value in seen.headers}
            if isinstance(seen, DataReceived):
                self.body += seen.data
            if isinstance(seen, HeadersReceived | DataReceived) and seen.stream_ended:
                self.done.set()


async def visit(served: Served, path: str = "/", *, method: str = "GET", trusts: bool = True) -> Browser:
    """Raises `ConnectionError` when the handshake fails."""
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name="site.example")
    roots = served.certificates.trust_pem()["web" if trusts else "signal"]
    configuration.load_verify_locations(cadata=roots)
    host, port = served.end_of(SITE, 443, "udp")
    async with asyncio.timeout(PATIENCE_S * 4), AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            connect(host, port, configuration=configuration, create_protocol=Browser)
        )
        assert isinstance(client, Browser)
        client.ask(method, path)
        await client.done.wait()
        return client


async def test_page_is_shown_over_quic() -> None:
    page = Page(path="/page", status=451, title="Over QUIC", headers=(("X-Own", "1"),))
    with Served(world_of(Service(kind="quic", port=443, pages=(page,)))) as served:
        browser = await visit(served, "/page")
        absent = await visit(served, "/")
    assert browser.headers[":status"] == "451"
    assert browser.headers["x-own"] == "1"
    assert b"<title>Over QUIC</title>" in browser.body
    assert absent.headers[":status"] == "404"


async def test_pages_are_those_of_the_same_server_over_tcp() -> None:
    pages = (Page(body="one server"),)
    with Served(world_of(Service(kind="https", port=443, pages=pages), Service(kind="quic", port=443))) as served:
        assert (await visit(served)).body == b"one server"
        assert served.get(secure=True).endswith(b"one server")


def test_server_over_tcp_says_that_quic_is_spoken_beside_it() -> None:
    """On the same port, unless its page has its own word on it; without QUIC it says nothing."""
    quic, own = Service(kind="quic", port=443), Page(headers=(("Alt-Svc", "clear"),))
    with Served(world_of(Service(kind="https", port=443), quic)) as served:
        assert b'Alt-Svc: h3=":443"; ma=86400\r\n' in served.get(secure=True)
    with Served(world_of(Service(kind="https", port=443, pages=(own,)), quic)) as served:
        assert served.get(secure=True).count(b"Alt-Svc") == 1
    with Served(world_of(Service(kind="https", port=443), Service(kind="quic", port=8443))) as served:
        assert b"Alt-Svc" not in served.get(secure=True)


async def test_site_without_pages_greets_as_usual() -> None:
    with Served(world_of(Service(kind="quic", port=443))) as served:
        assert b"<title>site.example - welcome, 198.51.100.23</title>" in (await visit(served)).body


async def test_head_has_no_body_and_a_large_page_arrives_whole() -> None:
    with Served(world_of(Service(kind="quic", port=443, pages=(Page(size_bytes=300_000),)))) as served:
        assert len((await visit(served)).body) == 300_000
        head = await visit(served, method="HEAD")
    assert (head.headers[":status"], head.body) == ("200", b"")


@pytest.mark.parametrize("kind", ["expired", "self_signed", "wrong_name", "unknown_authority", "not_yet_valid"])
async def test_certificate_that_is_wrong_is_refused(kind: str) -> None:
    served = Served(world_of(Service(kind="quic", port=443, certificate=kind)))
    with served, pytest.raises(ConnectionError):
        await visit(served)


async def test_certificate_of_another_authority_is_refused() -> None:
    with Served(world_of(Service(kind="quic", port=443))) as served, pytest.raises(ConnectionError):
        await visit(served, trusts=False)


async def test_rubbish_does_not_disturb_the_server() -> None:
    with Served(world_of(Service(kind="quic", port=443))) as served:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=served.end_of(SITE, 443, "udp")
        )
        for rubbish in (b"", b"\xc0", b"\x00" * 1200, b"\xc0\x00\x00\x00\x01" + b"\x08" * 1300):
            transport.sendto(rubbish)
        transport.close()
        assert (await visit(served)).headers[":status"] == "200"
