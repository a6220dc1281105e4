"""Writes the section "Every key" of docs/lab.md from the tables of keys: `python -m agent.lab.scenario.tables`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from inspect import getdoc

from agent.config.rules import Choice, Country, Number, Rule, Text, shown
from agent.lab.rules import MOMENT_WORDS, MOMENTS, NAME_TESTS
from agent.lab.scenario.censoring import RECORDS
from agent.lab.scenario.keys import Key
from agent.lab.scenario.keys_of_rules import ACTIONS, BLOCK_PAGES, TABLES
from agent.lab.scenario.records import FAMILIES
from agent.lab.scenario.values import (
    Address,
    AnyText,
    Flag,
    HostName,
    IpVersion,
    ListOf,
    Network,
    Part,
    Pattern,
    TableOf,
)
from agent.lab.world import CERTIFICATES, IPV6_STATES, SERVICE_KINDS
from agent.markdown import table

OPENING = """## Every key

*Generated from the code by `python -m agent.lab.scenario.tables`; a test compares the two.*

A key that stands in no table here is refused, and so is a value of another kind; a key in **bold** is needed. Where
a key is left out, its default stands. A table and the same table inline, `match = { at = "syn" }`, are one thing.
"""
#: How each table is written, and what it is.
HEADERS: Mapping[str, tuple[str, str]] = {
    "scenario": ("the top of the file", ""),
    "client": ("`[client]`", ""),
    "line": ("`[line]`", "The same both ways."),
    "measure": (
        "`[measure]`",
        "The platforms named here, all controls, the resolvers that the agent asks by default and the provider's "
        "resolver stand by themselves, each with a computer of its own.",
    ),
    "site": ("`[[measure.site]]`", ""),
    "host": ("`[[host]]`", ""),
    "service": ("`[[host.service]]`", ""),
    "page": ("`[[host.service.page]]`", ""),
    "rule": ("`[[rule]]`", "The rules are asked in the order of the file, and the first that matches decides."),
    "match": ("`[rule.match]`", "Every condition that is written must hold."),
    "action": ("`[rule.action]`", "Further keys depend on what is done; they follow below."),
    "residual": ("`[rule.residual]`", ""),
    "expect": (
        "`[expect.KEY]`",
        "Mechanisms are not written: they are read off the censor's rules (`agent/lab/truth.py`).",
    ),
}
#: What is said of words that need more than a key's line, after the table that they stand in.
WORDS: Mapping[str, tuple[tuple[str, Mapping[str, str]], ...]] = {
    "scenario": (("family", FAMILIES),),
    "client": (("ipv6", IPV6_STATES),),
    "service": (("kind", SERVICE_KINDS), ("certificate", CERTIFICATES)),
    "match": (("names_test", NAME_TESTS),),
}
#: What the words after `do` mean that share one record.
DO_WORDS: Mapping[str, str] = {
    "block_page": "A block page in the server's place, then the end.",
    "redirect": "A redirect in the server's place, then the end.",
    "send": "These bytes in the server's place, then the end. In reply to a ClientHello: plaintext in TLS.",
}


def render() -> str:
    """The whole section in Markdown."""
    return "\n".join([OPENING, *map(part_of, TABLES), moments()]).rstrip("\n") + "\n"


def part_of(name: str) -> str:
    """One table of the file."""
    header, about = HEADERS[name]
    parts = [f"### {header}\n", about and f"{about}\n", keys_table(TABLES[name])]
    for key, words in WORDS.get(name, ()):
        parts.append(table((f"`{key}`", "what it is"), [(f"`{word}`", says) for word, says in words.items()]))
    if name == "action":
        parts.append(actions())
    return "\n".join(filter(None, parts))


def keys_table(keys: Mapping[str, Key]) -> str:
    """The keys of a table, a line each."""
    rows = [
        (f"**`{name}`**" if key.required else f"`{name}`", in_words(key.holds), default_of(key), key.means)
        for name, key in keys.items()
    ]
    return table(("key", "holds", "default", "meaning"), rows)


def actions() -> str:
    """What can be done, and the keys that each takes."""
    able = {
        word: ", ".join(f"`{at}`" for at, records in MOMENTS.items() if issubclass(RECORDS[word], records))
        for word in ACTIONS
    }
    said = {word: DO_WORDS.get(word) or summary(RECORDS[word]) for word in ACTIONS}
    parts = [table(("`do`", "what happens", "at"), [(f"`{word}`", said[word], able[word]) for word in ACTIONS])]
    for word, keys in ACTIONS.items():
        if keys:
            parts += [f'#### `do = "{word}"`\n', keys_table(keys)]
        if word == "block_page":
            parts.append(table(("`page`", "what it is"), [(f"`{page}`", says) for page, says in BLOCK_PAGES.items()]))
    return "\n".join(parts)


def moments() -> str:
    """Where a censor can act, and what it can do there."""
    rows = [
        (f"`{at}`", says, ", ".join(f"`{word}`" for word, record in RECORDS.items() if issubclass(record, MOMENTS[at])))
        for at, says in MOMENT_WORDS.items()
    ]
    return "### Moments\n\n" + table(("`at`", "what it is", "what can be done there"), rows)


def in_words(rule: Rule) -> str:
    """What a key holds."""
    match rule:
        case Choice(words=words):
            return ", ".join(f"`{word}`" for word in words)
        case Number(low=low, high=high, whole=whole, unit=unit):
            return f"a {'whole ' * whole}number{f' of {unit}' * bool(unit)} from {low:,} to {high:,}"
        case ListOf(example=example):
            return f"a list such as `{example}`"
        case TableOf(example=example):
            return f"a table such as `{example}`"
        case Part(stands=stands):
            return "a table of its own" if stands == "one" else "tables of their own"
        case Pattern(what=what):
            return what
    kinds: Mapping[type, str] = {
        Address: "an address",
        AnyText: "a text, of several lines too",
        Country: "two capital letters",
        Flag: "true or false",
        HostName: "a host's name",
        IpVersion: "4 or 6",
        Network: "an address or a prefix",
        Text: "a text",
    }
    return kinds[type(rule)]


def default_of(key: Key) -> str:
    """A default as it would be written; nothing where there is none."""
    if key.default in (None, "", ()) or key.required:
        return ""
    value = list(key.default) if isinstance(key.default, tuple) else key.default
    return f"`{shown(value)}`"


def summary(record: type) -> str:
    """The first paragraph of a record's docstring, on one line."""
    return " ".join((getdoc(record) or "").split("\n\n")[0].split())


if __name__ == "__main__":
    sys.stdout.write(render())
