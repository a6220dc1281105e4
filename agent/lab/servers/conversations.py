"""What each kind of server does with one connection, from the first byte to the last.

A conversation may end by any `OSError`, a client's doing; whoever began it closes the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping

from agent.lab.http_messages import Response, read_request
from agent.lab.servers.nameserver import NoQueryError
from agent.lab.servers.responses import RESPONSES
from agent.lab.servers.settings import TLS_PORT, Setting
from agent.lab.sight.client_hello import IncompleteError
from probes.channel import Channel, PlainChannel, TlsChannel
from probes.limits import READ_BYTES

#: SO_LINGER on, with 0 s: closing sends a reset. Two ints in POSIX, two shorts on Windows.
RESET_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
#: Seconds that a client is given to hang up after the server has. Without it, what the client still sends would turn
#: the server's orderly end into a reset.
HANG_UP_S = 5.0

#: One connection, attended until it ends.
Conversation = Callable[[Setting, socket.socket], Awaitable[None]]


async def plain_web(setting: Setting, connection: socket.socket) -> None:
    """HTTP in the clear."""
    await talk_http(setting, PlainChannel(connection))
    await hang_up(connection)


async def secure_web(setting: Setting, connection: socket.socket) -> None:
    """HTTP behind TLS."""
    channel = await shake_hands(setting, connection)
    if await talk_http(setting, channel):
        channel.close()


async def plain_names(setting: Setting, connection: socket.socket) -> None:
    """DNS over TCP."""
    await talk_dns(setting, PlainChannel(connection))
    await hang_up(connection)


async def secure_names(setting: Setting, connection: socket.socket) -> None:
    """DNS over TLS (RFC 7858)."""
    channel = await shake_hands(setting, connection)
    await talk_dns(setting, channel)
    channel.close()


async def proxy(setting: Setting, connection: socket.socket) -> None:
    """A web server with or without TLS, as its port has it."""
    await (secure_web if setting.place.service.port == TLS_PORT else plain_web)(setting, connection)


async def silence(setting: Setting, connection: socket.socket) -> None:
    """Take everything, say nothing, until the client gives up."""
    while await hear(connection):
        pass


async def closing(setting: Setting, connection: socket.socket) -> None:
    """An orderly end as soon as the client has spoken."""
    await hear(connection)
    await hang_up(connection)


async def resetting(setting: Setting, connection: socket.socket) -> None:
    """A reset as soon as the client has spoken."""
    await hear(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


#: Each kind of service that is reached by connections.
CONVERSATIONS: Mapping[str, Conversation] = {
    "dns": plain_names,
    "dot": secure_names,
    "http": plain_web,
    "redirect": plain_web,
    "telegram": plain_web,
    "https": secure_web,
    "doh": secure_web,
    "test_helper": secure_web,
    "proxy": proxy,
    "silent": silence,
    "closing": closing,
    "resetting": resetting,
}


async def hear(connection: socket.socket) -> bytes:
    """The next bytes of the client."""
    return await asyncio.get_running_loop().sock_recv(connection, READ_BYTES)


async def hang_up(connection: socket.socket) -> None:
    """Say that no more comes, and wait a while for the client to do the same."""
    connection.shutdown(socket.SHUT_WR)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HANG_UP_S):
            while await hear(connection):
                pass


async def shake_hands(setting: Setting, connection: socket.socket) -> TlsChannel:
    """The server's side of TLS."""
    channel = TlsChannel.over(connection, setting.tls_context, server_side=True)
    await channel.handshake()
    return channel


async def talk_http(setting: Setting, channel: Channel) -> bool:
    """Read one request and answer it. Returns whether all was said: False after an answer that had to break off."""
    data = b""
    while more := await channel.read(READ_BYTES):
        data += more
        try:
            response, has_body = answer_to(setting, data)
        except IncompleteError:
            continue
        await channel.write(response.head(setting.now()))
        for piece in response.pieces() if has_body else ():
            await channel.write(piece)
        return response.cut_after_bytes is None
    return True


def answer_to(setting: Setting, data: bytes) -> tuple[Response, bool]:
    """The answer to the request at the beginning of `data`, and whether it is sent with its body.

    Raises `IncompleteError` when more of the request is needed.
    """
    try:
        request = read_request(data)
    except IncompleteError:
        raise
    except ValueError:
        return Response(status=400), True
    response = RESPONSES[setting.place.service.kind](setting, request)
    return response, response.has_body and request.method != "HEAD"


async def talk_dns(setting: Setting, channel: Channel) -> None:
    """Answer queries, each behind its length (RFC 1035 4.2.2), until the client leaves or says something else."""
    data = b""
    while more := await channel.read(READ_BYTES):
        data += more
        while len(data) >= 2 and len(data) >= (end := 2 + int.from_bytes(data[:2])):
            wire, data = data[2:end], data[end:]
            try:
                answer = setting.resolver.answer(wire)
            except NoQueryError:
                return
            await channel.write(len(answer).to_bytes(2) + answer)
