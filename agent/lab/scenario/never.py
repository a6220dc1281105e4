"""Which of a scenario's rules can never act, and why: what a censor is not shown, or an earlier rule takes away."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.lab.rules import ForgeAnswer, Match, Rule
from agent.lab.scenario.faults import FaultError, KeyPath
from agent.lab.scenario.shadow import takes_all_of
from agent.lab.world import World, listed

#: The moments at which a condition can be seen to hold.
MOMENTS_OF_KEYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("names", "names_of", "names_test"), ("query", "client_hello", "quic", "request", "certificate")),
    **dict.fromkeys(("query_types", "transport"), ("query",)),
    "path": ("request",),
    "keywords": ("request", "unrecognised"),
}


def refuse_never_matching(tables: Sequence[Mapping[str, Any]], rules: Sequence[Rule], world: World) -> None:
    """Raise `FaultError` for the first rule of the file that can never act. `rules`: those of `tables`, in order."""
    for at, (table, rule) in enumerate(zip(tables, rules, strict=True)):
        path = ("rule", at)
        for key in table["match"]:
            if rule.match.at not in MOMENTS_OF_KEYS.get(key, (rule.match.at,)):
                able = listed(MOMENTS_OF_KEYS[key])
                sentence = f"this is not seen at {rule.match.at}, only at {able}, so the rule never matches"
                raise FaultError((*path, "match", key), f"{sentence}; take it out, or match elsewhere.")
        for key, sentence in (*impossible(rule.match, path), *out_of_sight(rule, world), *void(rule)):
            raise FaultError((*path, *key), sentence)
        refuse_waiting(rule, rules, (*path, "match", "after"))
        for earlier in world.rules[: world.rules.index(rule)]:
            if takes_all_of(earlier, rule):
                sentence = f"rule {earlier.id}, which comes first, takes all that this one could match"
                remedy = "put this one before it, or narrow that one" if earlier in rules else "it is [client]'s doing"
                raise FaultError((*path, "match"), f"{sentence}; {remedy}.")


def refuse_ids(rules: Sequence[Rule], on_the_line: Sequence[Rule]) -> None:
    """Raise `FaultError` when two rules of one name are in the file, or one of a name that the line's rules have."""
    taken = {rule.id for rule in on_the_line}
    for at, rule in enumerate(rules):
        if rule.id in taken:
            raise FaultError(("rule", at, "id"), f"another rule is called {rule.id}; rename this one.")
        taken.add(rule.id)


def impossible(match: Match, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Conditions that exclude each other, each with the place inside the rule."""
    for address in match.addresses:
        version = ipaddress.ip_network(address).version
        if match.ip_version is not None and version != match.ip_version:
            yield ("match", "ip_version"), f"{address} is of version {version}; change one of the two."
    if match.until_s is not None and match.from_s >= match.until_s:
        yield ("match", "until_s"), f"it is not later than from_s = {match.from_s:g}; raise it."
    if match.last_occasion is not None and match.last_occasion < match.first_occasion:
        yield ("match", "last_occasion"), f"it comes before first_occasion = {match.first_occasion}; raise it."


def out_of_sight(rule: Rule, world: World) -> Iterator[tuple[KeyPath, str]]:
    """Traffic that this world does not have, or that does not pass where the rule stands."""
    match = rule.match
    services = [service for host in world.hosts for service in host.services]
    if match.direction and (match.direction == "out") != world.outward:
        stands = "behind the border" if world.outward else "abroad"
        yield ("match", "direction"), f'the client stands {stands}, so nothing goes "{match.direction}"; change it.'
    if match.ip_version == 6 and world.client.ipv6 == "none":
        yield ("match", "ip_version"), "the client has no IPv6, so nothing goes there; change one of the two."
    if match.at == "certificate" and not any(service.tls == "1.2" for service in services):
        yield ("match", "at"), 'no service speaks TLS 1.2, so no certificate passes in clear; give one tls = "1.2".'
    asked = {53, *(service.port for service in services if service.kind == "dns")}
    if match.at == "query" and match.ports and not asked & set(match.ports):
        yield ("match", "ports"), f"nobody asks for names at these ports; use {listed(map(str, sorted(asked)))}."
    censored = rule.where == "border" and match.at != "query" and match.addresses
    if censored and all(is_inside(address, world) for address in match.addresses):
        yield ("match", "addresses"), "traffic to these never crosses the border; put their hosts beyond it."


def is_inside(address: str, world: World) -> bool:
    """Whether traffic to `address` does not pass the border. Of a prefix some part always may."""
    return "/" not in address and not world.crosses_border(address)


def void(rule: Rule) -> Iterator[tuple[KeyPath, str]]:
    """What an action or a residual punishment says in vain."""
    match rule.action:
        case ForgeAnswer(rcode=rcode, addresses=addresses) if addresses and rcode != "NOERROR":
            yield ("action", "rcode"), f"an answer of {rcode} has no addresses; take one of the two out."
        case ForgeAnswer(order="instead", gap_ms=gap_ms) if gap_ms:
            yield ("action", "gap_ms"), 'with order = "instead" there is no second answer; take it out.'
    if rule.residual is not None and rule.residual.by == "name" and rule.match.at not in MOMENTS_OF_KEYS["names"]:
        yield ("residual", "by"), f'no name is seen at {rule.match.at}; use "server".'


def refuse_waiting(rule: Rule, rules: Sequence[Rule], path: KeyPath) -> None:
    """Raise `FaultError` when a rule waits for one that there is not, or for itself by whatever way round."""
    by_id = {other.id: other for other in rules}
    waited_for = rule.match.after
    for _ in rules:
        if not waited_for:
            return
        if waited_for not in by_id:
            raise FaultError(path, f"there is no rule {waited_for}; use one of {listed(by_id)}.")
        if waited_for == rule.id:
            raise FaultError(path, "the rule waits for itself, so it never acts; name another.")
        waited_for = by_id[waited_for].match.after
