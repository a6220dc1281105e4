"""How fast an answer flows is told from the socket, without the server's time to think."""

from __future__ import annotations

import asyncio
import socket

from probes.channel import PlainChannel
from probes.flow import Flow
from probes.limits import FLOW_BEGINS_BYTES


def test_beginning_is_no_part_of_the_flow() -> None:
    flow = Flow()
    flow.took(FLOW_BEGINS_BYTES - 1)
    assert (flow.bytes, flow.ms) == (0, 0.0)
    flow.took(10)  # nine of these came at once with the beginning's last
    assert (flow.bytes, flow.ms) == (9, 0.0)
    flow.took(500)
    flow.took(200)
    assert flow.bytes == 709


async def test_channel_counts_what_its_socket_gives_from_the_last_question_on() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    channel = PlainChannel(ours)
    for piece, wanted_bytes in ((FLOW_BEGINS_BYTES, 0), (300, 300), (20, 320)):
        theirs.sendall(b"x" * piece)
        await channel.read(FLOW_BEGINS_BYTES)
        assert channel.flow.bytes == wanted_bytes
    channel.measure_flow()
    assert (channel.flow.bytes, channel.flow.ms) == (0, 0.0)
    channel.close()
    theirs.close()


async def test_time_of_a_flow_ends_with_its_last_byte() -> None:
    """Silence afterwards makes no answer slow: who breaks off in the middle slows nobody down."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    channel = PlainChannel(ours)
    theirs.sendall(b"x" * FLOW_BEGINS_BYTES)
    await channel.read(FLOW_BEGINS_BYTES)
    theirs.sendall(b"x")
    await channel.read(1)
    flowed_ms = channel.flow.ms
    await asyncio.sleep(0.05)
    assert channel.flow.ms == flowed_ms
    channel.close()
    theirs.close()
