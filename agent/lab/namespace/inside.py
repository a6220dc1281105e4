"""The stage from within: builds its networks, starts its processes, and tells the one outside what came of it.

It is the first process of a process namespace: when it ends, whatever started in the stage ends with it. It ends when
the one outside does.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

from agent.lab.censor import Censor
from agent.lab.namespace import client, spaces
from agent.lab.namespace.forward import Forwarder, open_wires
from agent.lab.namespace.path import Path as CensoredPath
from agent.lab.namespace.processes import Channel, Household, Message, Process, ignore_keyboard
from agent.lab.namespace.shell import StageError, leave_network
from agent.lab.scenario.load import ScenarioError, load_scenario
from agent.lab.scenario.records import Scenario
from agent.lab.servers.certificates import Certificates
from agent.lab.servers.doors import open_doors
from agent.lab.servers.serve import Servers
from agent.lab.world import World
from agent.open_files import allow_open_files

#: Seconds for a step that has a fraction of one to do. It measures nothing: it ends what hangs.
PATIENCE_S = 30.0


def main(descriptor: int) -> None:
    """Everything, for the one at the other end of the socket `descriptor`."""
    ignore_keyboard()
    outside = Channel(socket.socket(fileno=descriptor))
    outside.socket.set_inheritable(False)
    order = outside.hear()
    if order is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):  # nobody waits for it any more
        outside.say(**fulfilled_or_fault(order, outside))


def fulfilled_or_fault(order: Message, outside: Channel) -> Message:
    """The last message: what came of the order, or the fault that it failed by."""
    try:
        return fulfil(order, Household(outside))
    except (StageError, ScenarioError) as fault:
        return {"fault": str(fault)}
    except OSError as fault:
        return {"fault": f"The networks could not be built: {fault}."}


def fulfil(order: Message, household: Household) -> Message:
    """Put the stage up and do on it what is wanted: sweep, run a program, or stand. Returns the last message.

    `order`: scenario (its file), do (sweep, program, stand), folder (for rows; empty: none are kept), program, and
    patience_s for a sweep.
    """
    allow_open_files()
    scenario = load_scenario(Path(order["scenario"]))
    certificates = Certificates()
    trust = certificates.trust_pem()
    client.write_files(scenario, trust)
    servers = household.start("The servers' process", lambda line: serve(scenario.world, certificates, line))
    outside = household.outside
    using = household.start("The client's process", lambda line: be_client(scenario, trust, order, line, outside))
    sides = {"client": using, "servers": servers}
    for process in sides.values():
        household.hear(process, patience_s=PATIENCE_S)
    spaces.build_path({side: process.pid for side, process in sides.items()})
    for process in sides.values():
        ask(household, process)
    path = household.start("The path's process", lambda line: forward(scenario.world, certificates, line))
    household.hear(path, patience_s=PATIENCE_S)
    # From here on nobody is waited for but by their line, and the kernel itself buries what programs leave behind.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    done = use(order, household, using)
    return {**done, **ask(household, path)}


def ask(household: Household, process: Process) -> Message:
    """Let a process go on to its next step, and hear how that went."""
    process.channel.say(go=True)
    return household.hear(process, patience_s=PATIENCE_S)


def use(order: Message, household: Household, using: Process) -> Message:
    """What comes of the stage's use. A sweep's progress is passed on."""
    patience_s = order["patience_s"] if order["do"] == "sweep" else None
    using.channel.say(go=True)
    while "progress" in (message := household.hear(using, patience_s=patience_s)):
        household.outside.say(**message)
    return message


def serve(world: World, certificates: Certificates, line: Channel) -> None:
    """The servers' process, to its end."""
    leave_network()
    step(line)
    spaces.build_servers(world)
    doors = open_doors(world, spaces.bind)
    line.say(ready=True)
    asyncio.run(Servers(world, certificates).serve(doors))


def forward(world: World, certificates: Certificates, line: Channel) -> None:
    """The path's process, to its end. It stays in the network that the wires were laid in."""
    censor = Censor(world.rules, seed=world.seed)
    chance = Random(world.seed)  # noqa: S311 -- a line's losses, which must fall alike each time
    path = CensoredPath(world, censor, certificates=certificates, chance=chance)
    forwarder = Forwarder(path, open_wires(world))
    line.say(ready=True)
    forwarder.run(line, lambda _: {"deeds": Counter(deed.rule_id for deed in censor.log)})


def be_client(scenario: Scenario, trust: Mapping[str, bytes], order: Message, line: Channel, outside: Channel) -> None:
    """The client's process, to its end."""
    leave_network()
    step(line)
    spaces.build_client(scenario.world.client)
    step(line)
    match order["do"]:
        case "sweep":
            folder = Path(order["folder"]) if order["folder"] else None
            outcome = client.sweep(scenario, trust=trust, folder=folder, channel=line)
            line.say(outcome=outcome.as_json())
        case "program":
            outside.say(begins=True)
            line.say(status=client.run_program(scenario, order["program"]))
        case "stand":
            # Said by this process itself: the kernel tells the one outside who it was, in its own count.
            outside.say(**client.words_for(scenario))
    line.hear()  # one that ends before the stage does has failed


def step(line: Channel) -> None:
    """Say that a step is done, and wait to be told to go on."""
    line.say(ready=True)
    line.hear()
