"""From a scenario's file to one frozen record, or to one sentence that says what to change in it.

Everything is checked before anything stands: keys and values by the tables of keys, then what contradicts what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.catalog.load import load_catalog
from agent.catalog.records import Catalog
from agent.lab.catalog_hosts import PROVIDER_RESOLVER
from agent.lab.scenario.censoring import Surroundings, rules_of
from agent.lab.scenario.checked import checked
from agent.lab.scenario.computers import own_hosts, resolver_address, world_hosts
from agent.lab.scenario.faults import FaultError, ScenarioError
from agent.lab.scenario.keys import CLIENT
from agent.lab.scenario.line_rules import national_rules, portal_rules
from agent.lab.scenario.measured import platforms_named, platforms_of_sites
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
    """Every scenario of a folder, by name. Raises `ScenarioError` for the first that is wrong, or when there is none."""
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
    measure, client = values.get("measure", {}), values.get("client", {})
    shipped = load_catalog()
    named = platforms_named(shipped, measure)
    sites = platforms_of_sites(shipped, measure.get("site", ()))
    standing = Catalog(version=shipped.version, platforms=named, controls=shipped.controls)
    own = own_hosts(values.get("host", ()))
    home = str(client.get("country", CLIENT["country"].default))
    hosts = world_hosts(own, standing, home=home)
    world = World(
        name=path.stem,
        hosts=hosts,
        client=client_of(client, hosts),
        line=Line(**values.get("line", {})),
        rules=(
            *(portal_rules(client["captive_portal"], hosts) if "captive_portal" in client else ()),
            *(national_rules(home, hosts) if client.get("national_only") else ()),
            *rules_of(values.get("rule", ()), Surroundings.of(shipped, sites, hosts)),
        ),
        border_of=values.get("border_of", ""),
        seed=values.get("seed", 0),
    )
    return Scenario(
        name=path.stem,
        path=path,
        about=values["about"],
        family=values["family"],
        source=values.get("source", ""),
        world=world,
        catalog=replace(standing, platforms=(*named, *sites)),
        expected={key: expectation_of(table) for key, table in values.get("expect", {}).items()},
        limits=measure.get("limits", "short"),
        vantage_state=values.get("vantage_state", "normal"),
        near_misses_of=values.get("near_misses_of", ()),
        not_on=dict(values.get("not_on", ())),
    )


def client_of(table: Mapping[str, Any], hosts: Sequence[Host]) -> Client:
    """The client, who asks a resolver that stands. Raises `FaultError`."""
    values = {key: value for key, value in table.items() if key not in {"captive_portal", "national_only"}}
    return Client(**{**values, "resolver": resolver_address(values.get("resolver", PROVIDER_RESOLVER), hosts)})


def expectation_of(table: Mapping[str, Any]) -> Expectation:
    """What must come out for one platform."""
    return Expectation(**{**table, "state": State(table["state"])})
