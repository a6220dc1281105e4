"""Measurements of which any part is something else: each is refused by name, or judged, and no more accused for it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.imports.fields import ENTRIES_MAX, MalformedError
from agent.store.schema import Record, encode_row
from agent.store.scrub import Private, scrub
from agent.verdict.classify import classify
from agent.verdict.records import State
from tests.import_rig import CATALOG, OWN, Table, connection, control, judged, measurement, query, taken, without

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLAIN = connection(port=80, number=2)
FULL = measurement(connection(), PLAIN, queries=[query(OWN), query(OWN, engine="udp")])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def replaced(said: Table, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    changed = copy.deepcopy(said)
    inner: Any = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed


@settings(max_examples=500, deadline=None)
@given(place=st.sampled_from([place for place in places(FULL) if place]), value=JSON)
def test_whatever_stands_anywhere_is_refused_or_judged(place: tuple[Any, ...], value: Any) -> None:
    """And every row of what is taken can be written."""
    try:
        found = taken(replaced(FULL, place, value))
    except MalformedError:
        return  # by its name: test_it_is_said_what_is_wrong
    verdicts = classify(found.sweep, found.observations, CATALOG)
    rows: list[Record] = [found.sweep, *found.observations, *verdicts]
    for row in rows:
        clean = scrub(row, Private())
        assert clean is not None
        assert encode_row(clean)


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["signal", "telegram", "whatsapp", "facebook_messenger"]), value=JSON, data=st.data())
def test_so_it_is_of_a_messenger(name: str, value: Any, data: st.DataObject) -> None:
    said = {**FULL, "test_name": name, "input": None}
    place = data.draw(st.sampled_from([place for place in places(said) if place and place != ("test_name",)]))
    try:
        found = taken(replaced(said, place, value))
    except MalformedError:
        return
    assert classify(found.sweep, found.observations, CATALOG)[-1].platform == found.sweep.platforms[0]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({**FULL, "test_keys": None}, id="no keys at all"),
        pytest.param(
            without(FULL, "requests", "queries", "tcp_connect", "tls_handshakes", "control"), id="nothing seen"
        ),
        pytest.param(
            {**FULL, "test_keys": {"requests": None, "control": None, "control_failure": "unknown"}}, id="nulls"
        ),
        pytest.param(
            {
                **FULL,
                "test_keys": {
                    "control_failure": "eof_error",
                    "control": control(),
                    "tcp_connect": connection(connect="connection_reset")[0],
                },
            },
            id="a helper that failed",
        ),
    ],
)
def test_a_measurement_that_saw_nothing_says_nothing(said: Table) -> None:
    assert judged(said).state is State.INSUFFICIENT


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({**FULL, "test_name": "tor"}, "test_name is 'tor', which is not read"),
        ({**FULL, "test_name": ["tor"]}, "test_name is '', which is not read"),
        ({**FULL, "input": "ftp://site.example/"}, "input is 'ftp://site.example/', which is no web address"),
        ({**FULL, "measurement_start_time": "yesterday"}, "measurement_start_time is 'yesterday'; it is written"),
        ({**FULL, "measurement_start_time": "0001-01-01 00:00:00"}, "measurement_start_time is 0001"),
        ({**FULL, "test_keys": []}, "test_keys is no object"),
        ({**FULL, "test_keys": {"queries": {}}}, "test_keys.queries is no list"),
        ({**FULL, "test_keys": {"queries": [1]}}, "an entry of test_keys.queries is no object"),
        ({**FULL, "test_keys": {"queries": [{}] * 1001}}, "test_keys.queries has more than 1000 entries"),
    ],
)
def test_it_is_said_what_is_wrong(said: Table, reason: str) -> None:
    with pytest.raises(MalformedError) as fault:
        taken(said)
    assert str(fault.value).startswith(reason)


def test_an_endless_text_is_cut() -> None:
    said = measurement(connection(page="<title>" + "long " * 200_000 + "</title>"))
    rows = taken(said).observations
    assert max(len(row.title) for row in rows) <= 120


def test_an_old_signal_probe_accuses_nobody() -> None:
    """Of a version that asked for hosts which Signal had left: all its failures are the probe's own."""
    said = {**measurement(connection(tls="ssl_unknown_authority", host="chat.signal.org")), "test_name": "signal"}
    said |= {"input": None, "test_version": "0.2.4"}
    said["test_keys"]["queries"] = [query(OWN, host="chat.signal.org"), query("10.10.34.36", host="cdn.signal.org")]
    assert judged(said).state is State.INSUFFICIENT


def test_a_wide_list_is_read_in_bounded_time() -> None:
    """As many entries as are taken: of one connection each, and of one redirect each in a version without depths."""
    parts = [connection(number=number) for number in range(1, ENTRIES_MAX + 1)]
    assert judged(measurement(*parts)).state is State.OK
    sent_on = {"response": {"code": 302, "headers": {"Location": "/"}, "body": ""}}
    way = [{"request": {"url": f"http://example.org/{number}"}, **sent_on} for number in range(ENTRIES_MAX)]
    found = taken({**FULL, "test_keys": {"requests": way}})
    assert sum(row.operation == "http_round_trip" for row in found.observations) == ENTRIES_MAX


def test_words_of_a_helper_that_cannot_be_do_not_change_an_open_page() -> None:
    """A page that proves itself works, whatever the helper says."""
    for helper in (control(dns="dns_nxdomain_error", at=()), control(connect="connection_refused"), {}):
        assert judged(measurement(helper=helper)).state is State.OK
