"""What stands on the client's own line and is no censor, spelled out as rules: a captive portal, a national network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.lab.rules import Action, Drop, ForgeAnswer, Match, Pass, Reset, Rule
from agent.lab.scenario.censoring import redirect
from agent.lab.scenario.faults import FaultError
from agent.lab.world import Host

#: The rule by which each of the two is known: the one that answers what a visitor asked of somebody else.
PORTAL_RULE, NATIONAL_RULE = "portal_request", "national_syn"


def portal_rules(portal: str, hosts: Sequence[Host]) -> tuple[Rule, ...]:
    """The rules of a captive portal called `portal`. Raises `FaultError` when no host bears that name.

    A question of a kind that the portal has no address of draws an empty answer, as honest machines give it.
    """
    host = next((host for host in hosts if portal in host.names), None)
    if host is None:
        raise FaultError(("client", "captive_portal"), f"no host is called {portal}; add one as [[host]].")
    ipv4 = tuple(address for address in host.addresses if ":" not in address)
    ipv6 = tuple(address for address in host.addresses if ":" in address)
    itself = Match(at="request", names=host.names, names_test="exact", addresses=host.addresses)
    return (
        on_line("portal_query_a", Match(at="query", query_types=("A",)), ForgeAnswer(addresses=ipv4)),
        on_line("portal_query_aaaa", Match(at="query", query_types=("AAAA",)), ForgeAnswer(addresses=ipv6)),
        on_line("portal_query_other", Match(at="query"), ForgeAnswer()),
        on_line("portal_quic", Match(at="quic"), Drop()),
        on_line("portal_own_hello", replace(itself, at="client_hello"), Pass()),
        on_line("portal_hello", Match(at="client_hello"), Reset(to="client")),
        on_line("portal_own_request", itself, Pass()),
        on_line(PORTAL_RULE, Match(at="request"), redirect(location=f"http://{portal}/")),
        on_line("portal_unrecognised", Match(at="unrecognised"), Reset(to="client")),
    )


def national_rules(home: str, hosts: Sequence[Host]) -> tuple[Rule, ...]:
    """The rules of a line on which nothing leaves the country `home`: silence, but for its own hosts and names."""
    domestic = [host for host in hosts if host.country == home]
    names = tuple(name for host in domestic for name in host.names)
    addresses = tuple(address for host in domestic for address in host.addresses)
    inside: list[Rule] = []
    if names:
        match = Match(at="query", names=names, names_test="exact", addresses=addresses)
        inside.append(on_line("national_own_query", match, Pass()))
    if addresses:
        inside += [
            on_line("national_own_syn", Match(at="syn", addresses=addresses), Pass()),
            on_line("national_own_quic", Match(at="quic", addresses=addresses), Pass()),
        ]
    return (
        *inside,
        on_line("national_query", Match(at="query"), Drop()),
        on_line(NATIONAL_RULE, Match(at="syn"), Drop()),
        on_line("national_quic", Match(at="quic"), Drop()),
    )


def on_line(rule_id: str, match: Match, action: Action) -> Rule:
    return Rule(id=rule_id, match=match, action=action, where="line")
