"""DNS over a stream: a question and a reply, each after its length, in the clear (RFC 7766) or in TLS (RFC 7858)."""

from __future__ import annotations

import asyncio
import struct

from probes import tcp, tls
from probes.certificate import TrustStore
from probes.channel import Channel, PlainChannel, TlsChannel
from probes.failures import failure_of
from probes.limits import Limits
from probes.network import Network
from probes.secure_post import Outcome

#: What is spoken over the connection, as TLS names it (ALPN; IANA's registry, RFC 7858).
SPOKEN = "dot"


async def exchange(network: Network, question: bytes, *, address: str, port: int, limits: Limits) -> Outcome:
    """Ask over TCP, within `dns_timeout_s`. Raises `FenceError`, and `ValueError` for a bad address."""
    channel: PlainChannel | None = None
    failure, reply = "generic_timeout_error", b""
    try:
        async with asyncio.timeout(limits.dns_timeout_s):
            channel = PlainChannel(await network.open_tcp(address, port))
            failure, reply = await _ask(channel, question, limits)
    except TimeoutError:
        pass
    except OSError as error:
        failure = failure_of(error)
    finally:
        if channel is not None:
            channel.close()
    return _outcome(channel, failure, reply)


async def exchange_over_tls(
    network: Network, question: bytes, *, host: str, address: str, port: int, limits: Limits, trust: TrustStore
) -> Outcome:
    """Ask over TLS, of a server that proves to be `host`; of any other nothing is asked, and the failure says why.

    Bounded and raising as `exchange`; the handshake has its own time besides.
    """
    channel: TlsChannel | None = None
    failure, reply = "generic_timeout_error", b""
    try:
        async with asyncio.timeout(limits.dns_timeout_s + limits.tls_timeout_s):
            connected, connection = await tcp.connect(network, address, port, limits=limits)
            if connection is None:
                return Outcome(failure=connected.failure)
            shaken, channel = await tls.handshake(
                connection, server_name=host, valid_for=host, trust=trust, limits=limits, alpn=SPOKEN
            )
            failure = shaken.failure
            if channel is not None and not failure:
                failure, reply = await _ask(channel, question, limits)
    except TimeoutError:
        failure = "generic_timeout_error"
    finally:
        if channel is not None:
            channel.close()
    return _outcome(channel, failure, reply)


async def _ask(channel: Channel, question: bytes, limits: Limits) -> tuple[str, bytes]:
    """The failure, or the reply."""
    try:
        await channel.write(struct.pack("!H", len(question)) + question)
        (length,) = struct.unpack("!H", await _read_exactly(channel, 2))
        return "", await _read_exactly(channel, min(length, limits.dns_message_bytes))
    except EOFError:
        return "eof_error", b""
    except OSError as error:  # TLS's own errors are of this kind too
        return failure_of(error), b""


async def _read_exactly(channel: Channel, count: int) -> bytes:
    """`count` bytes. Raises `EOFError` when the peer closes before."""
    data = b""
    while len(data) < count:
        more = await channel.read(count - len(data))
        if not more:
            raise EOFError(f"The resolver closed after {len(data)} of {count} bytes.")
        data += more
    return data


def _outcome(channel: Channel | None, failure: str, reply: bytes) -> Outcome:
    if channel is None:
        return Outcome(failure=failure)
    return Outcome(failure=failure, reply=reply, bytes_sent=channel.bytes_sent, bytes_received=channel.bytes_received)
