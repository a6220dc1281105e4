"""The year that reading is measured on: as the store writes it, the same for one seed, with the history it claims."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from agent import cli, exits
from agent.catalog import load_catalog
from agent.records import VantageState
from agent.report.results import findings_of, results_of
from agent.store.read import rows
from agent.verdict.records import State, Verdict
from probes.observation import Observation
from tests.bench import year
from tests.bench._history import FLAPPING, FLAPPING_SPAN, GAPS, HISTORIES, SHUTDOWN, Plan, history
from tests.bench._months import ROWS_KEPT, write_year
from tests.bench._recordings import WORLDS, Recording
from tests.store_rows import NOON, observation, sweep

UNTIL = datetime(2026, 4, 1, 0, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def recording(name: str, state: State, line: VantageState = VantageState.NORMAL) -> Recording:
    """A sweep of two platforms with two observations each, one of them its verdict's witness, and one of the ladder."""
    platforms = ("signal", "instagram")
    seen = [
        observation(
            number, sweep_id=name, observation_id=f"{name}.{number:05d}", platform=platform, target=f"{platform}/web",
            connection_id=f"c0000{number}",
        )
        for number, platform in enumerate(("control", *platforms, *platforms), start=1)
    ]  # fmt: skip
    verdicts = [
        Verdict(
            sweep_id=name, level="platform", platform=platform, state=state, stage="lab",
            mechanisms=("dns.injection.blockpage",) if state is State.BLOCKED else (),
            witnesses=(f"{name}.{number:05d}",),
        )
        for number, platform in enumerate(platforms, start=2)
    ]  # fmt: skip
    made = sweep(sweep_id=name, platforms=platforms, observations=5, stage="lab", vantage_state=line)
    return Recording(sweep=made, observations=seen, verdicts=verdicts)


RECORDINGS = {
    "open": recording("open", State.OK),
    "censored": recording("censored", State.BLOCKED),
    "otherwise": recording("otherwise", State.LIKELY_BLOCKED),
    "shutdown": recording("shutdown", State.INSUFFICIENT, VantageState.NATIONAL_ONLY),
    "offline": recording("offline", State.INSUFFICIENT, VantageState.OFFLINE),
}


def written(folder: Path, sweeps: int, *, seed: int = 1) -> Path:
    plans = history(sweeps, until=UNTIL, every=HOUR, seed=seed)
    write_year(folder, plans, RECORDINGS, seed=seed, progress=lambda done, total: None)
    return folder


def test_small_year_stands_before_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Chained, counted, and over the end of a month; and read back whole."""
    folder = written(tmp_path / "year", 20)
    assert sorted({path.name[-11:-4] for path in folder.iterdir()}) == ["2026-03", "2026-04"]
    assert cli.main(["verify", "--results", str(folder)]) == exits.DONE, capsys.readouterr().out
    results = results_of(folder)
    assert (len(results.sweeps), len(results.verdicts), results.left_out) == (20, 40, ())
    assert set(results.sweeps["vantage_country"]) == {"IR"}
    assert len(findings_of(folder)) == 40


def test_ids_are_new_and_witnesses_are_rows_of_the_same_platform(tmp_path: Path) -> None:
    folder = written(tmp_path / "year", 12)
    seen = {row.observation_id: row for row in rows(folder, "observations")}
    assert len(seen) == 60
    for verdict in rows(folder, "verdicts"):
        (witness,) = verdict.witnesses
        assert (seen[witness].sweep_id, seen[witness].platform) == (verdict.sweep_id, verdict.platform)
    of_one = [row for row in seen.values() if row.sweep_id == next(iter(seen.values())).sweep_id]
    assert len({row.connection_id for row in of_one}) == len(of_one)


def test_one_seed_gives_one_year(tmp_path: Path) -> None:
    first, again, other = (written(tmp_path / str(place), 12, seed=seed) for place, seed in enumerate((1, 1, 2)))
    files = sorted(path.name for path in first.iterdir())
    assert [(first / name).read_bytes() for name in files] == [(again / name).read_bytes() for name in files]
    assert {path.name: path.read_bytes() for path in other.iterdir()} != {
        name: (first / name).read_bytes() for name in files
    }


def test_rows_are_thinned_and_no_witness_is_lost(tmp_path: Path) -> None:
    many: list[Observation] = [
        observation(number, sweep_id="open", observation_id=f"open.{number:05d}", platform="signal")
        for number in range(5 * ROWS_KEPT)
    ]
    witness = many[7].observation_id
    verdict = Verdict(sweep_id="open", level="platform", platform="signal", state=State.OK, witnesses=(witness,))
    one = Recording(sweep=sweep(sweep_id="open", platforms=("signal",)), observations=many, verdicts=[verdict])
    plan = Plan(sweep_id="new", started_at=NOON, line="open")
    write_year(tmp_path, [plan], {"open": one}, seed=1, progress=lambda done, total: None)
    kept = list(rows(tmp_path, "observations"))
    assert len(kept) == ROWS_KEPT == next(rows(tmp_path, "sweeps")).observations
    (judged,) = rows(tmp_path, "verdicts")
    assert set(judged.witnesses) <= {row.observation_id for row in kept}


def test_history_has_what_it_claims() -> None:
    """One platform blocked all year, an onset, an end, one that comes and goes, a shutdown, gaps, dead lines."""
    plans = history(8760, until=UNTIL, every=HOUR, seed=1)
    assert len({plan.sweep_id for plan in plans}) == 8760
    assert timedelta() <= UNTIL - plans[-1].started_at < HOUR
    assert all(before.started_at < after.started_at for before, after in pairwise(plans))
    lines = Counter(plan.line for plan in plans)
    assert lines["shutdown"] == math.ceil(SHUTDOWN[1] * 8760) - math.ceil(SHUTDOWN[0] * 8760)
    assert 50 < lines["offline"] < 250
    measured = [plan for plan in plans if plan.line == "open"]
    assert share_of(measured, lambda plan: plan.platforms["signal"] == "censored") > 0.99
    for key in ("twitter", "youtube"):
        (_, before), (since, after) = HISTORIES[key]
        early, late = (plan for plan in (measured[int(since * len(measured)) + step] for step in (-200, 200)))
        assert (early.platforms[key], late.platforms[key]) == (before, after)
    flapping = [plan.platforms[FLAPPING] for plan in measured if FLAPPING in plan.platforms]
    assert sum(before != after for before, after in pairwise(flapping)) > 20
    assert len(flapping) < (FLAPPING_SPAN[1] - FLAPPING_SPAN[0]) * 8760
    assert max(plan.missed for plan in plans) >= max(length for _, length in GAPS) // HOUR


def share_of(plans: Sequence[Plan], holds: Callable[[Plan], bool]) -> float:
    return sum(map(holds, plans)) / len(plans)


def test_histories_name_platforms_and_recordings_that_there_are() -> None:
    known = {platform.key for platform in load_catalog().platforms}
    assert {*HISTORIES, FLAPPING} <= known
    assert {name for parts in HISTORIES.values() for _, name in parts} <= set(WORLDS) == set(RECORDINGS)


def test_number_of_sweeps_comes_from_the_environment() -> None:
    assert (year.sweeps_wanted(""), year.sweeps_wanted("24")) == (8760, 24)
    for nonsense in ("0", "many", "-1", "9000"):
        with pytest.raises(ValueError, match="DIDEBAN_BENCH_SWEEPS"):
            year.sweeps_wanted(nonsense)


def test_a_command_that_fails_is_no_measurement() -> None:
    assert year.cost_of(["-c", "print(0.25)"], own_clock=True).seconds == 0.25
    with pytest.raises(RuntimeError, match="ended with 3"):
        year.cost_of(["-c", "raise SystemExit(3)"], own_clock=False)


def test_a_year_is_written_over_nobody_s_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        year.main([str(tmp_path)])
    assert "is there already" in capsys.readouterr().err
