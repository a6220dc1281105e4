"""Asks a test helper, a server elsewhere, to look at the same thing from there (OONI's web connectivity protocol)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from probes.certificate import TrustStore
from probes.http_request import USER_AGENT
from probes.limits import HELPER_ANSWER_BYTES, Limits
from probes.network import Network
from probes.secure_post import post

MEDIA_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a helper is asked to look at."""

    #: The page that it fetches.
    url: str
    #: Where it connects to: address:port, IPv6 addresses in brackets.
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of it. The content is a stranger's: nothing of it has been looked at but that it is a JSON object."""

    failure: str = ""
    content: dict[str, Any]
    bytes_sent: int = 0
    bytes_received: int = 0


async def ask(
    network: Network, question: Question, *, url: str, address: str, limits: Limits, trust: TrustStore
) -> Answer:
    """Ask the helper of `url` at `address`; the whole takes `helper_timeout_s` at most.

    Raises `FenceError`, and `ValueError` for a bad URL or address.
    """
    posted = await post(
        network,
        json.dumps(_as_asked(question.url, question.endpoints)).encode(),
        url=url,
        address=address,
        headers={"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE, "Accept-Encoding": "identity"},
        answer_max_bytes=HELPER_ANSWER_BYTES,
        timeout_s=limits.helper_timeout_s,
        limits=limits,
        trust=trust,
    )
    content = {} if posted.failure else object_in(posted.reply)
    return Answer(
        failure=posted.failure or ("" if content else "json_parse_error"),
        content=content,
        bytes_sent=posted.bytes_sent,
        bytes_received=posted.bytes_received,
    )


def _as_asked(url: str, endpoints: Sequence[str]) -> dict[str, Any]:
    """The request's body. The headers are those that our own requests bear, so that both draw the same page."""
    headers = {"Accept": ["*/*"], "User-Agent": [USER_AGENT]}
    return {
        "http_request": url,
        "http_request_headers": headers,
        "tcp_connect": list(endpoints),
        "x_quic_enabled": False,
    }


def object_in(text: bytes) -> dict[str, Any]:
    """The JSON object that `text` is; empty when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # the latter from brackets within brackets …
        return {}
    return found if isinstance(found, dict) else {}
