"""One TCP connection: whether the other side answers at all."""

from __future__ import annotations

import asyncio
import socket

from probes.failures import failure_of
from probes.limits import Limits
from probes.network import Network
from probes.observation import Observation
from probes.stopwatch import Stopwatch


async def connect(
    network: Network, address: str, port: int, *, limits: Limits, segment_bytes: int | None = None
) -> tuple[Observation, socket.socket | None]:
    """Connect to a literal address. The socket is the caller's to close; None when there is a failure.

    `segment_bytes`: the longest segment that the other side is told to send. None: the system's own.

    Raises `FenceError` for a destination outside the fence, and `ValueError` when `address` is not one.
    """
    watch = Stopwatch()
    connection: socket.socket | None = None
    failure = ""
    try:
        async with asyncio.timeout(limits.connect_timeout_s):
            connection = await network.open_tcp(address, port, segment_bytes=segment_bytes)
    except OSError as error:
        failure = failure_of(error)
    observation = Observation(
        observed_at=watch.started_at,
        operation="connect",
        failure=failure,
        duration_ms=watch.elapsed_ms(),
        transport="tcp",
        address=address,
        port=port,
    )
    return observation, connection
