"""The helper that we serve: it tells what it sees, goes nowhere private, and keeps every bound."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.helper.bounds import PORTS, Bounds
from agent.helper.look import Lookout
from agent.helper.question import QuestionError, is_public, place_of, read_question
from agent.helper.server import HelperServer
from agent.helper.turnstile import Turnstile, home_of
from agent.lab.loopback.lab import Lab
from agent.lab.world import Client, Host, Page, Service, World
from probes.certificate import TrustStore
from probes.network import Network

RESOLVER = "44.0.0.53"
LOCAL = "192.168.1.1"


def host(name: str, address: str, *services: Service, published: tuple[str, ...] | None = None) -> Host:
    return Host(names=(name,), addresses=(address,), services=services, published=published)


def secure(**columns: Any) -> Service:
    return Service(kind="https", port=443, **columns)


def sending(location: str) -> Service:
    return Service(kind="http", port=80, pages=(Page(status=302, location=location),))


HOSTS = (
    Host(addresses=(RESOLVER,), services=(Service(kind="dns", port=53),)),
    host("good.example", "44.0.0.1", Service(kind="redirect", port=80), secure(pages=(Page(title="All is well"),))),
    host("expired.example", "44.0.0.2", secure(certificate="expired")),
    host("off.example", "44.0.0.3"),
    host("inside.example", "44.0.0.4", secure(), published=(LOCAL, "127.0.0.1", "100.64.0.1", "fd00::1")),
    host("turns.example", "44.0.0.5", sending("http://inside.example/")),
    host("bends.example", "44.0.0.6", sending(f"http://{LOCAL}/")),
    host("runs.example", "44.0.0.7", sending("http://good.example:8080/")),
    host("loops.example", "44.0.0.8", sending("http://loops.example/")),
    host("big.example", "44.0.0.9", Service(kind="http", port=80, pages=(Page(title="Big", size_bytes=9_000_000),))),
    # What nobody may be led to: it would answer.
    Host(addresses=(LOCAL,), services=(Service(kind="http", port=80, pages=(Page(title="Secret"),)), secure())),
)
WORLD = World(name="looked at", hosts=HOSTS, client=Client(resolver=RESOLVER, country="DE"))


@asynccontextmanager
async def serving(bounds: Bounds | None = None, **columns: Any) -> AsyncIterator[Callable[..., Any]]:
    """The helper on loopback, looking into the lab's world; yields how it is asked."""
    with Lab(WORLD) as lab:
        network: Network = lab.network
        lookout = Lookout(network=network, trust=TrustStore(lab.trust_pem["web"]), bounds=bounds or Bounds())
        server = await HelperServer(lookout=lookout, **columns).listen("127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            yield lambda *parts, **more: post(port, *parts, **more)


async def post(port: int, body: bytes, *, head: str = "", method: str = "POST") -> tuple[int, dict[str, Any]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} / HTTP/1.1\r\nHost: h\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    first, _, rest = answer.partition(b"\r\n\r\n")
    return int(first.split()[1]), json.loads(rest)


def asking(url: str, *endpoints: str, **more: Any) -> bytes:
    return json.dumps({"http_request": url, "tcp_connect": list(endpoints), **more}).encode()


async def test_open_site_is_told_whole() -> None:
    async with serving() as ask:
        status, told = await ask(asking("https://good.example/", "44.0.0.1:443"))
    assert status == 200
    assert told["dns"] == {"failure": None, "addrs": ["44.0.0.1"]}
    assert told["tcp_connect"] == {"44.0.0.1:443": {"status": True, "failure": None}}
    assert told["tls_handshake"] == {"44.0.0.1:443": {"server_name": "good.example", "status": True, "failure": None}}
    page = told["http_request"]
    assert (page["failure"], page["status_code"], page["title"]) == (None, 200, "All is well")
    assert page["body_length"] > 0
    assert "content-type" in page["headers"]


async def test_redirects_are_followed_to_public_places_alone() -> None:
    async with serving() as ask:
        _, followed = await ask(asking("http://good.example/"))
        turned = [(await ask(asking(f"http://{name}.example/")))[1] for name in ("turns", "bends", "runs", "loops")]
    assert followed["http_request"]["title"] == "All is well"
    assert set(followed["tcp_connect"]) == {"44.0.0.1:80", "44.0.0.1:443"}
    assert [one["http_request"]["failure"] for one in turned] == ["dns_lookup_error", *["unknown_error"] * 3]
    assert "Secret" not in json.dumps(turned)


async def test_what_fails_is_told_in_the_protocols_words() -> None:
    async with serving() as ask:
        _, expired = await ask(asking("https://expired.example/"))
        _, off = await ask(asking("https://off.example/"))
        _, gone = await ask(asking("https://gone.example/"))
    assert expired["tls_handshake"]["44.0.0.2:443"]["failure"] == "ssl_invalid_certificate"
    assert expired["http_request"]["failure"] == "unknown_error"
    assert off["tcp_connect"]["44.0.0.3:443"] == {"status": False, "failure": "connection_refused_error"}
    assert off["http_request"]["failure"] == "connection_refused_error"
    assert gone["dns"] == {"failure": "dns_name_error", "addrs": []}


async def test_nobody_is_led_into_a_private_network() -> None:
    """Neither by a name, nor by an address, nor by one in disguise; and the answer does not tell of such addresses."""
    wanted = [f"{LOCAL}:80", "127.0.0.1:443", f"[::ffff:{LOCAL}]:80", "[64:ff9b::c0a8:101]:80", "44.0.0.1:22"]
    async with serving() as ask:
        _, named = await ask(asking("http://inside.example/", *wanted))
        literal, _ = await ask(asking(f"http://{LOCAL}/"))
    assert named["tcp_connect"] == named["tls_handshake"] == {}
    assert named["dns"]["addrs"] == []
    assert named["http_request"]["status_code"] == -1
    assert literal == 400


async def test_nobody_is_led_to_the_helper_itself() -> None:
    """What stands beside it may be open to its own computer alone."""
    with Lab(replace(WORLD, client=replace(WORLD.client, addresses=("44.0.0.200",)))) as lab:
        lookout = Lookout(network=lab.network, trust=TrustStore(lab.trust_pem["web"]))
        itself, another = [await lookout.resolve(address) for address in ("44.0.0.200", "44.0.0.1")]
    assert itself.addresses == ()
    assert another.addresses == ("44.0.0.1",)


async def test_a_body_is_read_to_its_bound() -> None:
    bounds = replace(Bounds(), limits=replace(Bounds().limits, body_bytes=50_000))
    async with serving(bounds) as ask:
        _, told = await ask(asking("http://big.example/"))
    assert told["http_request"]["body_length"] == 50_000


async def test_requests_that_are_no_question_are_refused_with_a_sentence() -> None:
    async with serving() as ask:
        refused = [
            await ask(b"{"),
            await ask(b"[" * 10_000),
            await ask(asking("ftp://good.example/")),
            await ask(asking("https://good.example/", *["44.0.0.1:443"] * 9)),
            await ask(b"x" * 20_000),
            await ask(b"", method="GET"),
        ]
    assert [status for status, _ in refused] == [400, 400, 400, 400, 413, 405]
    assert all(told["error"].endswith(".") for _, told in refused)


async def test_whoever_asks_too_often_waits() -> None:
    """Behind a proxy by the address that it added; without one nobody's word is taken for it."""
    bounds = replace(Bounds(), per_client_per_min=1)
    question = asking("https://off.example/")
    async with serving(bounds, behind_proxy=True) as ask:
        spoken = [await ask(question, head=f"X-Forwarded-For: 44.1.1.1, {last}\r\n") for last in ("8.8.8.8", "9.9.9.9")]
        again, _ = await ask(question, head="X-Forwarded-For: 44.2.2.2, 8.8.8.8\r\n")
    async with serving(bounds) as ask:
        direct = [await ask(question, head=f"X-Forwarded-For: {last}\r\n") for last in ("8.8.8.8", "9.9.9.9")]
    assert [status for status, _ in spoken] == [200, 200]
    assert again == 429
    assert [status for status, _ in direct] == [200, 429]


async def test_a_slow_request_is_cut_off() -> None:
    async with serving(replace(Bounds(), question_s=0.2)) as ask:
        with pytest.raises((IndexError, ConnectionError)):  # nothing is said to who says nothing
            await ask(b"", head="Content-Length: 10\r\nX: ")
        status, _ = await ask(asking("https://off.example/"))
    assert status == 200


def test_turnstile_counts_by_the_minute_and_by_the_home() -> None:
    turnstile = Turnstile(bounds=replace(Bounds(), per_client_per_min=2, in_all_per_min=4, clients=2))
    asked = [turnstile.admits(client, 0.0) for client in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "8.8.8.8")]
    assert asked == [True, True, False, True]
    assert not turnstile.admits("9.9.9.9", 1.0)  # no room to count a third
    assert turnstile.admits("8.8.8.8", 2.0)
    assert not turnstile.admits("8.8.8.8", 3.0)
    assert turnstile.admits("9.9.9.9", 61.0)
    assert home_of("::ffff:8.8.8.8") == home_of("8.8.8.8")


@pytest.mark.parametrize(
    "address",
    "0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 192.0.2.1 192.168.0.1 198.18.0.1 224.0.0.1 "
    "240.0.0.1 255.255.255.255 :: ::1 fc00::1 fe80::1 fec0::1 ff02::1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::8.8.8.8 "
    "2002:808:808::1 2001:0:808:808::1 64:ff9b::808:808 64:ff9b:1::1 2001:db8::1 10.10.34.36 d0::11 localhost".split(),
)
def test_addresses_where_no_public_server_is(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:2800:220:1::1", "44.0.0.1"])
def test_addresses_where_one_may_be(address: str) -> None:
    assert is_public(address)


@given(st.text(max_size=60))
def test_an_endpoint_is_public_or_none(text: str) -> None:
    place = place_of(text)
    assert place is None or (is_public(place.address) and place.port in PORTS)


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda url: asking(url)))
def test_no_question_does_worse_than_to_be_refused(body: bytes) -> None:
    try:
        asked = read_question(body, Bounds())
    except QuestionError:
        return
    assert asked.port in PORTS
    assert "." in asked.host or is_public(asked.host)
