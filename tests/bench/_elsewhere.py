"""A lab in a process of its own, so that what is measured is the agent and not the internet that it looks at."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection

from agent.lab.loopback.network import LabNetwork
from agent.lab.world import World

#: Seconds for the other process to start, and to end when it is told to.
PATIENCE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """A client's side of a lab. It is a value: it may be handed on to another process."""

    #: Its censor's log holds what this side does to a SYN; the rest is the other process's.
    network: LabNetwork
    #: Root certificate (PEM) of each authority that the world's client trusts.
    trust_pem: Mapping[str, bytes]


@contextlib.contextmanager
def lab_elsewhere(world: World) -> Iterator[Elsewhere]:
    """The lab of `world` stands in another process while this is entered. Raises `RuntimeError` when it falls."""
    spawning = multiprocessing.get_context("spawn")  # a fork would carry this process's memory along
    here, there = spawning.Pipe()
    process = spawning.Process(target=_stand, args=(world, there), name=f"lab {world.name}", daemon=True)
    process.start()
    there.close()
    try:
        yield _client_of(here, world)
    finally:
        here.close()  # tells the lab to end
        process.join(PATIENCE_S)
        if process.is_alive():
            process.kill()
            process.join()
    if process.exitcode != 0:
        raise RuntimeError(f"The lab of world {world.name} ended with code {process.exitcode}.")


def _client_of(here: Connection, world: World) -> Elsewhere:
    try:
        if here.poll(PATIENCE_S):
            client: Elsewhere = here.recv()
            return client
    except EOFError:
        raise RuntimeError(f"The lab of world {world.name} fell before it stood.") from None
    raise RuntimeError(f"The lab of world {world.name} did not stand up in {PATIENCE_S:.0f} s.")


def _stand(world: World, there: Connection) -> None:
    """The other process's whole life."""
    from agent.lab.loopback.lab import Lab  # here alone: a client of the lab has no use for its certificate authorities

    with Lab(world) as lab:
        there.send(Elsewhere(network=lab.network, trust_pem=lab.trust_pem))
        with contextlib.suppress(EOFError):
            there.recv()
