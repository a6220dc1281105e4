"""`dideban lab serve`: a scenario left standing, for programs that are not ours."""

from __future__ import annotations

import argparse
import contextlib
import os
import threading
from datetime import UTC, datetime

from agent.commands.lab import scenario_for
from agent.exits import DONE, UsageError
from agent.lab.loopback.lab import Lab
from agent.lab.scenario.records import Scenario
from agent.report.lab_directions import Reach, show_directions
from agent.report.output import console
from agent.report.visible import visible


def run(options: argparse.Namespace) -> int:
    scenario = scenario_for(options.file, options.stage)
    if options.stage == "namespace":
        from agent.lab.namespace import stage as namespaces  # Linux alone has them

        return namespaces.stand(scenario.path, program=options.program or None)
    if options.program:
        raise UsageError(
            "On loopback a program would reach the real network by any name that it asks for; paste the lines that are "
            "printed without one, or use --stage namespace."
        )
    with Lab(scenario.world) as lab, contextlib.ExitStack() as open_roots:
        show(scenario, lab, open_roots)
        print("Ctrl+C ends it.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    return DONE


def show(scenario: Scenario, lab: Lab, open_roots: contextlib.ExitStack) -> None:
    """Say how the standing scenario is reached."""
    out = console()
    out.say(f"{scenario.name} stands on this computer's loopback. {visible(scenario.about)}")
    out.print()
    roots = {name: readable(name, pem, open_roots) for name, pem in lab.trust_pem.items()}
    reach = Reach(
        world=scenario.world,
        catalog=scenario.catalog,
        ports=lab.doors,
        roots=roots,
        keys=lab.valid_keys(datetime.now(UTC)),
        as_root=hasattr(os, "geteuid") and os.geteuid() == 0,
    )
    show_directions(out, reach)
    out.print()
    if not hasattr(os, "memfd_create"):
        for name, pem in lab.trust_pem.items():
            out.say(f"Save this as {roots[name]} where you paste the lines, and delete it when you are done:")
            out.print(pem.decode(), soft_wrap=True)


def readable(name: str, pem: bytes, open_roots: contextlib.ExitStack) -> str:
    """A path that programs of this user read the certificate from.

    On Linux it is a file in this process's memory, which ends with it however it ends. Elsewhere it is a name for the
    file that the user makes.
    """
    if not hasattr(os, "memfd_create"):
        return f"{name}.pem"
    held = os.memfd_create(f"{name}.pem")
    open_roots.callback(os.close, held)
    os.write(held, pem)
    return f"/proc/{os.getpid()}/fd/{held}"
