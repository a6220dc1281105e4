"""The hosts of a scenario: those of its own, and those of the catalog that stand by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.catalog.records import Catalog
from agent.config.resolvers import DEFAULT_RESOLVERS
from agent.lab.catalog_hosts import PROVIDER_RESOLVER, hosts_of, invented
from agent.lab.scenario.faults import FaultError
from agent.lab.world import Host, Page, Service, normal


def own_hosts(tables: Sequence[Mapping[str, Any]]) -> tuple[Host, ...]:
    """The hosts that the file declares, in its order."""
    return tuple(host_of(table) for table in tables)


def helping_hosts(own: Sequence[Host], names: Sequence[str]) -> tuple[Host, ...]:
    """A host with a test helper for each of `names` that none of the scenario's own hosts bears."""
    taken = {name for host in own for name in host.names}
    helper = Service(kind="test_helper", port=443)
    return tuple(
        Host(names=(name,), addresses=invented(name), services=(helper,)) for name in names if name not in taken
    )


def host_of(table: Mapping[str, Any]) -> Host:
    """One host."""
    values = {key: value for key, value in table.items() if key != "service"}
    return Host(**values, services=tuple(service_of(service) for service in table.get("service", ())))


def service_of(table: Mapping[str, Any]) -> Service:
    """One open port."""
    values = {key: value for key, value in table.items() if key != "page"}
    return Service(**values, pages=tuple(Page(**page) for page in table.get("page", ())))


def world_hosts(own: Sequence[Host], catalog: Catalog, *, home: str) -> tuple[Host, ...]:
    """All hosts of the world, those of the scenario's own first.

    `catalog` has the platforms and controls whose hosts stand by themselves, and the resolvers that the agent asks do
    too. The provider's resolver stands in `home`, the client's country. A host that shares a name or an address with
    one of `own` is replaced by it.
    """
    names = {name for host in own for name in host.names}
    addresses = {address for host in own for address in host.addresses}
    standing = (
        replace(host, country=home) if PROVIDER_RESOLVER in host.names else host
        for host in hosts_of(catalog, DEFAULT_RESOLVERS)
    )
    return (
        *own,
        *(host for host in standing if not names & set(host.names) and not addresses & set(host.addresses)),
    )


def resolver_address(asked: str, hosts: Sequence[Host]) -> str:
    """The IPv4 address of the resolver that the client asks: a host's name or address. Raises `FaultError`."""
    path = ("client", "resolver")
    try:
        addresses: tuple[str, ...] = (normal(asked),)
    except ValueError:
        addresses = next((host.addresses for host in hosts if asked in host.names), ())
    found = next((address for address in addresses if ":" not in address), "")
    host = next((host for host in hosts if found in host.addresses), None)
    if not found or host is None:
        raise FaultError(path, f"no host is called {asked} or stands there with an IPv4 address; add one as [[host]].")
    if all(service.kind != "dns" or service.port != 53 for service in host.services):
        raise FaultError(path, f"{asked} has no service of kind dns on port 53, so nobody answers there; add it.")
    return found
