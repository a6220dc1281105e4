"""Evidence of other tools as rows: what a remote server, a resolver or a page alone shows, and no more."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from agent.imports.measurement import Imported
from agent.verdict.classify import classify
from agent.verdict.records import State, Verdict
from tests.corpora.others import page_alone, resolver_answer, server_by_name, trace
from tests.import_rig import CATALOG

WELL = {"ok": True, "error": None}
CONTROL = {"matches_template": True, "error": None, "is_control": True}
RESET = {"matches_template": False, "error": "read tcp 192.0.2.1:1->44.0.0.1:80: connection reset by peer"}
OWN_FAULT = {"matches_template": False, "error": "dial tcp 0.0.0.0:0->44.0.0.1:7: bind: address already in use"}


def verdict_of(case: Imported) -> Verdict:
    return classify(case.sweep, case.observations, CATALOG)[-1]


@pytest.mark.parametrize(
    ("tries", "state", "rule"),
    [
        pytest.param(
            [CONTROL, RESET, RESET, CONTROL], State.LIKELY_BLOCKED, "import_http_name_alone", id="this name alone"
        ),
        pytest.param([CONTROL, RESET, WELL], State.OK, "works_now_and_then", id="it works in the end"),
        pytest.param([RESET, RESET], State.IMPAIRED, "http_failure_unexplained", id="no innocent name was tried"),
        pytest.param([CONTROL, OWN_FAULT], State.IMPAIRED, "http_failure_unexplained", id="a fault of the client's"),
    ],
)
def test_a_server_asked_by_two_names(tries: list[dict[str, Any]], state: State, rule: str) -> None:
    verdict = verdict_of(server_by_name({"input": "site.example", "tries": tries}))
    assert (verdict.state, rule in verdict.rule_ids) == (state, True), verdict.because


def traced(*replies: dict[str, Any]) -> dict[str, Any]:
    return {"server": "44.0.0.1", "port": 80, "syn_ack": True, "replies_after_payload": list(replies)}


DIED = traced({"flags": "FA", "length": 0, "head": ""})
ANSWERED = traced({"flags": "PA", "length": 99, "head": "HTTP/1.1 200 OK"})


@pytest.mark.parametrize(
    ("last", "state", "mechanisms"),
    [
        (traced({"flags": "RA", "length": 0, "head": ""}), State.LIKELY_BLOCKED, ("http.reset.host",)),
        (traced(), State.LIKELY_BLOCKED, ("http.timeout.host",)),
        (ANSWERED, State.OK, ()),
    ],
)
def test_a_traced_request(last: dict[str, Any], state: State, mechanisms: tuple[str, ...]) -> None:
    """What died on the way says nothing."""
    found = {"test": [DIED, last], "control": [DIED, ANSWERED]}
    verdict = verdict_of(trace({"input": "site.example", "tcp_trace": found}))
    assert (verdict.state, verdict.mechanisms) == (state, mechanisms)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"answers": ["44.1.1.1"]}, State.OK),
        ({"answers": [], "failure": "read udp 192.0.2.1:1->44.0.0.2:53: i/o timeout"}, State.IMPAIRED),
        ({"answers": ["10.10.34.36"]}, State.BLOCKED),
    ],
)
def test_a_resolver_s_answer(answer: dict[str, Any], state: State) -> None:
    assert verdict_of(resolver_answer({"input": "site.example", "dns_local": [answer]})).state is state


@pytest.mark.parametrize(
    ("page", "state"),
    [
        (b"<title>The gazette</title> news of the day", State.OK),
        (
            b'<html><iframe src="http://10.10.34.36?type=Invalid Site" style="width:100%"></iframe></html>',
            State.BLOCKED,
        ),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://10.10.34.34/\r\n\r\n", State.BLOCKED),
    ],
)
def test_a_page_alone(page: bytes, state: State) -> None:
    """Some are kept with the head that they came with."""
    evidence = {"http": [{"body_b64": base64.b64encode(page).decode()}]}
    assert verdict_of(page_alone(evidence)).state is state
