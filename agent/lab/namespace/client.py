"""The client of a stage: the files by which its system finds names and trusts, and what is run on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from agent.catalog.records import Catalog
from agent.config.resolvers import DEFAULT_RESOLVERS
from agent.lab.namespace import shell
from agent.lab.namespace.processes import Channel, heed_keyboard
from agent.lab.namespace.shell import StageError
from agent.lab.namespace.spaces import check_no_way_out
from agent.lab.rules import ForgeAnswer
from agent.lab.scenario.records import Scenario
from agent.lab.scenario.trial import Outcome, sweep_of
from agent.lab.world import TRUSTED, World
from probes.network import FENCE_VARIABLE, RESOLVER_INSIDE, ROUTE_CHECK, OperatingSystem, fence

#: Covered in this stage by a folder in memory: what was there are lines to services of this computer's own, such as
#: caches of names, that would ask in its name.
RUN = "/run"
#: The lab's files, as long as it stands.
FOLDER = Path(RUN, "dideban")
#: The bundles of root certificates that systems keep for all programs: Debian's, Fedora's, Alpine's.
SYSTEM_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
#: What the system's resolver is told beside the address. Its own: 5 s a try.
RESOLVER_OPTIONS = {"short": "options timeout:1 attempts:2\n", "real": ""}
#: Variables that would send programs to a proxy of the world outside.
PROXY_VARIABLES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")


def trust_file(authority: str) -> Path:
    """Where the root certificate (PEM) of an authority is, for programs in the lab."""
    return FOLDER / f"{authority}.pem"


def write_files(scenario: Scenario, trust: Mapping[str, bytes]) -> None:
    """Put the lab's files over the system's, in this mount namespace alone. Raises `StageError`, `OSError`."""
    shell.mount_memory(RUN)
    FOLDER.mkdir()
    for authority, pem in trust.items():
        trust_file(authority).write_bytes(pem)
    resolver = f"nameserver {scenario.world.client.resolver}\n{RESOLVER_OPTIONS[scenario.limits]}"
    _replace("/etc/resolv.conf", resolver)
    _replace("/etc/nsswitch.conf", "hosts: dns\npasswd: files\ngroup: files\n", needed=False)
    _replace("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n", needed=False)
    for bundle in SYSTEM_BUNDLES:
        _replace(bundle, trust["web"].decode(), needed=False)


def _replace(path: str, text: str, *, needed: bool = True) -> None:
    """Show a file with this text in the place of one of the system's."""
    target = Path(os.path.realpath(path))
    own = FOLDER / Path(path).name
    own.write_text(text, encoding="utf-8")
    if target.is_relative_to(RUN):  # it led into what is covered now
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    elif target.exists():
        shell.put_over(own, target)
    elif needed:
        raise StageError(f"There is no {path} that the lab's own could be shown in place of; make an empty one.")


def sweep(scenario: Scenario, *, trust: Mapping[str, bytes], folder: Path | None, channel: Channel) -> Outcome:
    """A real sweep by the operating system, fenced to the scenario's addresses. Its progress is told on the way."""
    check_no_way_out()
    return sweep_of(
        scenario,
        stage="namespace",
        network=fence(OperatingSystem(), fence_of(scenario)),
        trust=trust,
        folder=folder,
        progress=lambda platform, done, total: channel.say(progress=[platform, done, total]),
    )


def run_program(scenario: Scenario, program: Sequence[str]) -> int:
    """Run a program to its end on the client. Returns its exit status, as a shell would."""
    check_no_way_out()
    try:
        running = subprocess.Popen(  # noqa: S603 -- whoever started the lab wants just that program
            program, env=environment_of(scenario), preexec_fn=heed_keyboard
        )
    except OSError as error:
        raise StageError(f"{program[0]} cannot be run: {error.strerror}.") from None
    status = running.wait()
    return status if status >= 0 else 128 - status


def words_for(scenario: Scenario) -> dict[str, str]:
    """What one must know who enters: the scenario's name, the resolver, and the files with the roots."""
    return {
        "name": scenario.name,
        "resolver": scenario.world.client.resolver,
        **{authority: str(trust_file(authority)) for authority in TRUSTED},
    }


def environment_of(scenario: Scenario) -> dict[str, str]:
    """The variables for a program on the client: this process', without what leads elsewhere."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in PROXY_VARIABLES}
    return {
        **kept,
        FENCE_VARIABLE: ",".join(fence_of(scenario)),
        "SSL_CERT_FILE": str(trust_file("web")),
    }


def fence_of(scenario: Scenario) -> list[str]:
    """What a sweep may ask for: every address that the scenario names, whether anybody stands there or not."""
    named = {
        *(address for address, _ in ROUTE_CHECK.values()),
        *addresses_in(scenario.world),
        *addresses_swept(scenario.catalog),
        *(resolver.address for resolver in DEFAULT_RESOLVERS),
    }
    return [RESOLVER_INSIDE, *sorted(named)]


def addresses_in(world: World) -> Iterable[str]:
    """Addresses of the world's hosts, those that its resolvers tell, and those that its censor does."""
    for host in world.hosts:
        yield from (*host.addresses, *(host.published or ()))
        for service in host.services:
            yield from (address for _, addresses in service.answers for address in addresses)
            yield from (service.nxdomain_address,) if service.nxdomain_address else ()
    for rule in world.rules:
        if isinstance(rule.action, ForgeAnswer):
            yield from rule.action.addresses


def addresses_swept(catalog: Catalog) -> Iterable[str]:
    """Fixed addresses of the endpoints and controls."""
    for _, target in catalog.targets():
        for endpoint in target.endpoints:
            yield from endpoint.addresses
    for control in catalog.controls:
        yield from control.endpoint.addresses
