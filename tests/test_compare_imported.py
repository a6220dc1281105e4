"""The document's rows of 2018 and 2021 are tested against imported measurements of their own time."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from tests.import_rig import connection, control, measurement, query

#: The address that a forged answer in Iran gives (agent/verdict/fingerprints.py).
FORGED, OWN = "10.10.34.35", "44.1.1.1"
#: The country's line was cut (agent/timeline/records.toml).
IN_SHUTDOWN = "2019-11-18 12:00:00"


def page(host: str, at: str, *, forged: bool, asn: int = 44244, country: str = "IR") -> dict[str, Any]:
    """What OONI's test of a page would have written: its name is answered with a forgery, or it opens as for all."""
    answer = FORGED if forged else OWN
    tried = connection(FORGED, connect="generic_timeout_error", host=host) if forged else connection(host=host)
    return measurement(
        tried,
        queries=[query(answer, host=host)],
        helper=control(OWN),
        url=f"https://{host}/",
        measurement_start_time=at,
        probe_asn=f"AS{asn}",
        probe_cc=country,
    )


def compared(folder: Path, *measurements: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The rows of the comparison of these measurements, by claim, as `dideban compare --imported` writes them."""
    file = folder / "theirs.jsonl"
    file.write_text("".join(f"{json.dumps(one)}\n" for one in measurements))
    results = folder / "import"
    assert main(["import", "ooni", "--results", str(results), str(file)]) == 0
    assert main(["compare", "--imported", "--results", str(results)]) == 0
    with (results / "comparison-imported.csv").open(newline="", encoding="utf-8") as written:
        return {row["claim_id"]: row for row in csv.DictReader(written, strict=True)}


def test_signal_in_2021_is_dated_by_measurements_of_2021(tmp_path: Path) -> None:
    """Open on the 12th of January, forged from the 26th on, in one of two networks; the other looked in March."""
    rows = compared(
        tmp_path,
        page("signal.org", "2021-01-12 08:00:00", forged=False),
        page("signal.org", "2021-01-26 08:00:00", forged=True),
        page("signal.org", "2021-03-01 08:00:00", forged=True, asn=197207),
    )
    row = rows["signal/2021_blocked"]
    assert (row["stage"], row["outcome"], row["basis"]) == ("import", "agrees", "inside_interval")
    assert (row["findings_blocked"], row["usable"], row["total"]) == ("2", "2", "3")
    assert row["networks"].split() == ["AS44244", "AS197207"]
    assert row["looks"].split() == ["AS197207=1/1", "AS44244=1/1"]
    assert (row["days_looked"], row["days_claimed"]) == ("3", "365")
    assert (row["precision_needed"], row["precision_had"], row["precision_records"]) == ("year", "month", "day")
    assert (row["change_after"][:10], row["change_by"][:10]) == ("2021-01-12", "2021-01-26")
    assert row["mechanisms"].startswith("dns.injection.blockpage=2")
    assert row["printable"].startswith(
        "Dideban, judging measurements of OONI by its own rules, found Signal blocked in 2"
    )
    assert "from 2 networks in Iran (AS44244, AS197207)" in row["printable"]
    said = "agrees with the claim of the document under test (line 44) that Signal was blocked in 2021."
    assert row["printable"].endswith(said)


def test_the_block_of_2018_and_its_end_are_told_from_measurements_of_2018(tmp_path: Path) -> None:
    """Instagram as OONI's own report has it: closed in the first week of the year, open after."""
    rows = compared(
        tmp_path,
        page("www.instagram.com", "2018-01-02 08:00:00", forged=True),
        page("www.instagram.com", "2018-01-08 08:00:00", forged=False),
        page("www.instagram.com", "2018-06-01 08:00:00", forged=False),
    )
    assert rows["instagram/2018_blocked"]["outcome"] == "agrees"
    restored = rows["instagram/2018_restored"]
    assert (restored["outcome"], restored["precision_had"]) == ("agrees", "week")
    assert (restored["change_after"][:10], restored["change_by"][:10]) == ("2018-01-02", "2018-01-08")


def test_telegram_of_2021_settles_which_of_the_documents_two_readings_holds(tmp_path: Path) -> None:
    rows = compared(tmp_path, page("web.telegram.org", "2021-06-01 08:00:00", forged=True))
    row = rows["telegram/last_word"]
    assert row["outcome"] == "document_contradicts_itself"
    assert (row["reading_blocked"], row["reading_open"]) == ("agrees", "disagrees")
    assert "The document under test contradicts itself on Telegram" in row["printable"]
    assert "fits the second reading only" in row["printable"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"country": "DE"}, "outside_the_country"), ({"at": IN_SHUTDOWN}, "shutdown")],
)
def test_measurements_from_elsewhere_or_in_a_shutdown_tell_nothing(
    changed: dict[str, Any], why: str, tmp_path: Path
) -> None:
    rows = compared(tmp_path, page(**{"host": "signal.org", "at": "2021-05-01 08:00:00", "forged": True, **changed}))
    assert (rows["signal/2021_blocked"]["outcome"], rows["signal/2021_blocked"]["why"]) == ("cannot_tell", why)


def test_rows_of_ones_own_and_of_others_never_mix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --imported there is nothing to compare in a folder of imports, and the sentence says how to ask."""
    compared(tmp_path, page("signal.org", "2021-05-01 08:00:00", forged=True))
    assert main(["compare", "--imported", "--picture", "--results", str(tmp_path / "import")]) == 0
    capsys.readouterr()
    assert main(["compare", "--results", str(tmp_path / "import")]) == 2
    assert "--imported" in capsys.readouterr().err
    assert not (tmp_path / "import" / "comparison.csv").exists()
    markdown = (tmp_path / "import" / "comparison-imported.md").read_text(encoding="utf-8")
    assert markdown.splitlines()[2].startswith("**Imported: other people's measurements, from IR, judged by our rules.")
    picture = (tmp_path / "import" / "comparison-imported.svg").read_text(encoding="utf-8")
    assert "Observed by other people (imported measurements), and judged by our rules." in picture
