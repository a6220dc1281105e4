"""The client's stub resolver, as getaddrinfo has one: two tries over UDP, TCP when an answer is cut short."""

from __future__ import annotations

import asyncio
import socket

from agent.lab.servers.nameserver import DATAGRAM_BYTES, stub_answer, stub_query
from agent.lab.sight.first_flight import DNS_PORT
from probes.limits import READ_BYTES
from probes.network import Network

#: Seconds that each try waits, and how many there are: glibc's (resolv.conf(5)).
TRY_S, TRIES = 5.0, 2
#: Where a DNS header says that the message was cut short (RFC 1035 4.1.1): byte, and bit in it.
CUT_SHORT = (2, 0x02)


async def ask_stub(network: Network, resolver: str, hostname: str, ip_version: int) -> tuple[str, ...]:
    """The addresses of `hostname`, of one IP version; the first reply wins.

    Raises `socket.gaierror` as getaddrinfo does.
    """
    query = stub_query(hostname, ip_version)
    try:
        with network.open_udp(resolver, DNS_PORT) as datagrams:
            for _ in range(TRIES):
                try:
                    async with asyncio.timeout(TRY_S):
                        return await _ask_udp(network, resolver, datagrams, query)
                except TimeoutError:
                    continue
    except socket.gaierror:
        raise
    except OSError:
        pass  # no route, or a port that is closed: to a stub resolver as good as silence, but at once
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


async def _ask_udp(network: Network, resolver: str, datagrams: socket.socket, query: bytes) -> tuple[str, ...]:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(datagrams, query)
    while True:
        answer = await loop.sock_recv(datagrams, DATAGRAM_BYTES)
        byte, bit = CUT_SHORT
        if answer[:2] == query[:2] and len(answer) > byte and answer[byte] & bit:
            answer = await _ask_tcp(network, resolver, query)
        if (found := stub_answer(query, answer)) is not None:
            return found


async def _ask_tcp(network: Network, resolver: str, query: bytes) -> bytes:
    """The whole answer. Raises `OSError` when the resolver does not give it."""
    loop, data = asyncio.get_running_loop(), b""
    with await network.open_tcp(resolver, DNS_PORT) as connection:
        await loop.sock_sendall(connection, len(query).to_bytes(2) + query)
        while more := await loop.sock_recv(connection, READ_BYTES):
            data += more
            end = 2 + int.from_bytes(data[:2])
            if len(data) >= max(2, end):
                return data[2:end]
    raise ConnectionResetError("The resolver ended the connection before its answer was whole.")
