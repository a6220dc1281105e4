"""HTTP as the lab's servers and its censor speak it: requests read from bytes, answers and block pages as bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http import HTTPStatus
from itertools import chain, repeat

from agent.lab.sight.client_hello import IncompleteError
from agent.lab.sight.http_head import read_head

#: Bytes of a request, its body included, that a server of the lab reads.
REQUEST_BYTES = 65536
HTML = "text/html; charset=utf-8"
#: What long bodies are filled up with, again and again: harmless in HTML and in plain text.
FILLING = b"The quick brown fox jumps over the lazy dog, and the dog sleeps on.\n" * 256
PHRASES: Mapping[int, str] = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. `host` is the first Host header, without a port: what an Iranian censor looks at."""

    method: str
    path: str
    host: str
    body: bytes = b""


def read_request(data: bytes) -> Request:
    """The request at the beginning of `data`.

    Raises `IncompleteError` when more is needed, and `ValueError` when it is no HTTP request.
    """
    if len(data) > REQUEST_BYTES:
        raise ValueError("This is more than a request should be.")
    head = read_head(data)
    if head.body_bytes is None:
        raise ValueError("Nobody can tell where this request ends.")
    body = data[head.head_bytes :][: head.body_bytes]
    if len(body) < head.body_bytes:
        raise IncompleteError("The request's body is not all there.")
    method = data[: data.index(b" ")].decode("ascii")
    return Request(method=method, path=head.path, host=head.host, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP response, before it takes the form of a version."""

    status: int = 200
    media_type: str = "text/plain"
    body: bytes = b""
    #: The body is filled up to this many bytes. None: it is as long as it is.
    size_bytes: int | None = None
    #: Further header lines, which stand in the place of any of the same name that the server would send of itself.
    headers: tuple[tuple[str, str], ...] = ()
    #: The server breaks off after this many bytes of the body. None: it does not.
    cut_after_bytes: int | None = None

    @property
    def length_bytes(self) -> int:
        """Bytes of the whole body, whether or not all of them come."""
        return max(len(self.body), self.size_bytes or 0)

    @property
    def has_body(self) -> bool:
        """Whether its status allows a body at all (RFC 9110 15.3.5, 15.4.5)."""
        return self.status >= 200 and self.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

    def header_lines(self, now: datetime) -> list[tuple[str, str]]:
        """All headers but those of one connection. They carry the date, because a client may set its clock beside
        it: `now` is the server's."""
        usual = [("Date", format_datetime(now, usegmt=True)), ("Content-Type", self.media_type)]
        if self.has_body:
            usual.append(("Content-Length", str(self.length_bytes)))
        own = {name.lower() for name, _ in self.headers}
        return [*(line for line in usual if line[0].lower() not in own), *self.headers]

    def pieces(self) -> Iterator[bytes]:
        """The body in pieces, as far as the server sends it."""
        left_bytes = self.length_bytes if self.cut_after_bytes is None else self.cut_after_bytes
        for piece in chain((self.body,), repeat(FILLING, max(0, self.length_bytes - len(self.body)))):
            if left_bytes <= 0:
                return
            yield piece[:left_bytes]
            left_bytes -= len(piece)

    def head(self, now: datetime) -> bytes:
        """The beginning of the response in HTTP/1.1, up to the body."""
        phrase = PHRASES.get(self.status, "")
        lines = "".join(f"{name}: {value}\r\n" for name, value in (*self.header_lines(now), ("Connection", "close")))
        return f"HTTP/1.1 {self.status} {phrase}\r\n{lines}\r\n".encode("utf-8", "surrogateescape")


def answer(status: int, body: bytes, *, media_type: str, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP/1.1 answer, as a censor may send one too, dated by this computer's clock."""
    response = Response(status=status, body=body, media_type=media_type, headers=tuple((headers or {}).items()))
    return response.head(datetime.now(UTC)) + body


def titled_page(title: str) -> bytes:
    """A short page that says its title twice; nothing when there is none."""
    if not title:
        return b""
    text = escape(title)
    head = f'<meta charset="utf-8"><title>{text}</title>'
    return f"<!doctype html><html><head>{head}</head><body><h1>{text}</h1></body></html>\n".encode()


def usual_page(name: str, visitor: str) -> Response:
    """The page of an open site. Title, header and cookie repeat the visitor's address, as some real sites do: an
    agent that keeps any of them has given its user away."""
    title = escape(f"{name} - welcome, {visitor}")
    body = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{escape(name)}</h1></body></html>\n"
    headers = (("X-Client-IP", visitor), ("Set-Cookie", f"seen_from={visitor}; Path=/"), ("Server", "lab"))
    return Response(body=body.encode(), media_type=HTML, headers=headers)


def iranian_page_without_headers(address: str, label: str) -> bytes:
    """The form of 2016 to 2022: one header, and that without a space (getlantern/detour's test data)."""
    return b"HTTP/1.1 403 Forbidden\r\nConnection:close\r\n\r\n" + iranian_body(address, label, path="")


def iranian_page_with_headers(address: str, label: str) -> bytes:
    """The form of 2023, which states type and length (net4people 226)."""
    body = iranian_body(address, label, path="/")
    head = f"Content-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return f"HTTP/1.1 403 Forbidden\r\n{head}".encode() + body


def iranian_redirect(address: str) -> bytes:
    """The form seen at MCI in 2023 (net4people 241): a redirect whose Location has no path."""
    body = f"<html><head><title>301</title></head><body>{address}</body></html>".encode()
    head = f"Location: http://{address}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return f"HTTP/1.1 301 Moved Permanently\r\n{head}".encode() + body


def iranian_body(address: str, label: str, *, path: str) -> bytes:
    """A title that names the box, and one frame that shows the page of the block address."""
    frame = f'<iframe src="http://{address}{path}?type=Invalid Site&policy=MainPolicy " frameborder="0"></iframe>'
    charset = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1256">'
    return f"<html><head>{charset}<title>{label}</title></head><body>{frame}</body></html>\r\n".encode()
