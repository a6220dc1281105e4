"""The networks of a stage: the client's, the path's and the servers', two wires, and no way out of any of them.

    client (lab) ---- (client) path (servers) ---- (lab) servers

The path's network has no address: what passes it passes by the forwarder's hands. No wire needs to ask for hardware
addresses, and nothing speaks on a wire unasked but for IPv6's reports of multicast groups.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping

from agent.lab.namespace import shell
from agent.lab.namespace.shell import StageError
from agent.lab.servers.doors import Place
from agent.lab.world import Client, World
from probes.network import family_of

#: The device of the client and of the servers.
DEVICE = "lab"
#: The path's devices, named for what lies behind them.
SIDES = ("client", "servers")
#: Connections that may wait to be accepted: a fast sweep opens everything at once.
BACKLOG = 1024
#: Variables of every network. Addresses can be used at once, without a question whether they are somebody else's.
SETTINGS = {
    "net/ipv6/conf/all/disable_ipv6": 0,
    "net/ipv6/conf/default/disable_ipv6": 0,
    "net/ipv6/conf/default/accept_ra": 0,
    "net/ipv6/conf/default/accept_dad": 0,
    "net/ipv4/conf/all/rp_filter": 0,
    "net/ipv4/conf/default/rp_filter": 0,
}

#: A route by the device alone: nobody has to be asked who stands behind it.
EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}


def hardware_address(side: str, end: str) -> bytes:
    """That of a wire's end: `path`, or `lab`. Six bytes, of those that nobody gives out."""
    return bytes((2, 0, 0, 0, SIDES.index(side), 1 if end == "path" else 2))


def build_path(pids: Mapping[str, int]) -> None:
    """In the path's network: lay a wire to that of each side's process. Raises `StageError`, `OSError`."""
    if strangers := shell.devices_up() - {"lo"}:
        raise StageError(f"The path's network has the devices {', '.join(sorted(strangers))}, and is not the lab's.")
    for name in ("all", "default"):
        shell.set_kernel(f"net/ipv6/conf/{name}/disable_ipv6", 1)
    lines = ["link set lo up"]
    for side, pid in pids.items():
        near, far = (hardware_address(side, end).hex(":") for end in ("path", "lab"))
        lines.append(f"link add {side} address {near} type veth peer name {DEVICE} address {far} netns {pid}")
        lines.append(f"link set {side} arp off addrgenmode none up")
    shell.run_ip(lines)
    for side in pids:
        shell.keep_packets_whole(side)


def build_servers(world: World) -> None:
    """In the servers' network: every host's addresses are this computer's. Raises `StageError`, `OSError`."""
    _build(
        [f"addr add {_whole(address)} dev lo" for host in world.hosts for address in host.addresses], versions=(4, 6)
    )
    for name in ("net/ipv4/icmp_ratelimit", "net/ipv6/icmp/ratelimit"):  # every closed port says so, however many
        shell.set_kernel(name, 0)


def build_client(client: Client) -> None:
    """In the client's network: its addresses, and as many routes as it has. Raises `StageError`, `OSError`."""
    versions = (4,) if client.ipv6 == "none" else (4, 6)
    addresses = [address for address in client.addresses if ipaddress.ip_address(address).version in versions]
    _build(
        [f"addr add {_whole(address)} dev {DEVICE}" for address in addresses], versions=versions if client.route else ()
    )


def _build(addresses: Iterable[str], *, versions: Iterable[int]) -> None:
    """`versions`: those of the internet protocol, 4 and 6, that have a route to everywhere."""
    for name, value in SETTINGS.items():
        shell.set_kernel(name, value)
    up = ["link set lo up", f"link set {DEVICE} arp off addrgenmode none up"]
    shell.run_ip([*up, *addresses, *(f"route add {EVERYWHERE[version]} dev {DEVICE}" for version in versions)])
    shell.keep_packets_whole(DEVICE)


def _whole(address: str) -> str:
    """For `ip`: the address alone is on the wire, and IPv6 asks nobody whether it has it already."""
    return f"{address}/32" if ipaddress.ip_address(address).version == 4 else f"{address}/128 nodad"


def check_no_way_out() -> None:
    """Raises `StageError` unless this process' network is the lab's: nothing may be sent in any other."""
    devices = shell.devices_up()
    if devices != {"lo", DEVICE}:
        raise StageError(f"The client's network has the devices {', '.join(sorted(devices))}, and is not the lab's.")


def bind(place: Place, transport: str) -> socket.socket:
    """In the servers' network: a socket at the place's own address and port. Raises `OSError`."""
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    door = socket.socket(family_of(place.address), kind)
    try:
        door.bind((place.address, place.service.port))
        if transport == "tcp":
            door.listen(BACKLOG)
    except OSError:
        door.close()
        raise
    return door
