"""What holds of every verdict, whatever the rows; and how endpoints make a target, and targets a platform."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.records import VantageState
from agent.store.journal import Journal
from agent.store.read import rows as rows_on_disk
from agent.store.scrub import Private
from agent.verdict.changed import CHANGES
from agent.verdict.classify import classify
from agent.verdict.finding import CONDEMNED, Finding, combine
from agent.verdict.fingerprints import MECHANISM_OF_PAGE
from agent.verdict.records import MECHANISMS, State, Verdict
from agent.verdict.rules import RULES, RULESET_VERSION
from agent.verdict.seen import PLAIN
from probes.observation import Observation
from tests.observations import (
    ANCHOR,
    CATALOG,
    ENDPOINTS,
    HOME,
    IRAN,
    IRAN_V6,
    OWN,
    OWN_TWO,
    OWN_V6,
    PRIVATE,
    STRANGER,
    Rows,
    honest_names,
    sweep,
    verdicts,
)
from tests.rule_cases import CASES as TABLES

ADDRESSES = (OWN, OWN_TWO, OWN_V6, STRANGER, ANCHOR, IRAN, IRAN_V6, PRIVATE, HOME, "0.0.0.0", "127.0.0.1", "nonsense")
RESOLVERS = ("system", "quad9-udp", "google-udp", "quad9-tcp", "quad9-doh")
HOSTS = sorted({endpoint.hostname for _, _, endpoint in ENDPOINTS.values() if endpoint.hostname})
NAME_FAILURES = (
    "dns_nxdomain_error dns_no_answer dns_refused_error dns_servfail_error dns_temporary_failure dns_reply_malformed "
    "dns_reply_with_wrong_query_id dns_server_misbehaving generic_timeout_error"
).split()
STEP_FAILURES = (
    "connection_reset generic_timeout_error eof_error connection_refused ssl_unknown_authority ssl_invalid_hostname "
    "ssl_invalid_certificate tls_alert_40 tls_plaintext_response http_reply_malformed network_unreachable"
).split()
COLUMNS = [column.name for column in fields(Observation) if column.name not in {"observation_id", "observed_at"}]
VARIATIONS = ("first", "fresh_port", "other_port", *CHANGES)
NOT_RUN = (
    "not_run_interrupted not_run_budget not_run_private_address not_run_no_address not_run_redirect_elsewhere "
    "not_run_redirect_limit"
).split()
#: Where redirects led.
WAYS = (("https://www.site.example",), ("https://www.site.example", "http://shop.site.example"))
ISSUERS = ("", "National Trust", "FortiGate CA", "trusty")
#: The tables' cases, those that end in a condemnation twice: it is they that must not come about too easily.
CASES = [
    case
    for cases in TABLES.values()
    for case in (*cases.decides, *cases.spares)
    for _ in range(2 if case.state in CONDEMNED else 1)
]

step = st.one_of(st.just(""), st.sampled_from(STEP_FAILURES))
reply = st.one_of(
    st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=2).map(tuple), st.sampled_from(NAME_FAILURES)
)

ways = st.sampled_from([(), (), (), *WAYS, ("",)])
http_step = st.one_of(st.sampled_from([200, 301, 403, 429, 451, 503]), st.sampled_from(STEP_FAILURES))
damage = st.one_of(
    st.sampled_from(STEP_FAILURES + NAME_FAILURES).map(lambda failure: {"failure": failure}),
    st.sampled_from(ADDRESSES).map(lambda address: {"address": address}),
    st.sampled_from(ADDRESSES).map(lambda address: {"answers": (address,)}),
    st.sampled_from(VARIATIONS).map(lambda variation: {"variation": variation}),
    st.sampled_from(ISSUERS).map(lambda issuer: {"certificate_issuer": issuer}),
    st.just({"fingerprint": "ir_iframe_v4"}),
)


@st.composite
def random_rows(draw: st.DrawFn) -> Rows:
    """Any mix of questions, connections, swap tests and things left out, sense or nonsense."""
    rows = Rows()
    # Most of it about one site: rows that meet nowhere would try no rule.
    endpoints = st.sampled_from([*ENDPOINTS, *["https://site.example/", "http://site.example/"] * 4])
    for _ in range(draw(st.integers(0, 5))):
        match draw(st.integers(0, 4)):
            case 0 | 1:
                rows.asked(
                    *draw(st.lists(reply, min_size=1, max_size=3)),
                    of=draw(st.sampled_from(RESOLVERS)),
                    name=draw(st.sampled_from(["site.example", "www.site.example", *HOSTS])),
                    platform=draw(st.sampled_from(["site", "other"])),
                    query_type=draw(st.sampled_from(["A", "AAAA"])),
                    dns_flags=draw(st.sampled_from([None, 0x8180, 0x8380])),
                )
            case 2 | 3:
                rows.tried(
                    draw(st.sampled_from(ADDRESSES)),
                    at=draw(endpoints),
                    connect=draw(step) if draw(st.booleans()) else "",
                    tls=draw(step),
                    http=draw(http_step),
                    variation=draw(st.sampled_from(VARIATIONS)),
                    issuer=draw(st.sampled_from(ISSUERS)),
                    page=draw(st.sampled_from(["", *MECHANISM_OF_PAGE])),
                    times=draw(st.integers(1, 3)),
                    via=draw(ways),
                )
            case _:
                rows.left_out(draw(st.sampled_from(NOT_RUN)), at=draw(endpoints), via=draw(ways))
    return rows


@st.composite
def sweeps_rows(draw: st.DrawFn) -> Rows:
    """What happened in one or two cases of the rules' tables, damaged: rows lost, rows changed, any others added."""
    parts = draw(st.lists(st.sampled_from(CASES), max_size=2))
    rows = Rows()
    for number, part in enumerate([*(case.rows() for case in parts), draw(random_rows())]):
        for row in part.rows:
            if draw(st.integers(0, 11)):
                kept = replace(row, connection_id=f"{number}{row.connection_id}")
                columns = {name: getattr(kept, name) for name in COLUMNS}
                rows.add(**{**columns, **(draw(damage) if not draw(st.integers(0, 11)) else {})})
    return rows


@st.composite
def working_rows(draw: st.DrawFn) -> Rows:
    """Every endpoint works, each in one of the ways that a working service may look."""
    rows = Rows()
    for name in HOSTS:
        rows.asked((OWN,), name=name)
        rows.asked(*draw(st.sampled_from([((OWN,),), ((OWN,), (OWN,)), ((OWN, OWN_TWO),)])), of="quad9-udp", name=name)
        if draw(st.booleans()):
            rows.asked("dns_no_answer", name=name, query_type="AAAA")
    for id_, (_, _, endpoint) in ENDPOINTS.items():
        address = endpoint.addresses[0] if endpoint.addresses else OWN
        if endpoint.protocol == "dns":
            continue
        if draw(st.booleans()):
            rows.tried(address, at=id_, connect="generic_timeout_error")
        if draw(st.booleans()) and endpoint.hostname:
            rows.tried(OWN_V6, at=id_, connect="network_unreachable", times=2)
        secure = endpoint.protocol == "https"
        rows.tried(address, at=id_, http=draw(st.sampled_from([200, 301, 404, 429, 503, *([403, 451] * secure)])))
        if draw(st.booleans()):
            rows.left_out(draw(st.sampled_from(["not_run_redirect_elsewhere", "not_run_redirect_limit"])), via=("",))
        elif endpoint.hostname and draw(st.booleans()):
            rows.asked((OWN_TWO,), name="www.site.example").tried(OWN_TWO, at=id_, via=WAYS[0])
    return rows


vantages = st.sampled_from(VantageState)
bad_vantages = vantages.filter(lambda state: state is not VantageState.NORMAL)


def judged(rows: Sequence[Observation], vantage: VantageState = VantageState.NORMAL) -> list[Verdict]:
    return classify(sweep(vantage), rows, CATALOG)


def condemned(rows: Sequence[Observation]) -> set[str]:
    return {verdict.verdict_id for verdict in judged(rows) if verdict.state in CONDEMNED}


# Whatever the rows ------------------------------------------------------------------------------------------------


@given(sweeps_rows(), vantages)
def test_any_rows_get_a_verdict_for_each_target_and_platform_that_stands_on_them(
    rows: Rows, vantage: VantageState
) -> None:
    """With known rules and mechanisms, this ruleset's version, and witnesses that are rows of the sweep."""
    told = judged(rows.rows, vantage)
    wanted = [*(target.name for _, target in CATALOG.targets()), *(one.key for one in CATALOG.platforms)]
    assert sorted(one.target or one.platform for one in told) == sorted(wanted)
    ids = {row.observation_id for row in rows.rows}
    for verdict in told:
        assert set(verdict.mechanisms) <= MECHANISMS
        assert set(verdict.rule_ids) <= {rule.id for rule in RULES}
        assert set(verdict.witnesses) <= ids
        assert verdict.ruleset_version == RULESET_VERSION
        assert verdict.because
        if verdict.state in CONDEMNED:
            assert verdict.witnesses
            assert verdict.mechanisms
            assert verdict.rule_ids


@given(sweeps_rows(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows: Rows, random: Any) -> None:
    shuffled = list(rows.rows)
    random.shuffle(shuffled)
    assert judged(shuffled) == judged(rows.rows)


@given(sweeps_rows(), bad_vantages)
def test_a_line_that_is_not_normal_accuses_nobody(rows: Rows, vantage: VantageState) -> None:
    """Neither of blocking nor of being down: it says ok, or that it cannot tell."""
    states = {verdict.state for verdict in judged(rows.rows, vantage)}
    assert states <= {State.OK, State.INSUFFICIENT, State.RETIRED}


@given(sweeps_rows())
def test_nobody_is_condemned_for_want_of_swap_tests(rows: Rows) -> None:
    """They can only add to what speaks against a censor: without them no more is blocked than with them.

    What a helper is asked besides is no swap test: it is what the helper is known by, and may well unsay its word.
    """
    without = [
        row
        for row in rows.rows
        if row.observer or row.operation == "resolve" or row.variation in PLAIN or not row.was_run
    ]
    assert condemned(without) <= condemned(rows.rows)


@given(sweeps_rows())
def test_one_try_condemns_only_by_an_artefact(rows: Rows) -> None:
    """With no endpoint tried twice and no name asked twice, blocked needs a forged answer or a known page."""
    seen: set[tuple[str, ...]] = set()
    once: list[Observation] = []
    connections: set[str] = set()
    for row in rows.rows:
        key = (row.hostname, row.resolver) if row.operation == "resolve" else (row.target, row.endpoint, str(row.hop))
        if key not in seen or row.connection_id in connections:
            once.append(row)
            connections.add(row.connection_id)
        seen.add(key)
    artefacts = {
        "dns_iran_block_address",
        "dns_listed_block_address",
        "dns_replies_disagree",
        "dns_leads_to_block_page",
        "dns_bogon_control_proven",
        "tls_plaintext_block_page",
        "http_block_page",
    }
    for verdict in judged(once):
        assert verdict.state not in CONDEMNED or set(verdict.rule_ids) & artefacts, verdict.rule_ids


@given(working_rows())
def test_a_sweep_in_which_everything_works_is_ok_throughout(rows: Rows) -> None:
    states = {verdict.target or verdict.platform: verdict.state for verdict in judged(rows.rows)}
    gone = {"gone", "gone/web"}
    assert {name for name, state in states.items() if state is not State.OK} == gone


@given(sweeps_rows(), vantages)
def test_rows_read_back_from_the_disk_are_judged_as_they_were(rows: Rows, vantage: VantageState) -> None:
    """Scrubbing included: the home's own address is among the answers, and this computer's name among the issuers."""
    private = Private(strings=frozenset({HOME, OWN_V6.replace(":1", ":99")}), words=frozenset({"trusty"}))
    with tempfile.TemporaryDirectory() as folder:
        Journal(Path(folder), private).append(rows.rows)
        read = list(rows_on_disk(Path(folder), "observations"))
    assert len(read) == len(rows.rows)
    assert judged(read, vantage) == judged(rows.rows, vantage)


# From endpoints to a platform -------------------------------------------------------------------------------------


def finding(state: State, *mechanisms: str) -> Finding:
    return Finding(state=state, mechanisms=mechanisms, witnesses=(state,))


@pytest.mark.parametrize(
    ("how", "states", "expected"),
    [
        ("all_of", "ok ok", "ok"),
        ("all_of", "ok blocked", "blocked"),
        ("all_of", "likely_blocked blocked", "blocked"),
        ("all_of", "impaired likely_blocked", "likely_blocked"),
        ("all_of", "ok impaired", "impaired"),
        ("all_of", "ok insufficient", "insufficient"),
        ("all_of", "down impaired", "down"),
        ("all_of", "", "insufficient"),
        ("any_of", "blocked ok blocked", "ok"),
        ("any_of", "blocked blocked", "blocked"),
        ("any_of", "blocked likely_blocked", "likely_blocked"),
        ("any_of", "blocked impaired", "impaired"),
        ("any_of", "blocked down", "impaired"),
        ("any_of", "down down", "down"),
        ("any_of", "blocked insufficient", "insufficient"),
        ("any_of", "", "insufficient"),
    ],
)
def test_parts_make_a_whole(how: str, states: str, expected: str) -> None:
    """All needed: the gravest that is sure. A pool: one that works is enough, else what holds for every member."""
    parts = [finding(State(state)) for state in states.split()]
    assert combine(how, parts, of="endpoints").state is State(expected)


def test_two_techniques_at_once_are_two_mechanisms_in_the_order_of_the_layers() -> None:
    parts = [finding(State.LIKELY_BLOCKED, "tls.reset.sni"), finding(State.BLOCKED, "dns.injection.blockpage")]
    whole = combine("all_of", parts, of="endpoints")
    assert whole.mechanisms == ("dns.injection.blockpage", "tls.reset.sni")
    assert set(whole.witnesses) == {State.BLOCKED, State.LIKELY_BLOCKED}


@pytest.mark.parametrize(("state", "told"), [(State.BLOCKED, ("tls.reset.sni",)), (State.LIKELY_BLOCKED, ())])
def test_of_a_pool_that_works_only_what_is_proven_of_a_member_is_told(state: State, told: tuple[str, ...]) -> None:
    whole = combine("any_of", [finding(State.OK), finding(state, "tls.reset.sni")], of="endpoints")
    assert (whole.state, whole.mechanisms) == (State.OK, told)
    assert whole.share == "1 of 2 endpoints"


@pytest.mark.parametrize(
    ("other", "state", "told"),
    [
        (State.OK, State.OK, ("tcp.timeout",)),
        (State.IMPAIRED, State.IMPAIRED, ()),
        (State.LIKELY_BLOCKED, State.LIKELY_BLOCKED, ("tcp.timeout",)),
    ],
)
@pytest.mark.parametrize("further", [(), ("dns_bogon_control_proven",)])
def test_what_a_helper_saw_besides_is_told_of_a_member_of_a_pool_that_works(
    other: State, state: State, told: tuple[str, ...], further: tuple[str, ...]
) -> None:
    """Where nothing else decided of that member, and the pool is well."""
    reasons = dict.fromkeys(("tcp_helper_connects", *further), "A sentence.")
    seen = replace(finding(State.LIKELY_BLOCKED, "tcp.timeout"), reasons=reasons)
    whole = combine("any_of", [finding(other), seen], of="endpoints")
    assert (whole.state, whole.mechanisms) == (state, () if further and state is State.OK else told)


# Redirects --------------------------------------------------------------------------------------------------------

WWW = WAYS[0]


def redirected() -> Rows:
    """The site works, and redirects to a host of its own whose name everybody knows."""
    return honest_names(honest_names().tried(http=302), name="www.site.example")


def named() -> Rows:
    return redirected().tried(tls="connection_reset", times=2, via=WWW).swapped(elsewhere="connection_reset", via=WWW)


@pytest.mark.parametrize(
    ("rows", "state", "mechanisms", "rule"),
    [
        pytest.param(lambda: redirected().tried(via=WWW), "ok", "", "works", id="works there too"),
        pytest.param(lambda: redirected(), "ok", "", "works", id="rows of before redirects were followed"),
        pytest.param(
            lambda: redirected().left_out("not_run_redirect_elsewhere", via=("",)), "ok", "", "works", id="elsewhere"
        ),
        pytest.param(
            lambda: redirected().tried(http=302, via=WWW).left_out("not_run_redirect_limit", via=("", "")),
            "ok",
            "",
            "works",
            id="too many",
        ),
        pytest.param(named, "blocked", "tls.reset.sni", "tls_name_is_trigger", id="its name is the trigger"),
        pytest.param(
            lambda: redirected().tried(connect="connection_refused", times=2, via=WWW),
            "impaired",
            "",
            "tcp_failure_unexplained",
            id="refused",
        ),
        pytest.param(
            lambda: (
                honest_names()
                .tried(http=302)
                .asked((IRAN,), name="www.site.example")
                .tried(OWN_TWO, via=WWW)
                .asked((OWN_TWO,), of="quad9-doh", name="www.site.example")
            ),
            "blocked",
            "dns.injection.blockpage",
            "dns_iran_block_address",
            id="its name is forged",
        ),
        pytest.param(
            lambda: redirected().tried(http=302, via=WAYS[1][:1]).tried(page="ir_iframe_v4", http=403, via=WAYS[1]),
            "blocked",
            "http.blockpage",
            "http_block_page",
            id="a block page at the second hop",
        ),
        pytest.param(
            lambda: redirected().left_out("not_run_interrupted", via=WWW), "insufficient", "", "cut_short", id="cut"
        ),
        pytest.param(
            lambda: redirected().tried(http="http_invalid_redirect_location_host", times=2, via=WWW),
            "ok",
            "",
            "works",
            id="and from there to nowhere",
        ),
    ],
)
def test_an_endpoint_is_what_the_gravest_hop_of_its_redirects_is(
    rows: Callable[[], Rows], state: str, mechanisms: str, rule: str
) -> None:
    """A page whose redirect leads into a block does not reach its user, whoever blocks or breaks the way."""
    verdict = verdicts(rows())["site/web"]
    assert (verdict.state, " ".join(verdict.mechanisms)) == (State(state), mechanisms), verdict.because
    assert rule in verdict.rule_ids


def test_the_sentence_says_which_host_of_the_way_it_speaks_of() -> None:
    verdict = verdicts(named())["site/web"]
    assert verdict.because.startswith(
        "A redirect leads on to https://www.site.example. The name www.site.example alone"
    )
    witnesses = {row.observation_id: row for row in named().rows}
    assert {witnesses[one].hop for one in verdict.witnesses} == {1}


def test_what_is_done_to_two_hops_is_told_of_both() -> None:
    """The site's own name is forged, and its page, which others' address leads to, sends on to a name that is reset."""
    rows = honest_names(name="www.site.example").asked((IRAN,)).asked((OWN,), of="quad9-doh").tried(http=302)
    rows.tried(tls="connection_reset", times=2, via=WWW).swapped(elsewhere="connection_reset", via=WWW)
    verdict = verdicts(rows)["site/web"]
    assert (verdict.state, verdict.mechanisms) == (State.BLOCKED, ("dns.injection.blockpage", "tls.reset.sni"))


def test_what_a_platform_does_not_need_does_not_decide_it() -> None:
    """The site's web name is forged; the platform is ok all the same when the target is not needed."""
    site = CATALOG.platforms[1]
    extra = replace(CATALOG.platforms[0].targets[0], needed=False)
    catalog = replace(CATALOG, platforms=(replace(site, targets=(*site.targets, extra)),))
    rows = honest_names(name="other.example").tried(at="https://other.example/").asked((IRAN,))
    told = {one.target or one.platform: one.state for one in classify(sweep(), rows.rows, catalog)}
    assert told == {"other/web": State.OK, "site/web": State.BLOCKED, "other": State.OK}


def test_a_target_is_no_witness_for_itself() -> None:
    """One endpoint's name is forged, another's address is silent: without a second target the silence says nothing."""
    platform = CATALOG.platforms[0]
    web, api = platform.targets[0], platform.targets[2]
    both = replace(web, endpoints=(*web.endpoints, *api.endpoints))
    rows = honest_names().tried(connect="generic_timeout_error", times=2).asked((IRAN,), name="api.site.example")
    catalog = replace(CATALOG, platforms=(replace(platform, targets=(both,)),))
    told = {one.target or one.platform: one for one in classify(sweep(), rows.rows, catalog)}
    assert told["site/web"].state is State.BLOCKED
    assert told["site/web"].mechanisms == ("dns.injection.blockpage",)


def test_only_the_platforms_that_the_sweep_meant_are_judged() -> None:
    only = replace(sweep(), platforms=("other",))
    assert {one.platform for one in classify(only, [], CATALOG)} == {"other"}


def test_a_verdict_tells_how_many_of_its_parts_it_holds_for() -> None:
    verdict = verdicts(Rows().asked((IRAN,)))["site"]
    assert verdict.state is State.BLOCKED
    assert "(2 of 6 needed targets)" in verdict.because
