"""Sweeps in OONI's format: as published, with what was seen, without conclusions, and back again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.exports.ooni import measurements
from agent.store.journal import Journal
from agent.store.read import rows
from agent.store.scrub import Private
from agent.verdict.records import State
from probes.observation import Observation
from tests.corpora.formats import faults
from tests.import_rig import judged
from tests.store_rows import NOON, sweep, verdict

PAGE, HOST = "https://www.flickr.com/", "www.flickr.com"
SWEEP = sweep(vantage_country="IR", vantage_asn=64500, platforms=("flickr",), outcome="complete")
BLOCK_ADDRESS, TRUE_ADDRESS = "10.10.34.35", "44.1.1.1"


def row(operation: str, number: int = 1, **changes: object) -> Observation:
    """One step of a visit to the page, as the agent writes it."""
    values: dict[str, object] = {
        "sweep_id": SWEEP.sweep_id, "observed_at": NOON + timedelta(milliseconds=number), "platform": "flickr",
        "target": "flickr/web", "endpoint": PAGE, "hostname": HOST, "operation": operation, "duration_ms": 20.0,
        "connection_id": f"c{number:05d}",
    }  # fmt: skip
    if operation != "resolve":
        values |= {"transport": "tcp", "address": TRUE_ADDRESS, "port": 443}
    return Observation(**{**values, **changes})  # type: ignore[arg-type]  # the tests give right types by name


def lookup(*answers: str, number: int = 1, **changes: object) -> Observation:
    asked = {"resolver": "system", "transport": "system", "query_type": "A", "reply_index": 0, "answers": answers}
    return row("resolve", number, **{**asked, **changes})


def visit(number: int = 2, **changes: object) -> list[Observation]:
    """A connection on which all goes well."""
    return [
        row("connect", number, **changes),
        row("tls_handshake", number, server_name=HOST, tls_version="TLSv1.3", **changes),
        row(
            "http_round_trip",
            number,
            method="GET",
            host_header=HOST,
            status_code=200,
            header_names=("server",),
            **changes,
        ),
    ]


OPEN = [lookup(TRUE_ADDRESS), *visit()]
FORGED = [lookup(BLOCK_ADDRESS), row("connect", 2, address=BLOCK_ADDRESS, failure="generic_timeout_error")]
RESET = [lookup(TRUE_ADDRESS), *visit()[:1], row("tls_handshake", 2, server_name=HOST, failure="connection_reset")]


def exported(seen: list[Observation], **changes: object) -> dict[str, Any]:
    """The one measurement of a sweep in which this was seen."""
    (made,) = measurements(replace(SWEEP, **changes), seen, [])  # type: ignore[arg-type]
    again: dict[str, Any] = json.loads(json.dumps(made, allow_nan=False))
    return again


@pytest.mark.parametrize("seen", [OPEN, FORGED, RESET], ids=["open", "forged", "reset"])
def test_a_page_fits_the_published_format(seen: list[Observation]) -> None:
    assert list(faults(exported(seen))) == []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("probe_asn",), "64500"),
        (("measurement_start_time",), "2026-11-24T12:00:00Z"),
        (("test_keys", "queries", 0, "failure"), False),
        (("test_keys", "tcp_connect", 0, "port"), "443"),
        (("test_keys", "tls_handshakes", 0, "tags"), ["depth=0", 3]),
        (("test_keys", "requests", 0, "response", "code"), "200"),
    ],
)
def test_the_schema_refuses_what_is_no_such_measurement(where: tuple[str | int, ...], value: object) -> None:
    """A schema that takes everything would promise nothing."""
    made: Any = exported(OPEN)
    *way, last = where
    part = made
    for step in way:
        part = part[step]
    part[last] = value
    assert len(list(faults(made))) == 1


def test_it_says_where_from_and_no_more() -> None:
    made = exported(OPEN)
    assert (made["probe_cc"], made["probe_asn"], made["probe_ip"]) == ("IR", "AS64500", "127.0.0.1")
    assert (made["software_name"], made["input"], made["report_id"]) == ("dideban", PAGE, "")
    unstated = exported(OPEN, vantage_country="", vantage_asn=None)
    assert (unstated["probe_cc"], unstated["probe_asn"]) == ("ZZ", "AS0")
    assert "v-0123456789ab" not in json.dumps(exported(OPEN, vantage_id="v-0123456789ab", vantage_label="at home"))


def test_rows_of_the_lab_are_of_no_country() -> None:
    """A forged world in somebody's collection must not count for Iran."""
    made = exported(OPEN, stage="lab")
    assert (made["probe_cc"], made["probe_asn"]) == ("ZZ", "AS0")
    assert made["annotations"] == {"dideban_stage": "lab"}


def test_it_concludes_nothing_in_their_name() -> None:
    keys = exported(RESET)["test_keys"]
    assert [keys[name] for name in ("accessible", "blocking", "dns_consistency")] == [None] * 3
    assert keys["control"] == {}
    assert keys["control_failure"] == "unknown_failure: no test helper was asked"


def test_our_own_verdict_stands_beside_it() -> None:
    ours = verdict(level="target", target="flickr/web", state=State.BLOCKED, rule_ids=("dns_iran_block_address",))
    (made,) = measurements(SWEEP, FORGED, [ours])
    assert made["test_keys"]["dideban"]["verdicts"][0]["state"] == "blocked"
    assert made["test_keys"]["dideban"]["verdicts"][0]["rule_ids"] == ["dns_iran_block_address"]


@pytest.mark.parametrize(("seen", "state"), [(OPEN, "ok"), (FORGED, "blocked"), (RESET, "insufficient")])
def test_our_own_import_reads_it_back(seen: list[Observation], state: str) -> None:
    """What proves itself keeps its state. A failure needs what the format has no place for: then nobody is accused."""
    assert judged(exported(seen)).state == state


HELPER = "helper/one"


def test_a_helper_s_view_goes_along() -> None:
    """With it, the way back accuses: it fails here, and not for the helper."""
    well = [
        lookup(TRUE_ADDRESS, number=8, observer=HELPER, resolver=""),
        row("connect", 9, observer=HELPER),
        row("tls_handshake", 9, observer=HELPER, server_name=HOST),
        row(
            "http_round_trip",
            10,
            observer=HELPER,
            address="",
            port=None,
            status_code=200,
            body_bytes=600,
            title="Flickr",
        ),
    ]
    made = exported([*RESET, *well])
    assert list(faults(made)) == []
    control = made["test_keys"]["control"]
    assert control["tls_handshake"] == {f"{TRUE_ADDRESS}:443": {"server_name": HOST, "status": True, "failure": None}}
    assert made["test_keys"]["control_failure"] is None
    assert judged(made).state == "likely_blocked"


def test_a_try_with_something_changed_stays_out() -> None:
    """An innocent name's success at the page's address would be read as the page's own."""
    other = visit(5, variation="control_name_here")
    keys = exported([*RESET, *other])["test_keys"]
    assert [len(keys[name]) for name in ("tcp_connect", "tls_handshakes", "requests")] == [1, 1, 1]
    assert keys["requests"][0]["failure"] == "connection_reset"


def test_a_second_reply_is_no_second_question() -> None:
    late = lookup(
        TRUE_ADDRESS, number=1, reply_index=1, resolver="quad9-udp", transport="udp", address="9.9.9.9", port=53
    )
    keys = exported([*FORGED, late])["test_keys"]
    assert len(keys["queries"]) == 1
    assert keys["x_dns_duplicate_responses"][0]["resolver_address"] == "9.9.9.9:53"


def test_a_name_that_was_asked_for_another_endpoint_is_told_with_each() -> None:
    """A sweep asks once for a name: without it, a page behind a forged name would seem to be open."""
    plain = "http://www.flickr.com/"
    true = [one for one in visit() if one.operation != "resolve"]
    made = {one["input"]: one for one in measurements(SWEEP, [*true, replace(FORGED[0], endpoint=plain)], [])}
    assert made.keys() == {PAGE, plain}
    assert [one["answers"][0]["ipv4"] for one in made[PAGE]["test_keys"]["queries"]] == [BLOCK_ADDRESS]
    assert judged(made[PAGE]).state == "blocked"


def test_a_hop_has_its_own_address() -> None:
    moved = replace(visit()[2], status_code=301, location="https://flickr.example", header_names=("location",))
    onward = [replace(one, hop=1, hostname="flickr.example", host_header="flickr.example") for one in visit(7)]
    requests = exported([lookup(TRUE_ADDRESS), *visit()[:2], moved, *onward])["test_keys"]["requests"]
    assert [one["request"]["url"] for one in requests] == ["https://flickr.example/", PAGE]  # newest first
    assert requests[1]["response"]["headers"]["location"] == "https://flickr.example"


def test_a_messenger_is_one_measurement_of_its_own_test() -> None:
    pool = {
        "platform": "telegram",
        "target": "telegram/dc_pool",
        "hostname": "",
        "address": "149.154.175.50",
        "port": 80,
    }
    seen = [
        row("connect", 1, endpoint="post://149.154.175.50:80", **pool),
        row("http_round_trip", 1, endpoint="post://149.154.175.50:80", method="POST", status_code=404, **pool),
        replace(lookup("149.154.167.99", number=3), target="telegram/web", endpoint="https://web.telegram.org/",
                hostname="web.telegram.org"),
    ]  # fmt: skip
    made = exported(seen)
    assert (made["test_name"], made["input"]) == ("telegram", None)
    assert list(faults(made)) == []
    (request,) = made["test_keys"]["requests"]
    assert (request["request"]["url"], request["request"]["method"]) == ("http://149.154.175.50/", "POST")


def hostile_rows() -> list[Observation]:
    text = "=cmd()\x1b[2J\u202e</script><img src=x>\n\"'"
    return [replace(OPEN[0], title=text), *OPEN[1:3], replace(OPEN[3], title=text, header_names=("=x", "\x1b[2J"))]


def test_what_servers_say_cannot_act(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is ASCII, a line for each measurement; nothing measured ends one, or drives a terminal."""
    folder = tmp_path / "results"
    journal = Journal(folder, Private())
    journal.append(hostile_rows())
    journal.append([replace(SWEEP, observations=4)])
    assert main(["export", "ooni", "--results", str(folder), "--output", "-"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.strip().isprintable()
    assert out.isascii()
    assert list(faults(json.loads(out))) == []


def test_what_was_exported_is_imported_by_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, file, back = tmp_path / "results", tmp_path / "sweeps.jsonl", tmp_path / "back"
    journal = Journal(folder, Private())
    journal.append(FORGED)
    journal.append([replace(SWEEP, observations=2)])
    assert main(["export", "ooni", "--results", str(folder), "--output", str(file)]) == 0
    assert main(["import", "ooni", str(file), "--results", str(back)]) == 0
    found: Mapping[str, str] = {one.target: one.state for one in rows(back, "verdicts") if one.level == "target"}
    assert found == {"flickr/web": "blocked"}
    capsys.readouterr()


def test_imported_rows_are_not_exported_as_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "ooni", "--imported", "--results", str(tmp_path), "--output", "-"]) == 2
    assert "OONI's own" in capsys.readouterr().err
