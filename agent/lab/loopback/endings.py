"""How a censor ends a connection that it looks into: in the server's name, or by silence."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

from agent.lab.rules import (
    Action,
    Close,
    Drop,
    ForeignCertificate,
    Reset,
    SendBytes,
    TlsAlert,
    Unreachable,
)
from agent.lab.servers.certificates import Certificates
from agent.lab.servers.conversations import RESET_ON_CLOSE
from agent.lab.tls_alert import alert_record
from probes.channel import TlsChannel
from probes.limits import READ_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What becomes of a connection."""

    action: Action
    #: The name that the client gave; where it gave none, the server's address.
    name: str
    #: What it has said, for whoever goes on in the server's place.
    said: bytes = b""
    #: Whether it is one side's own doing and has crossed the line already. The censor's has that before it.
    has_arrived: bool = False


async def end(ending: Ending, client: socket.socket, server: socket.socket | None, foreign: Certificates) -> None:
    """Do it. Whoever opened the two sockets closes them at once afterwards. A client's faults are `OSError`."""
    match ending.action:
        case Reset(to=to):
            for side in (client, server if to == "both" else None):
                if side is not None:
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            return
        case Drop() | Unreachable():  # to an open connection, an ICMP error is as good as silence (RFC 1122 4.2.3.9)
            pass
        case Close():
            client.shutdown(socket.SHUT_WR)
        case SendBytes(data=data):
            await say_last(client, data)
        case TlsAlert(description=description):
            await say_last(client, alert_record(description))
        case ForeignCertificate(kind=kind):
            context = foreign.foreign_context(kind, ending.name)
            await TlsChannel.over(client, context, server_side=True, already_read=ending.said).handshake()
        case action:
            raise TypeError(f"The relay knows no way to do {type(action).__name__} to a connection.")
    await swallow(client)


async def say_last(client: socket.socket, data: bytes) -> None:
    """Some bytes, and the end. It is orderly because whatever the client still says is read."""
    await asyncio.get_running_loop().sock_sendall(client, data)
    client.shutdown(socket.SHUT_WR)


async def swallow(client: socket.socket) -> None:
    """Say nothing and read on, until the client gives up."""
    while await asyncio.get_running_loop().sock_recv(client, READ_BYTES):
        pass
