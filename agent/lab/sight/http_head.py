"""The head of an HTTP request in clear, read from raw bytes as a box on the path reads it: no body, no strictness."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.lab.sight.client_hello import IncompleteError

#: How a request begins: a method and a space, or the beginning of that.
METHOD = re.compile(rb"[A-Z]{3,8} |[A-Z]{0,8}\Z")
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a box reads of one request."""

    #: The first Host header, in lower case and without a port: what an Iranian censor looks at. Empty: none was sent.
    host: str
    #: With its query string.
    path: str
    #: Bytes of the head itself, and of the body that it announces. None: no length is stated, and none can be known.
    head_bytes: int
    body_bytes: int | None


def read_head(data: bytes) -> Head:
    """The head of the request at the beginning of `data`.

    Raises `IncompleteError` when more is needed, and `ValueError` when it is no HTTP request.
    """
    if not METHOD.match(data):
        raise ValueError("This is no HTTP request.")
    head, end, _ = data.partition(HEAD_END)
    if not end:
        raise IncompleteError("The request's headers are not all there.")
    first, *lines = head.decode("latin-1").split("\r\n")
    target, _, version = first.partition(" ")[2].rpartition(" ")
    if not version.startswith("HTTP/"):
        raise ValueError("This is no HTTP request.")
    headers: dict[str, str] = {}
    for name, _, value in (line.partition(":") for line in lines):
        headers.setdefault(name.strip().lower(), value.strip())
    length = headers.get("content-length", "none" if "transfer-encoding" in headers else "0")
    return Head(
        host=without_port(headers.get("host", "")),
        path=target,
        head_bytes=len(head) + len(HEAD_END),
        body_bytes=int(length) if length.isascii() and length.isdigit() else None,
    )


def without_port(host: str) -> str:
    """The name or address of a Host header, in lower case."""
    return re.sub(r":\d*\Z", "", host).strip("[]").lower()
