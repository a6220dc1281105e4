"""Results folders for the tests of the report: six weeks that hold what a report must show, and one of hostile text."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from agent.catalog import load_catalog
from agent.records import Sweep, VantageState
from agent.store.journal import Journal
from agent.store.scrub import Private
from agent.verdict.classify import classify
from agent.verdict.records import State, Verdict
from probes.observation import Observation
from tests.observations import NOON as MADE_AT
from tests.observations import OWN, Rows, honest_names, told_by_doh
from tests.result_files import Found, blocked, ok, write_sweep
from tests.store_rows import sweep

R = TypeVar("R", Observation, Sweep, Verdict)
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
#: What would act if somebody let it: as markup, script, style, template, formula, terminal escape or bidi override.
#: The number that the template would make of it is in no report.
HOSTILE = (
    '"><img src=x onerror=alert(1)><script>alert(2)</script></style><svg onload=alert(3)>`|[x](javascript:alert(4))'
    "{{ 1337*9931 }}{% raw %} =HYPERLINK(1)\x1b[2J\u202eexe.gnp"
)
MADE_BY_TEMPLATE = "13277747"
#: What of a row must stay so that it is read and told: the rest is text that anybody may have written.
KEPT = {
    Observation: {"sweep_id", "observation_id", "purpose", "platform", "target", "endpoint", "variation", "operation"},
    Sweep: {"sweep_id", "outcome", "stage", "platforms"},
    Verdict: {"sweep_id", "verdict_id", "stage", "level", "platform"},
}


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


def write_hostile(folder: Path) -> None:
    """Two sweeps whose every text is hostile: one whose platform and ids are sound, and one in which they are not."""
    write_weeks(folder)
    for number, ids in enumerate(("", "<script>alert(5)</script>"), start=1):
        at = BEGAN + timedelta(days=DAYS, hours=8 * number)
        made = sweep(sweep_id=f"{at:%Y%m%dT%H%M%SZ}{ids}-abcdef", started_at=at, ended_at=at + timedelta(minutes=5))
        made = replace(made, outcome="complete", platforms=("twitter",))
        seen = moved(named(), made)
        judged = classify(made, seen, load_catalog())
        platform = HOSTILE if ids else "twitter"
        journal = Journal(folder, Private())
        journal.append([replace(poisoned(row), platform=platform) for row in seen])
        journal.append([poisoned(made)])
        journal.append([replace(poisoned(one), platform=platform) for one in judged])


def poisoned(record: R) -> R:
    """The record with `HOSTILE` in every text and list of texts that need not be what it is."""
    kept = KEPT[type(record)]
    texts: dict[str, Any] = {
        field.name: HOSTILE if isinstance(value, str) else (HOSTILE,)
        for field in fields(record)
        if type(value := getattr(record, field.name)) in (str, tuple) and field.name not in kept
    }
    return replace(record, **texts)
