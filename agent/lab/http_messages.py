"""HTTP as the lab's servers and its censor speak it: requests read from bytes, answers and block pages as bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from html import escape
from http import HTTPStatus
from string import ascii_uppercase

from agent.lab.sight.client_hello import IncompleteError

#: Bytes of a request, its body included, that a server of the lab reads.
REQUEST_BYTES = 65536
METHOD = re.compile(rb"[A-Z]{3,8} |[A-Z]{0,8}\Z")


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
    if not METHOD.match(data) or len(data) > REQUEST_BYTES:
        raise ValueError("This is no HTTP request.")
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        raise IncompleteError("The request's headers are not all there.")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, target = first.partition(" ")
    path, _, version = target.rpartition(" ")
    if not version.startswith("HTTP/") or method.strip(ascii_uppercase):
        raise ValueError("This is no HTTP request.")
    headers: dict[str, str] = {}
    for name, _, value in (line.partition(":") for line in lines):
        headers.setdefault(name.strip().lower(), value.strip())
    length_bytes = int(headers.get("content-length", "0"))  # what is no number is a ValueError as it should be
    if len(rest) < length_bytes:
        raise IncompleteError("The request's body is not all there.")
    return Request(method=method, path=path, host=without_port(headers.get("host", "")), body=rest[:length_bytes])


def without_port(host: str) -> str:
    """The name or address of a Host header, in lower case."""
    return re.sub(r":\d*\Z", "", host).strip("[]").lower()


def answer(status: int, body: bytes, *, media_type: str, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP answer. It carries the date, because a client may set its clock beside it."""
    lines = {
        "Date": formatdate(usegmt=True),
        "Content-Type": media_type,
        "Content-Length": str(len(body)),
        "Connection": "close",
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{head}\r\n".encode() + body


def usual_page(name: str, visitor: str) -> bytes:
    """The page of an open site. Title, header and cookie repeat the visitor's address, as some real sites do: an
    agent that keeps any of them has given its user away."""
    title = escape(f"{name} - welcome, {visitor}")
    body = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{escape(name)}</h1></body></html>\n"
    headers = {"X-Client-IP": visitor, "Set-Cookie": f"seen_from={visitor}; Path=/", "Server": "lab"}
    return answer(200, body.encode(), media_type="text/html; charset=utf-8", headers=headers)


def redirect_to(location: str) -> bytes:
    """A permanent redirect."""
    return answer(301, b"", media_type="text/html", headers={"Location": location})


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
