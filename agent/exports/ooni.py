"""Sweeps as measurements of OONI's tests, one JSON document on each line (ooni/spec, df-000).

What was seen is told in their format. What they would have concluded is not: their rules are not ours, and a conclusion
that nobody drew must not be published under their tests' names. Ours stands under the key `dideban`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType
from typing import Any, cast

import agent
from agent.exports.ooni_steps import connect_of, control_of, fitting, handshake_of, query_of, requests_of
from agent.exports.selection import Selection
from agent.language import N_
from agent.records import LAB_STAGE, Sweep
from agent.report.counting import counting
from agent.store.lines import month_of
from agent.verdict.records import Verdict
from probes.observation import Observation

SCATTERED = N_("of a sweep whose rows do not stand together")
WEB = "web_connectivity"
#: Test, the version of it whose keys are written, and the targets that it measures with us. All else that has a web
#: address is a page of its own. Sources: OONI ts-017, ts-018, ts-019, ts-020, ts-029.
VERSIONS: Mapping[str, str] = MappingProxyType(
    {WEB: "0.4.3", "signal": "0.2.5", "telegram": "0.3.1", "whatsapp": "0.11.0", "facebook_messenger": "0.2.1"}
)
MESSENGERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "signal": frozenset("signal/chat signal/storage signal/contacts signal/calls signal/status".split()),
        "telegram": frozenset("telegram/dc_pool telegram/web".split()),
        "whatsapp": frozenset("whatsapp/endpoints whatsapp/registration whatsapp/web".split()),
        "facebook_messenger": frozenset("facebook/messenger facebook/media facebook/front facebook/call_setup".split()),
    }
)
#: What each test concludes, under its own keys. We conclude nothing in its name.
UNSAID: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        WEB: ("accessible", "blocking", "dns_consistency", "dns_experiment_failure", "http_experiment_failure"),
        "signal": ("signal_backend_status", "signal_backend_failure"),
        "telegram": ("telegram_tcp_blocking", "telegram_http_blocking", "telegram_web_status", "telegram_web_failure"),
        "whatsapp": ("whatsapp_endpoints_status", "registration_server_status", "whatsapp_web_status"),
        "facebook_messenger": ("facebook_dns_blocking", "facebook_tcp_blocking"),
    }
)
NO_HELPER = "unknown_failure: no test helper was asked"
EXTENSIONS = {"dnst": 0, "httpt": 0, "tcpconnect": 0, "tlshandshake": 0}
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
#: Rows of the lab are of no country.
NOWHERE, NO_NETWORK = "ZZ", "AS0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What becomes one measurement: a page, or the parts of a messenger that its test tries."""

    test: str
    #: Its web address; empty for a messenger.
    page: str
    rows: Sequence[Observation]


def lines(selection: Selection) -> Iterator[bytes]:
    """Every measurement of the chosen sweeps as a line. ASCII alone, so that nothing in it acts on a terminal."""
    verdicts = _verdicts_in(selection)
    seen: set[str] = set()
    found = cast(Iterator[Observation], selection.records("observations"))
    for sweep_id, rows in groupby(counting(found, "observations"), key=lambda row: row.sweep_id):
        if sweep_id in seen:
            selection.left_out["observations", SCATTERED] += sum(1 for _row in rows)
            continue
        seen.add(sweep_id)
        sweep = selection.sweeps[sweep_id]
        for made in measurements(sweep, list(rows), verdicts(month_of(sweep.started_at)).get(sweep_id, [])):
            yield json.dumps(made, ensure_ascii=True, allow_nan=False).encode() + b"\n"


def measurements(sweep: Sweep, rows: Iterable[Observation], verdicts: Sequence[Verdict]) -> Iterator[dict[str, Any]]:
    """One sweep as measurements, pages first in the order they were begun."""
    targets = {verdict.target: verdict for verdict in verdicts if verdict.level == "target"}
    for measured in _parted(list(fitting(row for row in rows if row.purpose == "target"))):
        yield _measurement(sweep, measured, targets)


def _parted(rows: Sequence[Observation]) -> Iterator[Measured]:
    lookups: dict[str, list[Observation]] = {}
    for row in rows:
        if row.operation == "resolve" and not row.observer:
            lookups.setdefault(row.hostname, []).append(row)
    for measured in _by_test(rows):
        yield replace(measured, rows=[*_asked_elsewhere(measured.rows, lookups), *measured.rows])


def _asked_elsewhere(rows: Sequence[Observation], lookups: Mapping[str, list[Observation]]) -> Iterator[Observation]:
    """The lookups of a measurement's names that stand under another endpoint: a sweep asks for each name once."""
    asked = {row.hostname for row in rows if row.operation == "resolve" and not row.observer}
    needed = {row.hostname: row for row in reversed(rows) if row.hostname and row.hostname not in asked}
    for name, first in needed.items():
        for row in lookups.get(name, ()):
            yield replace(row, endpoint=first.endpoint, target=first.target, hop=first.hop)


def _by_test(rows: Iterable[Observation]) -> Iterator[Measured]:
    pages: dict[str, list[Observation]] = {}
    parts: dict[str, list[Observation]] = {}
    for row in rows:
        test = next((test for test, targets in MESSENGERS.items() if row.target in targets), WEB)
        if test != WEB:
            parts.setdefault(test, []).append(row)
        elif row.endpoint.startswith(("http://", "https://")):
            pages.setdefault(row.endpoint, []).append(row)
    yield from (Measured(test=WEB, page=page, rows=of_page) for page, of_page in pages.items())
    for test, of_test in parts.items():
        # A messenger's test knows its servers by name; where a redirect leads is none of them.
        yield Measured(test=test, page="", rows=[row for row in of_test if row.hop == 0])


def _measurement(sweep: Sweep, measured: Measured, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    start = min(row.observed_at for row in measured.rows).replace(microsecond=0)
    last = max(row.observed_at for row in measured.rows)
    in_lab = sweep.stage == LAB_STAGE
    stated = sweep.vantage_asn is not None and not in_lab
    return {
        "annotations": {"dideban_stage": sweep.stage},
        "data_format_version": "0.2.0",
        "extensions": EXTENSIONS,
        "id": f"{sweep.sweep_id}.{measured.page or measured.test}",
        "input": measured.page or None,
        "input_hashes": [],
        "measurement_start_time": start.strftime(TIME_FORMAT),
        "options": [],
        "probe_asn": f"AS{sweep.vantage_asn}" if stated else NO_NETWORK,
        "probe_cc": sweep.vantage_country if sweep.vantage_country and not in_lab else NOWHERE,
        "probe_ip": "127.0.0.1",
        "probe_city": None,
        "report_id": "",
        "software_name": "dideban",
        "software_version": sweep.agent_version or agent.__version__,
        "test_helpers": {},
        "test_keys": _test_keys(sweep, measured, start, verdicts),
        "test_name": measured.test,
        "test_runtime": round((last - start).total_seconds(), 3),
        "test_start_time": sweep.started_at.strftime(TIME_FORMAT),
        "test_version": VERSIONS[measured.test],
    }


def _test_keys(sweep: Sweep, measured: Measured, start: Any, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    own = [row for row in measured.rows if not row.observer]
    later = [row for row in own if row.operation == "resolve" and row.reply_index]
    told = [row for row in own if row not in later]
    keys: dict[str, Any] = {
        "agent": "redirect",
        "socksproxy": None,
        "queries": [query_of(row, start) for row in told if row.operation == "resolve"],
        "tcp_connect": [connect_of(row, start) for row in told if row.operation == "connect"],
        "tls_handshakes": [handshake_of(row, start) for row in told if row.operation == "tls_handshake"],
        "requests": [entry for rows in _by_endpoint(told) for entry in requests_of(rows, start)],
        # Where web connectivity 0.5 keeps what comes after the first reply to one question.
        "x_dns_duplicate_responses": [query_of(row, start) for row in later],
        **dict.fromkeys(UNSAID[measured.test]),
    }
    if measured.test == WEB:
        control = control_of(measured.rows, measured.page)
        keys |= {"control": control, "control_failure": None if control else NO_HELPER}
    targets = dict.fromkeys(row.target for row in measured.rows)
    return {**keys, "dideban": _ours(sweep, [verdicts[name] for name in targets if name in verdicts])}


def _by_endpoint(rows: Iterable[Observation]) -> list[list[Observation]]:
    """The rows of each endpoint that has requests; of one that is only looked up or connected to there are none."""
    found: dict[str, list[Observation]] = {}
    for row in rows:
        if row.endpoint.startswith(("http://", "https://", "post://")):
            found.setdefault(row.endpoint, []).append(row)
    return list(found.values())


def _ours(sweep: Sweep, verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """Our own conclusions, of the targets that the measurement is about."""
    return {
        "sweep_id": sweep.sweep_id,
        "stage": sweep.stage,
        "vantage_state": str(sweep.vantage_state),
        "verdicts": [
            {
                "verdict_id": one.verdict_id,
                "target": one.target,
                "state": str(one.state),
                "mechanisms": list(one.mechanisms),
                "rule_ids": list(one.rule_ids),
                "ruleset_version": one.ruleset_version,
                "because": one.because,
                "tries": one.tries,
            }
            for one in verdicts
        ],
    }


def _verdicts_in(selection: Selection) -> Any:
    """Gives the verdicts of a month by sweep; those of two months at most are in memory."""

    @lru_cache(maxsize=2)
    def of_month(month: str) -> dict[str, list[Verdict]]:
        found: dict[str, list[Verdict]] = {}
        for verdict in cast(Iterator[Verdict], selection.records("verdicts", month=month)):
            found.setdefault(verdict.sweep_id, []).append(verdict)
        return found

    return of_month
