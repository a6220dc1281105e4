"""One try alone condemns nobody: a `likely_blocked` has two independent ones, a `blocked` an artefact.

Held over every case of the rules, each cut down to a single try of everything, and over what chance makes up.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.verdict.finding import CONDEMNED
from agent.verdict.records import State
from agent.verdict.rules import RULES
from agent.verdict.seen import PLAIN
from probes.observation import Observation
from tests.observations import HOME, IRAN, IRAN_V6, OWN, OWN_TWO, PRIVATE, STRANGER, Rows, verdicts
from tests.rule_cases import CASES

#: What each rule of state `blocked` sees that only interference can leave behind. A new one has to say it here.
ARTEFACTS = {
    "dns_iran_block_address": "an address that stands for the filter and for nothing else",
    "dns_listed_block_address": "an address that stands for a filter and for nothing else",
    "dns_replies_disagree": "two replies to one question of which one must be forged",
    "dns_answer_without_resolver": "an answer from where nobody answers",
    "dns_leads_to_block_page": "a known block page, where another address proves itself",
    "tls_plaintext_block_page": "a known block page in answer to a ClientHello",
    "http_block_page": "a known block page",
    "tls_name_is_trigger": "isolation that names the trigger and repeats",
    "http_host_is_trigger": "isolation that names the trigger and repeats",
    "http_path_is_trigger": "isolation that names the trigger and repeats",
}
#: Those of them that settle it at the first sight.
AT_ONCE = frozenset(rule for rule, artefact in ARTEFACTS.items() if "isolation" not in artefact)


def test_every_rule_that_calls_something_blocked_has_its_artefact() -> None:
    assert {rule.id for rule in RULES if rule.state is State.BLOCKED} == ARTEFACTS.keys()


def once(rows: Sequence[Observation]) -> list[Observation]:
    """Of all questions in the clear about one name and type, and of all tries that change the same, the first.

    Who forges the answer of one resolver forges that of another: it may be one and the same deed.
    """
    first: dict[tuple[object, ...], str] = {}
    kept = []
    for row in rows:
        if row.operation == "resolve":
            kind: tuple[object, ...] = (row.hostname, row.transport == "doh", row.query_type, row.observer)
        else:
            variation = "plain" if row.variation in PLAIN else row.variation
            kind = (row.endpoint, row.hop, row.address, variation, row.observer)
        if not row.was_run or first.setdefault(kind, row.connection_id) == row.connection_id:
            kept.append(row)
    return kept


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        pytest.param(rule, number, id=f"{rule}: {case.what}")
        for rule, cases in CASES.items()
        for number, case in enumerate(cases.decides)
        if case.state in CONDEMNED
    ],
)
def test_a_condemning_case_seen_only_once_condemns_by_artefact_or_not_at_all(rule: str, number: int) -> None:
    """Everything that was tried twice, tried once: whoever still accuses has an artefact that settles it at once."""
    case = CASES[rule].decides[number]
    rows = Rows()
    rows.rows = once(case.rows().rows)
    verdict = verdicts(rows, case.vantage)[case.target]
    if verdict.state in CONDEMNED:
        assert AT_ONCE & set(verdict.rule_ids), verdict.because


REPLIES = st.one_of(
    st.sampled_from([(OWN,), (OWN_TWO,), (STRANGER,)]),
    st.sampled_from([(PRIVATE,), (HOME,)]),
    st.sampled_from(
        ["dns_nxdomain_error", "dns_refused_error", "dns_servfail_error", "dns_no_answer", "generic_timeout_error"]
    ),
)
FAILURES = st.sampled_from(
    ["connection_reset", "generic_timeout_error", "eof_error", "connection_refused", "ssl_unknown_authority",
     "ssl_invalid_hostname", "tls_alert_112"]
)  # fmt: skip
STEPS = st.sampled_from(["connect", "tls", "http"])


@given(
    system=REPLIES,
    udp=REPLIES,
    doh=REPLIES,
    step=STEPS,
    failure=FAILURES,
    plain=st.booleans(),
    works_elsewhere=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_one_question_and_one_failing_try_condemn_nobody(
    system: tuple[str, ...] | str, udp: tuple[str, ...] | str, doh: tuple[str, ...] | str,
    step: str, failure: str, plain: bool, works_elsewhere: bool,
) -> None:  # fmt: skip
    """Each resolver is asked once, what the system's tells is tried once, and elsewhere all may be well."""
    at = "http://site.example/" if plain else "https://site.example/"
    # That another resolver over the line tells the same lie would be a second question.
    udp = (OWN,) if udp in ((PRIVATE,), (HOME,)) else udp
    rows = Rows().asked(system).asked(udp, of="quad9-udp").asked(doh, of="quad9-doh")
    if isinstance(system, tuple) and system not in ((PRIVATE,), (HOME,)):
        step = "http" if plain and step == "tls" else step
        rows.tried(system[0], at=at, **{step: failure})  # type: ignore[arg-type]  # one of three names of a step
    if works_elsewhere and isinstance(doh, tuple) and doh != system and doh not in ((PRIVATE,), (HOME,)):
        rows.tried(doh[0], at=at)
    verdict = verdicts(rows)["site/plain" if plain else "site/web"]
    assert verdict.state not in CONDEMNED, verdict.because


@pytest.mark.parametrize("address", [IRAN, IRAN_V6])
def test_an_artefact_needs_no_second_look(address: str) -> None:
    """The clean case beside it: the same single question, with the filter's own address, is enough."""
    rows = Rows().asked((address,)).asked((OWN,), of="quad9-doh").tried(OWN)
    assert verdicts(rows)["site/web"].state is State.BLOCKED
