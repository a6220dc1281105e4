"""Holds a scenario's tables against the tables of keys, and hands on their values as the records want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.config.rules import advice, shown
from agent.lab.scenario.faults import FaultError, KeyPath
from agent.lab.scenario.keys import Key
from agent.lab.scenario.keys_of_rules import ACTIONS, BLOCK_PAGES, TABLES
from agent.lab.scenario.values import Part, taken

#: Which keys of a block page belong to which of its forms.
PAGE_KEYS: Mapping[str, tuple[str, ...]] = {
    word: ("do", "page", *(("status", "title", "body", "headers") if word == "own" else ("address", "label")))
    for word in BLOCK_PAGES
}


def checked(table: str, values: Mapping[str, Any], path: KeyPath = ()) -> dict[str, Any]:
    """The values that stand in a table of `TABLES`, parts inside it checked too; keys left out stay out.

    Raises `FaultError` for the first key that is unknown, missing, or holds what it may not.
    """
    keys = keys_of(table, values, path)
    found: dict[str, Any] = {}
    for name, value in values.items():
        here = (*path, name)
        if name not in keys:
            raise FaultError(here, f"there is no such key; {advice(name, keys)}.")
        holds = keys[name].holds
        if complaint := holds.complaint(value):
            raise FaultError(here, f"{'this' if isinstance(holds, Part) else shown(value)} {complaint}.")
        found[name] = parts_of(holds, value, here) if isinstance(holds, Part) else taken(holds, value)
    for name, key in keys.items():
        if key.required and name not in values:
            raise FaultError(path, f"{name} is missing; add it: {key.means[0].lower()}{key.means[1:]}")
    return found


def keys_of(table: str, values: Mapping[str, Any], path: KeyPath) -> Mapping[str, Key]:
    """The keys that may stand in a table. What an action may have depends on what it does."""
    keys = TABLES[table]
    if table != "action":
        return keys
    word = values.get("do")
    if not isinstance(word, str) or word not in ACTIONS:
        # That is the fault to be found, so no other key of an action may be one before it.
        return {**keys, **{name: key for known in ACTIONS.values() for name, key in known.items()}}
    known = {**keys, **ACTIONS[word]}
    if word == "block_page":
        page = values.get("page", "iran_2016")
        wanted = PAGE_KEYS.get(page, tuple(known)) if isinstance(page, str) else tuple(known)
        for name in (name for name in values if name in known and name not in wanted):
            sentence = f"this belongs to another page; the keys here are {', '.join(wanted)}."
            raise FaultError((*path, name), sentence)
    return known


def parts_of(part: Part, value: Any, path: KeyPath) -> Any:
    """The tables that stand under a key, in the form that they stand in."""
    match part.stands:
        case "list":
            return [checked(part.table, one, (*path, at)) for at, one in enumerate(value)]
        case "named":
            return {name: checked(part.table, one, (*path, name)) for name, one in value.items()}
    return checked(part.table, value, path)
