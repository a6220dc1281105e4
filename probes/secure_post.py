"""One POST over TLS to a fixed address, to a server that proves its name: how DoH and test helpers are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from probes import tcp, tls
from probes.certificate import TrustStore
from probes.channel import TlsChannel
from probes.http_request import Exchange
from probes.limits import Limits
from probes.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer's body, or why there is none."""

    failure: str = ""
    #: Unread; empty when there is a failure.
    reply: bytes = b""
    bytes_sent: int = 0
    bytes_received: int = 0


async def post(
    network: Network,
    content: bytes,
    *,
    url: str,
    address: str,
    headers: Mapping[str, str],
    answer_max_bytes: int,
    timeout_s: float,
    limits: Limits,
    trust: TrustStore,
) -> Outcome:
    """Post `content` to `url` at `address`. A certificate that is not right is the failure, and nothing is sent.

    The whole is bounded by `timeout_s`, and of an answer that is longer than `answer_max_bytes` the rest is left.
    Raises `FenceError`, and `ValueError` for a bad URL or address.
    """
    channel: TlsChannel | None = None
    try:
        async with asyncio.timeout(timeout_s):
            failure, channel = await _open(network, url=url, address=address, limits=limits, trust=trust)
            if failure or channel is None:
                return _outcome(channel, failure=failure)
            posted = Exchange(channel, body_max_bytes=answer_max_bytes)
            await posted.run(httpx.Request("POST", url, headers=dict(headers), content=content), timeout_s=timeout_s)
            failure = posted.failure or ("" if posted.status_code == httpx.codes.OK else "http_request_failed")
            return _outcome(channel, failure=failure, reply=b"" if failure else bytes(posted.body))
    except TimeoutError:
        return _outcome(channel, failure="generic_timeout_error")
    finally:
        if channel is not None:
            channel.close()


async def _open(
    network: Network, *, url: str, address: str, limits: Limits, trust: TrustStore
) -> tuple[str, TlsChannel | None]:
    site = urlsplit(url)
    host = site.hostname or ""
    connected, connection = await tcp.connect(network, address, site.port or 443, limits=limits)
    if connection is None:
        return connected.failure, None
    shaken, channel = await tls.handshake(connection, server_name=host, valid_for=host, trust=trust, limits=limits)
    return shaken.failure, channel


def _outcome(channel: TlsChannel | None, *, failure: str = "", reply: bytes = b"") -> Outcome:
    if channel is None:
        return Outcome(failure=failure)
    return Outcome(failure=failure, reply=reply, bytes_sent=channel.bytes_sent, bytes_received=channel.bytes_received)
