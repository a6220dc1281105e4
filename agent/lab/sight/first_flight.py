"""The first bytes of a connection, read as a box on the path reads them: before any server does."""

from __future__ import annotations

import asyncio
import socket

from agent.lab.http_messages import read_request
from agent.lab.sight.client_hello import HANDSHAKE_RECORD, IncompleteError, server_name
from probes.channel import READ_BYTES

#: Bytes that are looked at; a longer first flight passes unseen.
FIRST_FLIGHT_BYTES = 65536


async def first_flight(connection: socket.socket) -> tuple[bytes, tuple[str, str] | None]:
    """What the client says first, and what can be read in it: the event and the name.

    None when it is neither TLS nor HTTP, or when the client leaves before it is complete.
    """
    data = b""
    while len(data) < FIRST_FLIGHT_BYTES:
        try:
            return data, sighting(data)
        except IncompleteError:
            more = await asyncio.get_running_loop().sock_recv(connection, READ_BYTES)
        except ValueError:
            break
        if not more:
            break
        data += more
    return data, None


def sighting(data: bytes) -> tuple[str, str]:
    """client_hello with its SNI, or request with its Host.

    Raises `IncompleteError` when more is needed, and `ValueError` when it is neither.
    """
    if data[:1] == bytes([HANDSHAKE_RECORD]):
        return "client_hello", server_name(data)
    return "request", read_request(data).host


async def swallow(connection: socket.socket) -> None:
    """Say nothing and read on, until the client gives up."""
    while await asyncio.get_running_loop().sock_recv(connection, READ_BYTES):
        pass
