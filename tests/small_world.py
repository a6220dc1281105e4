"""A world of four hosts without rules, for tests of the stages: as records, and as a scenario's file."""

from __future__ import annotations

from pathlib import Path

from agent.lab.world import Client, Host, Service, World

#: Where everything stands: IPv4 and IPv6.
SITE = ("44.0.0.80", "2610:44::80")
RESOLVER = ("44.0.0.53", "2610:44::53")
NAME = "www.site.example"

WORLD = World(
    name="small",
    hosts=(
        Host(addresses=RESOLVER, services=(Service(kind="dns", port=53),)),
        Host(
            names=(NAME,),
            addresses=SITE,
            services=(Service(kind="http", port=80), Service(kind="https", port=443)),
        ),
    ),
    client=Client(resolver=RESOLVER[0]),
)

SCENARIO = """
about = "A small world for the stage's own tests."
family = "{family}"

[client]
resolver = "{resolver[0]}"

[[host]]
addresses = ["{resolver[0]}", "{resolver[1]}"]
[[host.service]]
kind = "dns"
port = 53

[[host]]
names = ["{name}"]
addresses = ["{site[0]}", "{site[1]}"]
[[host.service]]
kind = "http"
port = 80
[[host.service]]
kind = "https"
port = 443

[[measure.site]]
key = "site"
url = "https://{name}/"

[expect.site]
state = "ok"
"""


def write_scenario(folder: Path, more: str = "") -> Path:
    """The scenario's file, with further tables behind."""
    path = folder / "small.toml"
    family = "action" if "[[rule]]" in more else "clean"
    text = SCENARIO.format(family=family, resolver=RESOLVER, site=SITE, name=NAME)
    path.write_text(text + more, encoding="utf-8")
    return path
