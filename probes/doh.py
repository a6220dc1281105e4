"""DNS over HTTPS (RFC 8484): one question by POST, to a fixed address, from a server that proves its name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from probes import tcp, tls
from probes.certificate import TrustStore
from probes.channel import TlsChannel
from probes.http_request import Exchange
from probes.limits import Limits
from probes.network import Network

MEDIA_TYPE = "application/dns-message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The reply, or why there is none."""

    failure: str = ""
    #: The DNS message, unread; empty when there is a failure.
    reply: bytes = b""
    bytes_sent: int = 0
    bytes_received: int = 0


async def exchange(
    network: Network, question: bytes, *, url: str, address: str, limits: Limits, trust: TrustStore
) -> Outcome:
    """Ask the resolver of `url` at `address`. A certificate that is not right is the failure, and nothing is asked.

    The whole is bounded by `http_timeout_s`. Raises `FenceError`, and `ValueError` for a bad URL or address.
    """
    channel: TlsChannel | None = None
    try:
        async with asyncio.timeout(limits.http_timeout_s):
            failure, channel = await _open(network, url=url, address=address, limits=limits, trust=trust)
            if failure or channel is None:
                return _outcome(channel, failure=failure)
            return await _post(channel, question, url=url, limits=limits)
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


async def _post(channel: TlsChannel, question: bytes, *, url: str, limits: Limits) -> Outcome:
    request = httpx.Request("POST", url, headers={"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}, content=question)
    posted = Exchange(channel, body_max_bytes=limits.dns_message_bytes)
    await posted.run(request, timeout_s=limits.http_timeout_s)
    failure = posted.failure or ("" if posted.status_code == httpx.codes.OK else "http_request_failed")
    return _outcome(channel, failure=failure, reply=b"" if failure else bytes(posted.body))


def _outcome(channel: TlsChannel | None, *, failure: str = "", reply: bytes = b"") -> Outcome:
    if channel is None:
        return Outcome(failure=failure)
    return Outcome(failure=failure, reply=reply, bytes_sent=channel.bytes_sent, bytes_received=channel.bytes_received)
