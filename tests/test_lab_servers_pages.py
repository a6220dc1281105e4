"""The pages of the world's web servers: which one a path is shown, and every part of it byte for byte."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from agent.lab.world import Client, Page, Service
from tests.lab_client import read_all
from tests.lab_served import Served, body_of, world_of


def served_pages(*pages: Page, secure: bool = False, client: Client | None = None) -> Served:
    kind, port = ("https", 443) if secure else ("http", 80)
    return Served(world_of(Service(kind=kind, port=port, pages=pages), client=client))


def head_of(answer: bytes) -> list[bytes]:
    return answer.partition(b"\r\n\r\n")[0].split(b"\r\n")


def test_longest_path_that_the_request_begins_with_wins() -> None:
    pages = (Page(path="/a", body="a"), Page(body="root"), Page(path="/a/b", body="ab"))
    with served_pages(*pages) as served:
        shown = {path: body_of(served.get(path)) for path in ("/", "/other", "/a", "/a?q", "/a/c", "/a/b/c")}
    assert shown == {"/": b"root", "/other": b"root", "/a": b"a", "/a?q": b"a", "/a/c": b"a", "/a/b/c": b"ab"}


def test_path_without_a_page_is_not_found() -> None:
    with served_pages(Page(path="/only", body="here")) as served:
        assert served.get("/").startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert served.get("/only").startswith(b"HTTP/1.1 200 OK\r\n")


def test_page_has_the_stated_status_type_headers_and_body() -> None:
    page = Page(
        status=451, media_type="text/plain", body="سانسور", headers=(("Server", "own"), ("X-A", "1"), ("X-A", "2"))
    )
    with served_pages(page) as served:
        answer = served.get()
    status, _, *rest = head_of(answer)
    assert status == b"HTTP/1.1 451 Unavailable For Legal Reasons"
    assert rest == [
        b"Content-Type: text/plain",
        b"Content-Length: 12",
        b"Server: own",
        b"X-A: 1",
        b"X-A: 2",
        b"Connection: close",
    ]
    assert body_of(answer) == "سانسور".encode()


def test_stated_header_takes_the_place_of_the_usual_one() -> None:
    with served_pages(Page(headers=(("date", "never"),))) as served:
        assert [line for line in head_of(served.get()) if line.lower().startswith(b"date")] == [b"date: never"]


def test_title_alone_makes_a_short_page() -> None:
    with served_pages(Page(title="Fish & chips")) as served:
        assert b"<title>Fish &amp; chips</title>" in body_of(served.get())
    with served_pages(Page(title="unseen", body="own")) as served:
        assert body_of(served.get()) == b"own"


def test_status_that_nobody_knows_is_sent_all_the_same() -> None:
    with served_pages(Page(status=999, body="request denied")) as served:
        assert served.get().startswith(b"HTTP/1.1 999 \r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_status_without_a_body_has_none(status: int) -> None:
    with served_pages(Page(status=status, body="unseen")) as served:
        answer = served.get()
    assert body_of(answer) == b""
    assert not any(line.startswith(b"Content-Length") for line in head_of(answer))


def test_head_request_is_answered_without_the_body() -> None:
    with served_pages(Page(body="twelve bytes")) as served:
        answer = served.get(method="HEAD")
    assert b"Content-Length: 12" in head_of(answer)
    assert body_of(answer) == b""


@pytest.mark.parametrize("location", ["https://", "http://", "/elsewhere", "//", "https://site.example/x y", "%%%"])
def test_location_is_sent_as_it_stands(location: str) -> None:
    with served_pages(Page(status=302, location=location)) as served:
        assert f"Location: {location}".encode() in head_of(served.get())


def test_page_is_filled_up_to_its_size() -> None:
    with served_pages(
        Page(title="large", size_bytes=100_000), Page(path="/small", body="12345", size_bytes=3)
    ) as served:
        body = body_of(served.get())
        assert body_of(served.get("/small")) == b"12345"
    assert len(body) == 100_000
    assert b"<title>large</title>" in body
    assert body.isascii()


def test_ten_megabytes_arrive_and_a_client_that_leaves_early_disturbs_nobody() -> None:
    with served_pages(Page(size_bytes=10_000_000), secure=True) as served:
        with served.dial_tls() as hasty:
            hasty.sendall(b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n")
            assert hasty.recv(1000)
        assert len(body_of(served.get(secure=True))) == 10_000_000


@pytest.mark.parametrize("secure", [False, True])
def test_page_breaks_off_in_its_middle(secure: bool) -> None:
    page = Page(body="0123456789", size_bytes=50_000, cut_after_bytes=20_004)
    with served_pages(page, secure=secure) as served:
        answer = served.get(secure=secure)
    assert b"Content-Length: 50000" in head_of(answer)
    assert len(body_of(answer)) == 20_004


def test_page_that_breaks_off_before_its_body_has_its_headers() -> None:
    with served_pages(Page(body="0123456789", cut_after_bytes=0)) as served:
        answer = served.get()
    assert b"Content-Length: 10" in head_of(answer)
    assert body_of(answer) == b""


@pytest.mark.parametrize("clock_error_s", [0.0, 86_400.0 * 400, -86_400.0 * 3])
def test_date_is_the_worlds_and_not_the_clients(clock_error_s: float) -> None:
    client = Client(resolver="44.0.0.53", clock_error_s=clock_error_s)
    with served_pages(Page(body="x"), client=client) as served:
        date = next(line for line in head_of(served.get()) if line.startswith(b"Date: "))
    ahead = datetime.now(UTC) - parsedate_to_datetime(date[6:].decode())
    assert abs(ahead - timedelta(seconds=clock_error_s)) < timedelta(minutes=5)


def test_huge_headers_are_sent_whole() -> None:
    with served_pages(Page(headers=tuple((f"X-{number}", "v" * 8000) for number in range(20)))) as served:
        assert sum(line.startswith(b"X-") and len(line) > 8000 for line in head_of(served.get())) == 20


def test_second_request_on_a_connection_does_not_spoil_the_first_answer() -> None:
    """The server hangs up after one answer; what the client says beyond it must not turn the end into a reset."""
    with served_pages(Page(body="once")) as served, served.dial(80) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n" * 3)
        assert body_of(read_all(connection)) == b"once"
