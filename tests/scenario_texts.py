"""Texts of scenarios for the loader's tests: a small one that can be used, and ways to write one and to read one."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.lab.scenario.load import ScenarioError, load_scenario
from agent.lab.scenario.records import Scenario

#: One site of the scenario's own, and nobody interferes.
SITE = """\
about = "A site and a censor."
family = "action"

[measure]
site = [{ key = "shop", url = "https://www.shop.example/" }]

[[host]]
names = ["www.shop.example"]
addresses = ["93.184.216.34", "2606:2800:220:1::1"]
[[host.service]]
kind = "https"
port = 443

[expect.shop]
state = "ok"
because = "The loader does not sweep it."
"""
#: A second host, to stand anywhere behind the first.
ROOM = '\n[[host]]\nnames = ["room.example"]\naddresses = ["44.1.1.1"]\n'
#: The same at home, with a speaker of TLS 1.2: to give rules something to see.
HOME = ROOM + 'country = "IR"\nservice = [{ kind = "https", port = 443, tls = "1.2" }]\n'


def loaded(folder: Path, text: str) -> Scenario:
    """The scenario that `text` is, out of a file."""
    path = folder / "some.toml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def rule(match: str, action: str = 'do = "drop"', *, name: str = "one", more: str = "") -> str:
    """The text of one rule."""
    return f'\n[[rule]]\nid = "{name}"\nmatch = {{ {match} }}\naction = {{ {action} }}\n{more}'


def said_of(folder: Path, text: str) -> str:
    """What the loader says of a text that it refuses, behind the file's name."""
    with pytest.raises(ScenarioError) as refused:
        loaded(folder, text)
    return str(refused.value).removeprefix(f"{folder / 'some.toml'}: ")
