"""The censor's judgement: which rule an event meets. It reads what passes in clear, and moves no packet."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent.lab.world import Action, Match, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a box on the path can see at one moment."""

    #: query, syn, accept, client_hello or request.
    at: str
    #: Name asked for, SNI or Host. Empty: none was sent.
    name: str = ""
    #: Logical address and port that the traffic goes to. Empty: a query to an address without a host.
    address: str = ""
    port: int = 0
    #: A, AAAA …; queries only.
    query_type: str = ""
    #: False: it stays inside the country, where nobody looks.
    crosses_border: bool = True


def decide(rules: Sequence[Rule], event: Event) -> Rule | None:
    """The first rule that matches; its action is what happens. None: the traffic passes."""
    if not event.crosses_border:
        return None
    return next((rule for rule in rules if matches(rule.match, event)), None)


def matches(match: Match, event: Event) -> bool:
    """Whether every condition of `match` holds."""
    return (
        match.at == event.at
        and (not match.names or any(is_at_or_below(event.name, suffix) for suffix in match.names))
        and (not match.addresses or is_among(event.address, match.addresses))
        and (not match.ports or event.port in match.ports)
        and (not match.query_types or event.query_type in match.query_types)
    )


def is_at_or_below(name: str, suffix: str) -> bool:
    """Whether `name` is `suffix` or a name below it. Whole labels count: netflix.com is not below x.com."""
    own, wanted = (f".{word.rstrip('.').lower()}" for word in (name, suffix))
    return own.endswith(wanted)


def is_among(address: str, wanted: Sequence[str]) -> bool:
    """Whether `address` is one of `wanted`, or in one of its prefixes."""
    if not address or address in wanted:
        return bool(address)
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(prefix) for prefix in wanted if "/" in prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that the censor did."""

    at: datetime
    rule_id: str
    action: Action
    event: Event


@dataclass(frozen=True)
class Censor:
    """The rules, and a log of what they did."""

    rules: tuple[Rule, ...]
    log: list[Deed] = field(default_factory=list)

    def act_on(self, event: Event) -> Action | None:
        """What to do with `event`; written down when it is anything. None: let it pass."""
        rule = decide(self.rules, event)
        if rule is None:
            return None
        self.log.append(Deed(at=datetime.now(UTC), rule_id=rule.id, action=rule.action, event=event))
        return rule.action
