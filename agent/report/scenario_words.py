"""A scenario in a few lines of plain words: what its world is, what its censor does, what must come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields

from agent.lab.rules import MOMENT_WORDS, Action, Match, Rule, SendBytes
from agent.lab.scenario.records import STAGES, Scenario
from agent.lab.scenario.trial import worded
from agent.lab.truth import platforms_done_to
from agent.lab.world import World
from agent.report.output import console
from agent.report.visible import visible

#: Values of one condition that a line shows, before it says how many more there are.
VALUES_MAX = 4
#: What a field's name ends with, and its unit in words; the longer ones first.
UNITS = {"_kbit_s": " kbit/s", "_ms": " ms", "_s": " s"}
#: Actions whose class does not say in words what is done.
ACTION_WORDS = {
    "Pass": "let it pass",
    "ForgeAnswer": "forge the answer",
    "ForeignCertificate": "answer TLS with a foreign certificate",
    "TlsAlert": "send a TLS alert",
    "SendBytes": "send bytes",
    "Unreachable": "say that nobody is there",
}


def show_scenario(scenario: Scenario) -> None:
    """The scenario on standard output."""
    out = console()
    out.say(f"{scenario.name}: {visible(scenario.about)}")
    for line in lines_of(scenario):
        out.say(visible(line), indent=2)


def lines_of(scenario: Scenario) -> Iterator[str]:
    """The scenario, a line for each of its parts and for each rule and expectation."""
    stages = [stage for stage in STAGES if stage not in scenario.not_on]
    yield f"family {scenario.family}; stages {' and '.join(stages)}" + (
        f"; source {scenario.source}" if scenario.source else ""
    )
    yield from lines_of_world(scenario.world)
    for rule in scenario.world.rules:
        yield f"rule {rule.id}: {rule_in_words(rule)}"
    done = platforms_done_to(scenario.world, scenario.catalog)
    if scenario.vantage_state != "normal":
        yield f"the line must be found {worded(scenario.vantage_state)}"
    for key, expected in scenario.expected.items():
        by = f", by the rule {expected.rule}" if expected.rule else ""
        why = f", because {expected.because}" if expected.because else ""
        yield (
            f"{key} must be {worded(expected.state)}{by}{why}".rstrip(".")
            + f"; the censor does {', '.join(sorted(done[key])) or 'nothing'}"
        )


def lines_of_world(world: World) -> Iterator[str]:
    """Its hosts, its client and its line."""
    client, line = world.client, world.line
    services = sum(len(host.services) for host in world.hosts)
    yield f"{len(world.hosts)} hosts with {services} services"
    network = f", AS{client.asn}" if client.asn is not None else ""
    route = "" if client.route else ", no route"
    yield f"client in {client.country}{network}, IPv6 {client.ipv6}{route}, asks {client.resolver}"
    rate = f", {line.rate_kbit_s:g} kbit/s" if line.rate_kbit_s is not None else ""
    if line.rtt_ms or line.loss or rate:
        yield f"line of {line.rtt_ms:g} ms there and back, {line.loss:.0%} lost{rate}"


def rule_in_words(rule: Rule) -> str:
    """What the rule looks for, and what it does then, in one sentence without its end."""
    moment = MOMENT_WORDS[rule.match.at].partition(":")[0].partition(",")[0].rstrip(".")
    conditions = "; ".join(changed(rule.match, but=("at",)))
    residual = f"; then for {rule.residual.seconds:g} s by {rule.residual.by}" if rule.residual else ""
    where = " (on the client's own line)" if rule.where == "line" else ""
    return f"{moment}{f' [{conditions}]' if conditions else ''}: {action_in_words(rule.action)}{residual}{where}"


def action_in_words(action: Action) -> str:
    """The action with whatever of it is not as usual."""
    kind = type(action).__name__
    if isinstance(action, SendBytes) and action.shows:
        return f"send a {'block page' if action.shows == 'page' else 'redirect'}"
    details = "; ".join(changed(action, but=("data",)))
    return ACTION_WORDS.get(kind, kind.lower()) + (f" ({details})" if details else "")


def changed(record: Match | Action, *, but: Sequence[str]) -> Iterator[str]:
    """The record's fields that differ from their defaults, as they would stand in a file, but for those named."""
    for one in fields(record):
        value = getattr(record, one.name)
        if one.name not in but and (one.default is MISSING or value != one.default):
            suffix = next((suffix for suffix in UNITS if one.name.endswith(suffix)), "")
            name = one.name.removesuffix(suffix).replace("_", " ")
            yield f"{name} {shortened(value)}{UNITS.get(suffix, '')}"


def shortened(value: object) -> str:
    if not isinstance(value, tuple):
        return f"{value:g}" if isinstance(value, float) else str(value)
    more = len(value) - VALUES_MAX
    return ", ".join(map(str, value[:VALUES_MAX])) + (f" and {more} more" if more > 0 else "")
