"""The model of the client's line: delays, rates and losses, as calls; and that the relay keeps to it, from below.

How much later something comes than the model says is the machine's affair, so that no test asks for it.
"""

import asyncio
import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lab.loopback.lab import Lab
from agent.lab.loopback.line import SEGMENT_BYTES, LineModel, Passage, Queue
from agent.lab.loopback.ways import Way
from agent.lab.rules import Action, Close, ForeignCertificate, Match, Reset, Rule, SendBytes, Throttle
from agent.lab.servers.nameserver import stub_query
from agent.lab.world import Client, Host, Line, Page, Service, World
from tests.lab_client import dial, get, resolve
from tests.lab_visits import visit_tls

SITE, FAR, RESOLVER = "44.0.0.1", "44.0.0.2", "44.0.0.53"
WAY = Way(SITE, 80, "tcp")
SIZE_BYTES = 40_000
#: Share of a time that a clock may round off.
ROUNDED = 0.9


def world(line: Line, *rules: Rule, seed: int = 0) -> World:
    web = (Service(kind="http", port=80, pages=(Page(size_bytes=SIZE_BYTES),)), Service(kind="https", port=443))
    return World(
        name="line",
        hosts=(
            Host(addresses=(RESOLVER,), services=(Service(kind="dns", port=53),)),
            Host(names=("site.example",), addresses=(SITE,), services=web),
            Host(names=("far.example",), addresses=(FAR,), services=web, rtt_ms=100.0),
        ),
        client=Client(resolver=RESOLVER),
        line=line,
        rules=rules,
        seed=seed,
    )


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the model's, which must fall alike each time


def passage(*, rate_kbit_s: float | None = None, rtt_s: float = 0.0, loss: float = 0.0, seed: int = 0) -> Passage:
    queue = Queue(rate_kbit_s) if rate_kbit_s else None
    return Passage(queue=queue, rtt_s=rtt_s, loss=loss, chance=dice(seed))


# The model.


def test_ideal_line_is_instant() -> None:
    assert passage().is_instant
    assert passage().stream(10**6, 5.0).arrives_s == 5.0
    assert passage().datagram(1200, 5.0) == 5.0


def test_half_of_the_round_trip_lies_on_each_way() -> None:
    assert passage(rtt_s=0.3).stream(1000, 5.0).arrives_s == pytest.approx(5.15)
    assert passage(rtt_s=0.3).datagram(1000, 5.0) == pytest.approx(5.15)


def test_rate_is_shared_in_the_order_of_coming() -> None:
    """1000 bytes at 8 kbit/s take a second."""
    queue = Queue(8.0)
    one, other = (Passage(queue=queue, rtt_s=0.0, loss=0.0, chance=dice(0)) for _ in range(2))
    assert one.stream(1000, 0.0).arrives_s == pytest.approx(1.0)
    assert other.stream(500, 0.0).arrives_s == pytest.approx(1.5)
    assert one.datagram(500, 0.0) == pytest.approx(2.0)
    assert one.stream(1000, 10.0).arrives_s == pytest.approx(11.0)


def test_throttling_slows_one_flow_behind_the_shared_line() -> None:
    queue = Queue(80.0)
    slow, other = (Passage(queue=queue, rtt_s=0.0, loss=0.0, chance=dice(0)) for _ in range(2))
    slow.slow_to(8.0)
    assert slow.stream(1000, 0.0).arrives_s == pytest.approx(1.1)
    assert other.stream(1000, 0.0).arrives_s == pytest.approx(0.2)


def test_queue_that_is_full_loses_datagrams_and_no_streams() -> None:
    slow = passage(rate_kbit_s=8.0)
    assert [slow.datagram(1000, 0.0) is not None for _ in range(6)] == [True] * 4 + [False] * 2
    assert slow.stream(1000, 0.0).arrives_s == pytest.approx(5.0)


def test_datagrams_are_lost_in_their_share() -> None:
    lossy = passage(loss=0.3)
    lost = [lossy.datagram(100, 0.0) for _ in range(10_000)].count(None)
    assert 2_700 < lost < 3_300


def test_lost_segment_of_a_stream_comes_late_and_holds_up_what_follows() -> None:
    lossy = passage(loss=0.3, rtt_s=0.1)
    arrivals = [lossy.stream(SEGMENT_BYTES, 0.0).arrives_s for _ in range(200)]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] >= 0.05
    late = {round(passage(loss=0.3, rtt_s=0.1, seed=seed).stream(1, 0.0).arrives_s - 0.05, 6) for seed in range(200)}
    assert late >= {0.0, 0.3, 0.9}  # in time, after one time-out, after two


def test_loss_far_from_the_end_costs_a_round_trip_and_at_the_end_a_time_out() -> None:
    long, short = (
        [
            passage(loss=0.02, rtt_s=1.0, seed=seed).stream(segments * SEGMENT_BYTES, 0.0).arrives_s - 0.5
            for seed in range(500)
        ]
        for segments in (30, 3)
    )
    assert 1.0 in [round(late, 6) for late in long]
    assert {round(late, 6) for late in short} <= {0.0, 1.2, 3.6, 8.4, 18.0}


@given(st.floats(0.0, 0.9), st.integers(0, 2**32), st.lists(st.integers(0, 10**5), max_size=30))
def test_nothing_of_a_stream_overtakes(loss: float, seed: int, sizes: list[int]) -> None:
    flow = passage(loss=loss, rtt_s=0.2, rate_kbit_s=100.0, seed=seed)
    arrivals = [flow.stream(size, 0.0).arrives_s for size in sizes]
    assert arrivals == sorted(arrivals)


def test_opening_is_tried_again_as_the_kernel_does() -> None:
    model = LineModel(world(Line(loss=0.5)))
    spent = {model.opening_s(dice(seed)) for seed in range(2000)}
    assert spent == {0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, None}
    assert LineModel(world(Line())).opening_s(dice(0)) == 0.0


def test_chance_falls_alike_for_the_same_seed_and_flow() -> None:
    def draws(seed: int) -> list[float]:
        model = LineModel(world(Line(loss=0.5), seed=seed))
        return [model.chance_of(WAY).random(), model.chance_of(WAY).random(), model.chance_of("another").random()]

    assert draws(1) == draws(1)
    assert len({*draws(1), *draws(2)}) == 6


# The relay keeps to it.


def seconds_of(visit_once: Callable[[], object]) -> float:
    began_s = time.monotonic()
    visit_once()
    return time.monotonic() - began_s


@pytest.mark.parametrize(("address", "rtt_s"), [(SITE, 0.1), (FAR, 0.2)])
def test_round_trips_of_line_and_host_are_in_every_connect_and_reply(address: str, rtt_s: float) -> None:
    with Lab(world(Line(rtt_ms=100.0))) as lab:
        assert seconds_of(lambda: dial(lab, address, 80).close()) > rtt_s * ROUNDED
        assert seconds_of(lambda: get(dial(lab, address, 80), "site.example")) > 2 * rtt_s * ROUNDED
        assert seconds_of(lambda: resolve(lab, "site.example")) > 0.1 * ROUNDED


@pytest.mark.parametrize(
    ("at", "action"),
    [
        ("accept", Reset()),
        ("client_hello", Reset()),
        ("client_hello", ForeignCertificate()),
        ("client_hello", SendBytes(data=b"no")),
        ("client_hello", Close()),
    ],
)
def test_what_the_censor_says_has_crossed_the_line(at: str, action: Action) -> None:
    with Lab(world(Line(rtt_ms=100.0), Rule(id="r", match=Match(at=at), action=action))) as lab:
        assert seconds_of(lambda: visit_tls(lab, SITE, "site.example")) > 2 * 0.1 * ROUNDED
        assert len(lab.censor_log) == 1


@pytest.mark.parametrize("address", [SITE, FAR])
def test_rate_of_the_line_bounds_a_page(address: str) -> None:
    with Lab(world(Line(rate_kbit_s=800.0))) as lab:
        assert seconds_of(lambda: get(dial(lab, address, 80), "site.example")) > SIZE_BYTES * 8 / 800_000 * ROUNDED


def test_connections_share_the_lines_rate() -> None:
    async def fetch(lab: Lab) -> int:
        loop, size = asyncio.get_running_loop(), 0
        with await lab.network.open_tcp(SITE, 80) as connection:
            await loop.sock_sendall(connection, b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n")
            while data := await loop.sock_recv(connection, 65536):
                size += len(data)
        return size

    async def fetch_all(lab: Lab) -> list[int]:
        return await asyncio.gather(*(fetch(lab) for _ in range(4)))

    with Lab(world(Line(rate_kbit_s=3200.0))) as lab:
        assert seconds_of(lambda: asyncio.run(fetch_all(lab))) > 4 * SIZE_BYTES * 8 / 3_200_000 * ROUNDED


@pytest.mark.parametrize("at", ["syn", "request"])
def test_throttled_page_takes_its_time_and_comes_whole(at: str) -> None:
    throttling = Rule(id="r", match=Match(at=at), action=Throttle(rate_kbit_s=800.0))
    with Lab(world(Line(), throttling)) as lab:
        pages: list[bytes] = []
        least_s = SIZE_BYTES * 8 / 800_000 * ROUNDED
        assert seconds_of(lambda: pages.append(get(dial(lab, SITE, 80), "site.example"))) > least_s
    with Lab(world(Line())) as lab:
        clean = get(dial(lab, SITE, 80), "site.example")
    assert pages[0].partition(b"\r\n\r\n")[2] == clean.partition(b"\r\n\r\n")[2]


def test_lossy_line_loses_datagrams_and_nothing_of_a_stream() -> None:
    with Lab(world(Line(loss=0.2))) as lab:
        assert len(get(dial(lab, SITE, 80, timeout_s=60.0), "site.example")) > SIZE_BYTES
        answered = sum(ask_once(lab) for _ in range(20))
    assert 0 < answered < 20


def ask_once(lab: Lab) -> bool:
    with lab.network.open_udp(RESOLVER, 53) as datagrams:
        datagrams.settimeout(0.1)
        datagrams.send(stub_query("site.example", 4))
        try:
            return bool(datagrams.recv(512))
        except TimeoutError:
            return False
