"""From a scenario's file to one frozen record, or to one sentence that says what to change in it.

Everything is checked before anything stands: keys and values by the tables of keys, then what contradicts what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.catalog.load import load_catalog
from agent.catalog.records import Catalog, Platform
from agent.lab.catalog_hosts import PROVIDER_RESOLVER
from agent.lab.rules import Rule
from agent.lab.scenario.censoring import rules_of
from agent.lab.scenario.checked import checked
from agent.lab.scenario.computers import helping_hosts, own_hosts, resolver_address, world_hosts
from agent.lab.scenario.contradictions import refuse_client, refuse_hosts
from agent.lab.scenario.expectations import refuse_expectations
from agent.lab.scenario.faults import FaultError, ScenarioError
from agent.lab.scenario.keys import CLIENT
from agent.lab.scenario.line_rules import national_rules, portal_rules
from agent.lab.scenario.measured import platforms_named, platforms_of_sites
from agent.lab.scenario.never import refuse_ids, refuse_never_matching
from agent.lab.scenario.records import Expectation, Scenario
from agent.lab.scenario.source import read_source
from agent.lab.world import Client, Host, Line, World
from agent.verdict.records import State

__all__ = ["ScenarioError", "load_scenario", "load_scenarios", "shipped_scenarios_folder"]

#: Where the shipped scenarios are: beside the lab in an installed wheel, among the tests in a checkout.
FOLDERS = (Path(__file__).parents[1] / "scenarios", Path(__file__).parents[3] / "tests" / "scenarios")


def shipped_scenarios_folder() -> Path:
    """The folder of the scenarios that come with the agent. Raises `ScenarioError` when there is none."""
    for folder in FOLDERS:
        if folder.is_dir():
            return folder
    looked = " nor ".join(map(str, FOLDERS))
    raise ScenarioError(f"The shipped scenarios are neither in {looked}; install the agent anew, or name a file.")


def load_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """Every scenario of a folder, by name. Raises `ScenarioError` for the first that is wrong, or for none."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise ScenarioError(f"{folder}: there is no scenario, a file that ends in .toml, in this folder; name another.")
    return tuple(map(load_scenario, files))


def load_scenario(path: Path) -> Scenario:
    """The scenario in `path`.

    Raises `ScenarioError`, one sentence with the file, the line or the key, and the remedy.
    """
    source = read_source(path)
    try:
        return scenario_of(path, checked("scenario", source.document))
    except FaultError as fault:
        raise ScenarioError(f"{path}: {source.place(fault.path)}{fault.sentence}") from None


def scenario_of(path: Path, values: Mapping[str, Any]) -> Scenario:
    """The scenario of a file's checked values. Raises `FaultError` when they contradict each other."""
    measure, shipped = values.get("measure", {}), load_catalog()
    sites = platforms_of_sites(shipped, measure.get("site", ()))
    standing = replace(shipped, platforms=platforms_named(shipped, measure))
    scenario = Scenario(
        name=path.stem,
        path=path,
        about=values["about"],
        family=values["family"],
        source=values.get("source", ""),
        world=world_of(path.stem, values, standing=standing, known=(*shipped.platforms, *sites)),
        catalog=replace(standing, platforms=(*standing.platforms, *sites)),
        expected={key: expectation_of(table) for key, table in values.get("expect", {}).items()},
        **{key: measure[key] for key in ("limits", "sweep_mib", "helpers") if key in measure},
        vantage_state=values.get("vantage_state", "normal"),
        near_misses_of=values.get("near_misses_of", ()),
        not_on=dict(values.get("not_on", ())),
    )
    refuse_expectations(scenario)
    return scenario


def world_of(name: str, values: Mapping[str, Any], *, standing: Catalog, known: Sequence[Platform]) -> World:
    """The world of a file's checked values.

    `standing`: what has hosts without the file's saying so. `known`: the platforms that rules may name. Raises
    `FaultError` when its parts contradict each other.
    """
    tables, client = values.get("host", ()), values.get("client", {})
    home = str(client.get("country", CLIENT["country"].default))
    own = own_hosts(tables)
    refuse_hosts(tables, own)
    helping = helping_hosts(own, values.get("measure", {}).get("helpers", ()))
    hosts = world_hosts((*own, *helping), standing, home=home)
    rules = rules_of(values.get("rule", ()), known, hosts)
    on_the_line = line_rules(client, home, hosts)
    refuse_ids(rules, on_the_line)
    visitor = client_of(client, hosts)
    refuse_client(visitor.addresses, home, hosts)
    try:
        world = World(
            name=name,
            hosts=hosts,
            client=visitor,
            line=Line(**values.get("line", {})),
            rules=(*on_the_line, *rules),
            border_of=values.get("border_of", ""),
            seed=values.get("seed", 0),
        )
    except ValueError as error:  # two invented addresses that meet: as good as never
        raise FaultError((), str(error)) from None
    refuse_never_matching(values.get("rule", ()), rules, world)
    return world


def line_rules(client: Mapping[str, Any], home: str, hosts: Sequence[Host]) -> tuple[Rule, ...]:
    """What stands on the client's own line. Raises `FaultError`."""
    portal, national = client.get("captive_portal", ""), client.get("national_only", False)
    if portal and national:
        raise FaultError(("client", "national_only"), "a captive portal stands before it; take one of them out.")
    if portal:
        return portal_rules(portal, hosts)
    return national_rules(home, hosts) if national else ()


def client_of(table: Mapping[str, Any], hosts: Sequence[Host]) -> Client:
    """The client, who asks a resolver that stands. Raises `FaultError`."""
    values = {key: value for key, value in table.items() if key not in {"captive_portal", "national_only"}}
    return Client(**{**values, "resolver": resolver_address(values.get("resolver", PROVIDER_RESOLVER), hosts)})


def expectation_of(table: Mapping[str, Any]) -> Expectation:
    """What must come out for one platform."""
    return Expectation(**{**table, "state": State(table["state"])})
