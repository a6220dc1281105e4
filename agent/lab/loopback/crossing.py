"""What everything that crosses the relay has in common: the world, its censor, the line, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

from agent.lab.censor import Censor, event_of
from agent.lab.loopback.line import LineModel
from agent.lab.loopback.ways import Arrivals, Way
from agent.lab.loopback.wire import Spawn
from agent.lab.rules import Action
from agent.lab.servers.certificates import Certificates
from agent.lab.world import Host, World


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """One for the whole of a lab."""

    world: World
    censor: Censor
    certificates: Certificates
    line: LineModel
    arrivals: Arrivals
    spawn: Spawn

    def asked(self, way: Way, at: str, **seen: object) -> Action | None:
        """What the censor does at a moment of the traffic that goes this way."""
        event = event_of(self.world, at, address=way.address, port=way.port, transport=way.transport, **seen)
        return self.censor.act_on(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where traffic of the client's goes to."""

    way: Way
    #: None: nobody is there.
    host: Host | None
    #: The server's own loopback port. None: there is no server, only a censor.
    server_port: int | None
