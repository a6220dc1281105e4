"""The censor's judgement: which rule an event meets. It reads what passes in clear, and moves no packet.

Both stages ask it: the loopback's, which acts on streams, and the namespaces', which acts on packets.
"""

from __future__ import annotations

import ipaddress
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from typing import Any

from agent.lab.rules import Action, Match, Pass, Rule
from agent.lab.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a box on the path can see at one moment."""

    #: A key of MOMENTS.
    at: str
    #: Name asked for, SNI, Host, or the certificate's first name. Empty: none was sent.
    name: str = ""
    #: Further names of a certificate.
    other_names: tuple[str, ...] = ()
    #: Logical address, in normal form, and port that the client's traffic goes to.
    address: str = ""
    port: int = 0
    #: A, AAAA …; queries only.
    query_type: str = ""
    #: udp or tcp.
    transport: str = "tcp"
    #: Of a request, with its query string.
    path: str = ""
    #: What the client said first, for keywords.
    said: bytes = b""
    #: False: it stays inside one country, where no border is.
    crosses_border: bool = True
    #: False: it comes from abroad.
    outward: bool = True


def event_of(world: World, at: str, *, address: str, port: int, **seen: object) -> Event:
    """An event of the client's traffic to `address`, in normal form. DNS queries always cross the border."""
    return Event(
        at=at,
        address=address,
        port=port,
        crosses_border=at == "query" or world.crosses_border(address),
        outward=world.outward,
        **seen,  # type: ignore[arg-type] # fields of Event, named by the caller
    )


def may_decide(rules: Sequence[Rule], event: Event) -> Iterator[Rule]:
    """The border's rules that may decide, in order: those that match, up to the first that does so every time."""
    for rule in rules:
        if rule.where == "border" and sees(rule, event) and meets(rule.match, event):
            yield rule
            if not needs_memory(rule.match):
                return


def always(rules: Sequence[Rule], event: Event) -> Action | None:
    """What is done to every such event, whatever came before. None: nothing, or what came before matters."""
    rule = next((rule for rule in rules if sees(rule, event) and meets(rule.match, event)), None)
    return None if rule is None or needs_memory(rule.match) else rule.action


def needs_memory(match: Match) -> bool:
    """Whether it has a condition that `meets` leaves out."""
    return bool(
        match.first_occasion > 1
        or match.last_occasion is not None
        or match.from_s > 0
        or match.until_s is not None
        or match.after
        or match.probability < 1
    )


def sees(rule: Rule, event: Event) -> bool:
    """Whether the traffic passes where the rule stands."""
    return event.crosses_border or rule.where == "line"


def meets(match: Match, event: Event) -> bool:
    """Whether every condition of `match` holds that needs no memory: all but occasion, time, `after` and chance."""
    return (
        match.at == event.at
        and (not match.names or any(name_meets(name, wanted, match.names_test) for name, wanted in names(match, event)))
        and (not match.addresses or is_among(event.address, match.addresses))
        and (not match.ports or event.port in match.ports)
        and (match.ip_version is None or match.ip_version == version_of(event.address))
        and (not match.direction or (match.direction == "out") == event.outward)
        and (not match.query_types or event.query_type in match.query_types)
        and (not match.transport or match.transport == event.transport)
        and event.path.startswith(match.path)
        and (not match.keywords or any(word.lower().encode() in event.said.lower() for word in match.keywords))
    )


def names(match: Match, event: Event) -> Iterator[tuple[str, str]]:
    """Each name of the event beside each that is wanted."""
    return product((event.name, *event.other_names), match.names)


def name_meets(name: str, wanted: str, test: str) -> bool:
    """Whether `name` is what a rule wants, by that NAME_TEST. Whole labels count: netflix.com is not below x.com."""
    own, looked_for = name.rstrip(".").lower(), wanted.rstrip(".").lower()
    match test:
        case "exact":
            return own == looked_for
        case "substring":
            return looked_for in own
    return f".{own}".endswith(f".{looked_for}")


def is_among(address: str, wanted: Sequence[str]) -> bool:
    """Whether `address` is one of `wanted`, or in one of its prefixes."""
    if not address or address in wanted:
        return bool(address)
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(prefix) for prefix in wanted if "/" in prefix)


def version_of(address: str) -> int | None:
    """4 or 6; None when there is no address."""
    return ipaddress.ip_address(address).version if address else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that the censor did."""

    at: datetime
    rule_id: str
    action: Action
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Punishment:
    """What is left of a rule that has acted: until when, and for whom."""

    rule: Rule
    address: str
    port: int
    name: str
    until_s: float

    def meets(self, event: Event) -> bool:
        residual = self.rule.residual
        if residual is None or not sees(self.rule, event):
            return False
        if residual.by == "server":
            return event.at == "syn" and (event.address, event.port) == (self.address, self.port)
        return event.at in {"query", "client_hello", "request"} and bool(self.name) and event.name == self.name


@dataclass
class Censor:
    """The rules with their memory, and a log of what they did. May be asked from several threads."""

    rules: tuple[Rule, ...]
    seed: int = 0
    clock: Callable[[], float] = time.monotonic
    log: list[Deed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - a censor's dice, which must fall alike each time
        self._began_s = self.clock()
        self._occasions: Counter[str] = Counter()
        self._acted: set[str] = set()
        self._punishments: list[Punishment] = []
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """It may be handed on to another process, where it goes on by itself."""
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def act_on(self, event: Event) -> Action | None:
        """What to do with `event`; written down when it is anything. None: let it pass."""
        with self._lock:
            now_s = self.clock() - self._began_s
            action, rule = self._punished(event, now_s) or self._decided(event, now_s) or (None, None)
            if action is None or rule is None:
                return None
            self.log.append(Deed(at=datetime.now(UTC), rule_id=rule.id, action=action, event=event))
            return None if isinstance(action, Pass) else action

    def _decided(self, event: Event, now_s: float) -> tuple[Action, Rule] | None:
        rule = next((rule for rule in self.rules if self._holds(rule, event, now_s)), None)
        if rule is None:
            return None
        self._acted.add(rule.id)
        if rule.residual is not None:
            until_s = now_s + rule.residual.seconds
            self._punishments.append(
                Punishment(rule=rule, address=event.address, port=event.port, name=event.name, until_s=until_s)
            )
        return rule.action, rule

    def _holds(self, rule: Rule, event: Event, now_s: float) -> bool:
        match = rule.match
        if not sees(rule, event) or not meets(match, event) or (match.after and match.after not in self._acted):
            return False
        if now_s < match.from_s or (match.until_s is not None and now_s >= match.until_s):
            return False
        self._occasions[rule.id] += 1
        if not match.first_occasion <= self._occasions[rule.id] <= (match.last_occasion or self._occasions[rule.id]):
            return False
        return match.probability >= 1 or self._chance.random() < match.probability

    def _punished(self, event: Event, now_s: float) -> tuple[Action, Rule] | None:
        self._punishments = [one for one in self._punishments if one.until_s > now_s]
        for one in self._punishments:
            if one.meets(event) and one.rule.residual is not None:
                return one.rule.residual.action, one.rule
        return None
