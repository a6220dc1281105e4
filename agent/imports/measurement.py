"""One OONI measurement as a sweep of ours: its row, its observations, and what OONI concluded from them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import agent
from agent.catalog.records import Catalog
from agent.imports.address import url_of
from agent.imports.catalog import platform_of_page
from agent.imports.control import control_of
from agent.imports.fields import MalformedError, Table, seconds, table, text
from agent.imports.ledger import Ledger
from agent.imports.messengers import PLATFORMS, write_messenger
from agent.imports.theirs import theirs
from agent.imports.traffic import traffic_of
from agent.imports.web import write_web
from agent.language import N_
from agent.records import IMPORTED_STAGE, Sweep, VantageState
from agent.verdict.fingerprints import FORGED_ADDRESSES, IRAN_BLOCK_ADDRESSES, SCOPE_OF_PAGE, UNKNOWN, is_bogon
from probes.observation import Observation

TESTS = ("web_connectivity", *PLATFORMS)
#: Characters of an address that is measured; the longest that servers take are about as long (RFC 9110 4.1).
URL_CHARACTERS_MAX = 2000
#: What comes from a filter, whoever runs it: the line reaches that far.
FILTERS_PAGES = frozenset({UNKNOWN, *SCOPE_OF_PAGE})
FILTERS_ADDRESSES = IRAN_BLOCK_ADDRESSES | FORGED_ADDRESSES.keys()
COUNTRY = re.compile(r"[A-Z]{2}")
ASN = re.compile(r"AS([1-9][0-9]{0,9})")
#: Why the line is what it is, a sentence each.
BECAUSE: Mapping[str, str] = {
    "control": N_("The test helper abroad was reached and answered."),
    "certificate": N_("A server showed a valid certificate, so the line carries traffic."),
    "filter": N_("A filter's own page or address came back, so the line reaches the filter at least."),
    "messenger": N_("One of the messenger's servers took a connection."),
    "nobody": N_("Neither a test helper nor any server with a valid certificate was reached."),
    "void": N_("This version of the test asked for hosts, or trusted certificates, that Signal no longer used then."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A measurement as rows."""

    sweep: Sweep
    observations: list[Observation]


def imported(measurement: Table, catalog: Catalog, *, targets: Mapping[str, str]) -> Imported:
    """The measurement as a sweep and its observations. `targets` tells the target of each endpoint of the catalog.

    Raises `MalformedError` for what is none of the tests that are read, or not in their format.
    """
    name = text(measurement.get("test_name"))
    if name not in TESTS:
        raise MalformedError(f"test_name is {name[:40]!r}, which is not read; {', '.join(TESTS)} are")
    started_at = _moment(measurement)
    keys = table(measurement.get("test_keys"), "test_keys")
    sweep_id = f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(6)}"
    page = _page_of(measurement) if name == "web_connectivity" else ""
    platform = platform_of_page(page, catalog) if page else None
    ledger = Ledger(sweep_id, started_at, platform.key if platform else PLATFORMS[name])
    traffic, control = traffic_of(keys), control_of(keys) if page else {}
    if platform is not None and (url := url_of(page)) is not None:
        write_web(ledger, traffic, control, url=url, target=platform.targets[0].name)
    elif platform is None:
        write_messenger(ledger, traffic, targets)
    state, because = _vantage(measurement, ledger.rows, control, is_web=bool(page))
    sweep = Sweep(
        sweep_id=sweep_id,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=seconds(measurement.get("test_runtime"))),
        duration_ms=seconds(measurement.get("test_runtime")) * 1000,
        outcome="complete",
        stage=IMPORTED_STAGE,
        trigger="import",
        vantage_country=country if COUNTRY.fullmatch(country := text(measurement.get("probe_cc"))) else "",
        vantage_asn=int(asn[1]) if (asn := ASN.fullmatch(text(measurement.get("probe_asn")))) else None,
        vantage_state=state,
        opening_state=state,
        closing_state=state,
        because=because,
        platforms=(ledger.platform,),
        endpoints_planned=len({row.endpoint for row in ledger.rows}),
        endpoints_measured=len({row.endpoint for row in ledger.rows if row.was_run}),
        observations=len(ledger.rows),
        catalog_version=catalog.version,
        agent_version=agent.__version__,
        source=f"ooni/{name} {text(measurement.get('test_version'))[:20]}",
        source_id=text(measurement.get("measurement_uid"))[:120] or text(measurement.get("report_id"))[:120],
        source_input=page,
        source_verdict=theirs(name, keys),
    )
    return Imported(sweep=sweep, observations=ledger.rows)


def _moment(measurement: Table) -> datetime:
    said = text(measurement.get("measurement_start_time")) or text(measurement.get("test_start_time"))
    try:
        moment = datetime.strptime(said, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise MalformedError(f"measurement_start_time is {said[:40]!r}; it is written 2026-11-24 12:00:00") from None
    if moment.year < 2012:  # there was no OONI before
        raise MalformedError(f"measurement_start_time is {said}, before there was OONI")
    return moment


def _page_of(measurement: Table) -> str:
    said = text(measurement.get("input")).strip()
    if url_of(said) is None or len(said) > URL_CHARACTERS_MAX or not said.isprintable():
        raise MalformedError(f"input is {said[:60]!r}, which is no web address")
    return said


def _vantage(measurement: Table, rows: list[Observation], control: Table, *, is_web: bool) -> tuple[VantageState, str]:
    """What is known of the line. An import has no ladder: what came over the line must do."""
    if defect := _defect(measurement):
        return VantageState.UNDETERMINED, defect
    own = [row for row in rows if not row.observer]
    if control:
        return VantageState.NORMAL, BECAUSE["control"]
    if any(row.operation == "tls_handshake" and row.succeeded for row in own):
        return VantageState.NORMAL, BECAUSE["certificate"]
    if any(row.fingerprint in FILTERS_PAGES or not FILTERS_ADDRESSES.isdisjoint(row.answers) for row in own):
        return VantageState.NORMAL, BECAUSE["filter"]
    if not is_web and any(row.operation == "connect" and row.succeeded and not is_bogon(row.address) for row in own):
        return VantageState.NORMAL, BECAUSE["messenger"]
    return VantageState.UNDETERMINED, BECAUSE["nobody"]


def _defect(measurement: Table) -> str:
    """Why a Signal measurement is void: its probe knew other hosts, or another root certificate, than Signal used.

    Windows and versions: OONI's own voiding (ooni/backend, score_signal; ooni/probe 2344, 2627, 2636).
    """
    if measurement.get("test_name") != "signal":
        return ""
    day = text(measurement.get("measurement_start_time"))[:10]
    test = _version(measurement.get("test_version"))
    engine = _version(table(measurement.get("annotations"), "annotations").get("engine_version"))
    if (
        (test < (0, 2, 2) and day >= "2022-10-19")
        or ((0,) < engine < (3, 17, 2) and day >= "2023-05-02")
        or (test <= (0, 2, 3) and day >= "2023-11-07")
        or test == (0, 2, 4)
    ):
        return BECAUSE["void"]
    return ""


def _version(said: object) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,6}", text(said).partition("-")[0])[:3]) or (0,)
