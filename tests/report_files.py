"""Results folders for the tests of the report: six weeks that hold what a report must show, and one of hostile text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.catalog import load_catalog
from agent.records import Sweep, VantageState
from agent.store.journal import Journal
from agent.store.scrub import Private
from agent.verdict.classify import classify
from agent.verdict.records import State
from probes.observation import Observation
from tests.observations import NOON as MADE_AT
from tests.observations import OWN, Rows, honest_names, told_by_doh
from tests.result_files import Found, blocked, ok, write_sweep
from tests.store_rows import sweep

BEGAN = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=42)
DAYS, LOOKS_A_DAY = 41, 2
#: Nobody looked on these days; and on these the line to the world was cut.
GAP, SHUTDOWN = range(12, 15), range(25, 28)
#: From this day on Telegram is blocked; from this day on Flickr is not.
ONSET, LIFTED = 18, 30
VANTAGE = {"vantage_id": "0a1b2c3d4e5f", "vantage_country": "IR", "vantage_asn": 64500, "vantage_label": "home line"}
#: What the made-up rows are about, and what of Twitter stands in its place.
NAMES = {"site.example": "twitter.com", "api.site.example": "x.com"}
TARGETS = {"site/web": "twitter/web", "site/api": "twitter/web_x"}
LAST_ID = "20261124T060000Z-abcdef"


def found_on(number: int) -> dict[str, Found]:
    """What a sweep of that day finds."""
    if number in SHUTDOWN:
        return dict.fromkeys(("signal", "telegram", "flickr", "gmail", "whatsapp"), (State.INSUFFICIENT, ()))
    return {
        "signal": blocked("dns.injection.blockpage"),
        "telegram": blocked("tls.reset.sni") if number >= ONSET else ok(),
        "flickr": ok() if number >= LIFTED else (State.LIKELY_BLOCKED, ("http.timeout.host",)),
        "gmail": ok(),
        "whatsapp": (State.INSUFFICIENT, ()),
        "cloob": (State.RETIRED, ()),
    }


def write_weeks(folder: Path) -> None:
    """Six weeks of a normal vantage point; the last sweep has the observations of a name that is reset."""
    for number in range(DAYS):
        for look in range(0 if number in GAP else LOOKS_A_DAY):
            line = VantageState.NATIONAL_ONLY if number in SHUTDOWN else VantageState.NORMAL
            at = BEGAN + timedelta(days=number, hours=8 * look)
            write_sweep(folder, at, found_on(number), vantage_state=line, agent_version="0.4.0", **VANTAGE)
    write_last(folder, BEGAN + timedelta(days=DAYS))


def write_last(folder: Path, at: datetime, **changes: object) -> Sweep:
    """A sweep with its observations, judged by the rules: Twitter's name alone is reset, here and elsewhere."""
    sweep_id = str(changes.pop("sweep_id", f"{at:%Y%m%dT%H%M%SZ}-abcdef"))
    of = {"sweep_id": sweep_id, "started_at": at, "ended_at": at + timedelta(minutes=5), "platforms": ("twitter",)}
    made = sweep(**{**of, "outcome": "complete", "because": "All answer.", **VANTAGE, **changes})
    seen = moved(named(), made)
    journal = Journal(folder, Private())
    journal.append(seen)
    journal.append([made])
    journal.append(classify(made, seen, load_catalog()))
    return made


def named() -> Rows:
    """The name alone is reset, here and at the anchor; the address is DoH's too."""
    reset = "connection_reset"
    rows = told_by_doh(honest_names(), OWN, name="api.site.example").tried(tls=reset, times=2)
    return rows.swapped(elsewhere=reset)


def moved(rows: Rows, onto: Sweep) -> list[Observation]:
    """Rows about the made-up site as rows about Twitter in that sweep."""

    def name(text: str) -> str:
        return NAMES.get(text, text)

    return [
        replace(
            row,
            sweep_id=onto.sweep_id,
            observation_id=f"{onto.sweep_id}.{number:05d}",
            observed_at=onto.started_at + (row.observed_at - MADE_AT),
            platform="twitter",
            target=TARGETS.get(row.target, row.target),
            endpoint=row.endpoint.replace("api.site.example", "x.com").replace("site.example", "twitter.com"),
            hostname=name(row.hostname),
            server_name=name(row.server_name),
            host_header=name(row.host_header),
            certificate_subject=name(row.certificate_subject),
        )
        for number, row in enumerate(rows.rows, start=1)
    ]
