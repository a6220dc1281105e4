"""How programs that are not ours come into the lab: not through the seam, but by loopback ports."""

from __future__ import annotations

from collections.abc import Mapping

from agent.lab.censor import always, event_of, version_of
from agent.lab.loopback.sockets import DeadEnds
from agent.lab.loopback.ways import Way
from agent.lab.rules import Drop, Reset, Unreachable
from agent.lab.world import World

#: The moment at which the censor sees where something goes, by transport.
OPENINGS = {"tcp": "syn", "udp": "datagram"}


def programs_doors(world: World, ports: Mapping[Way, int], nowhere: DeadEnds) -> dict[Way, int]:
    """The loopback port of each of the world's doors.

    What happens to every first packet on a way happens at its port: it refuses, or it swallows. What hangs on chance,
    time or what came before cannot be shown so: such a connection is made, and then reset, or met with silence.
    """
    return {way: _door(world, way, port, nowhere) for way, port in ports.items()}


def _door(world: World, way: Way, port: int, nowhere: DeadEnds) -> int:
    is_tcp, is_ipv6 = way.transport == "tcp", version_of(way.address) == 6
    refused = nowhere.tcp_refused if is_tcp else nowhere.udp_refused
    swallowed = nowhere.tcp_swallowed if is_tcp else nowhere.udp_swallowed
    if not world.client.route or (is_ipv6 and world.client.ipv6 == "none"):
        return refused
    event = event_of(world, OPENINGS[way.transport], address=way.address, port=way.port, transport=way.transport)
    action = always(world.rules, event)
    if isinstance(action, Drop) or (is_ipv6 and world.client.ipv6 == "dead"):
        return refused if swallowed is None else swallowed
    return refused if isinstance(action, Reset | Unreachable) else port
