"""A plain client for the lab's tests: blocking sockets and the standard library; no code of the probes."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.lab.loopback.lab import Lab

#: Seconds that a test waits for an answer that must come.
PATIENCE_S = 5.0
#: Seconds of waiting after which silence is taken for silence; an answer on loopback needs a hundredth.
SILENCE_S = 0.3


def dial(lab: Lab, address: str, port: int, *, timeout_s: float = PATIENCE_S) -> socket.socket:
    """A connected, blocking socket to a logical address. Raises `TimeoutError` when nobody answers."""

    async def open_tcp() -> socket.socket:
        async with asyncio.timeout(timeout_s):
            return await lab.network.open_tcp(address, port)

    connection = asyncio.run(open_tcp())
    connection.settimeout(timeout_s)
    return connection


def dial_tls(
    lab: Lab, address: str, name: str, *, trust: str = "web", port: int = 443, timeout_s: float = PATIENCE_S
) -> ssl.SSLSocket:
    """A TLS connection whose certificate was found good for `name`."""
    context = ssl.create_default_context(cadata=lab.trust_pem[trust].decode())
    connection = dial(lab, address, port, timeout_s=timeout_s)
    try:
        return context.wrap_socket(connection, server_hostname=name)
    except OSError:
        connection.close()
        raise


def get(connection: socket.socket, host: str, path: str = "/", *, method: str = "GET", body: bytes = b"") -> bytes:
    """The whole answer to one request; the connection is closed."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    with connection:
        connection.sendall(head.encode() + body)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    """Everything until the peer closes."""
    data = b""
    while more := connection.recv(65536):
        data += more
    return data


def resolve(lab: Lab, name: str, ip_version: int = 4) -> tuple[str, ...]:
    """What the system's resolver says."""
    return asyncio.run(lab.network.resolve(name, ip_version))


def ask_udp(lab: Lab, address: str, query: bytes, *, timeout_s: float = SILENCE_S, at_least: int = 0) -> list[bytes]:
    """Every reply that comes until it has been quiet for `timeout_s`; so many must come, and are waited for."""
    received: list[bytes] = []
    with lab.network.open_udp(address, 53) as datagrams:
        datagrams.send(query)
        try:
            while True:
                datagrams.settimeout(PATIENCE_S if len(received) < at_least else timeout_s)
                received.append(datagrams.recv(65535))
        except TimeoutError:
            return received
