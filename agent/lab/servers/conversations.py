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

from agent.lab import http_messages
from agent.lab.http_messages import read_request
from agent.lab.servers.nameserver import true_answer
from agent.lab.servers.responses import RESPONSES, Setting
from agent.lab.sight.client_hello import IncompleteError
from probes.channel import READ_BYTES, Channel, PlainChannel, TlsChannel

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
    await talk_http(setting, channel)
    channel.close()


async def plain_names(setting: Setting, connection: socket.socket) -> None:
    """DNS over TCP."""
    await talk_dns(setting, PlainChannel(connection))


async def silence(setting: Setting, connection: socket.socket) -> None:
    """Take everything, say nothing, until the client gives up."""
    while await asyncio.get_running_loop().sock_recv(connection, READ_BYTES):
        pass


async def closing(setting: Setting, connection: socket.socket) -> None:
    """An orderly end as soon as the client has spoken."""
    await asyncio.get_running_loop().sock_recv(connection, READ_BYTES)
    await hang_up(connection)


async def resetting(setting: Setting, connection: socket.socket) -> None:
    """A reset as soon as the client has spoken."""
    await asyncio.get_running_loop().sock_recv(connection, READ_BYTES)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


#: Each kind of service that is reached by connections.
CONVERSATIONS: Mapping[str, Conversation] = {
    "dns": plain_names,
    "http": plain_web,
    "redirect": plain_web,
    "telegram": plain_web,
    "https": secure_web,
    "doh": secure_web,
    "silent": silence,
    "closing": closing,
    "resetting": resetting,
}


async def hang_up(connection: socket.socket) -> None:
    """Say that no more comes, and wait a while for the client to do the same."""
    connection.shutdown(socket.SHUT_WR)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HANG_UP_S):
            while await asyncio.get_running_loop().sock_recv(connection, READ_BYTES):
                pass


async def shake_hands(setting: Setting, connection: socket.socket) -> TlsChannel:
    """The server's side of TLS, with the certificate that the service shows to everybody."""
    place = setting.place
    context = setting.certificates.server_context(place.service.trust, place.host.names or (place.address,))
    channel = TlsChannel.over(connection, context, server_side=True)
    await channel.handshake()
    return channel


async def talk_http(setting: Setting, channel: Channel) -> None:
    """Read one request and answer it."""
    data = b""
    while more := await channel.read(READ_BYTES):
        data += more
        try:
            request = read_request(data)
        except IncompleteError:
            continue
        except ValueError:
            response = http_messages.answer(400, b"", media_type="text/plain")
        else:
            response = RESPONSES[setting.place.service.kind](setting, request)
        await channel.write(response)
        return


async def talk_dns(setting: Setting, channel: Channel) -> None:
    """Answer queries, each behind its length (RFC 1035 4.2.2), until the client leaves or says something else."""
    data = b""
    while more := await channel.read(READ_BYTES):
        data += more
        while len(data) >= 2 and len(data) >= (end := 2 + int.from_bytes(data[:2])):
            wire, data = data[2:end], data[end:]
            try:
                answer = true_answer(setting.zone, wire)
            except ValueError:
                return
            await channel.write(len(answer).to_bytes(2) + answer)
