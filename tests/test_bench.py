"""The measurements' arithmetic is right, and a measurement that cannot be made ends with an error. Nothing is timed."""

import asyncio
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.catalog import load_catalog
from agent.lab.embedded import expected, open_world, world_2021
from agent.lab.scenario.load import load_scenario, shipped_scenarios_folder
from agent.lab.scenario.score import Trial
from agent.lab.scenario.trial import Found, Outcome
from agent.lab.world import Client, Host, Service, World
from agent.plan import tasks_of
from agent.records import Sweep, VantageState
from agent.verdict.records import State, Verdict
from tests.bench import innocence, start_up, sweep, worlds
from tests.bench._elsewhere import lab_elsewhere
from tests.bench._figures import bounded
from tests.bench._sweeps import seconds_of, whole
from tests.bench.waiting import cpu_s_of, resident_mb_of

ROOT = Path(__file__).parent.parent
CATALOG = load_catalog()
WORLD = world_2021(CATALOG)
QUIET = load_scenario(shipped_scenarios_folder() / "clean_messengers.toml")
SWEEP = Sweep(
    sweep_id="s",
    started_at=datetime(2026, 1, 1, tzinfo=UTC),
    duration_ms=1500.0,
    outcome="complete",
    vantage_state=VantageState.NORMAL,
    endpoints_planned=3,
    endpoints_measured=3,
)
LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="Only Linux tells this in /proc; elsewhere it is not measured."
)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.264, "1.26x; at most 2x wanted: holds"),
        (2.0, "2.00x; at most 2x wanted: holds"),
        (2.001, "2.00x; at most 2x wanted: DOES NOT HOLD"),
    ],
)
def test_number_is_held_against_its_bound_and_not_against_its_rounding(value: float, said: str) -> None:
    assert bounded(value, 2.0, unit="x") == said


def test_parts_of_a_sweep_add_up_to_it() -> None:
    times = sweep.Times(sweep_s=6.0, opening_ladder_s=1.0, endpoints_s=3.0)
    assert list(times.parts_s().values()) == [1.0, 3.0, 2.0]


def test_progress_of_a_sweep_marks_where_its_parts_end() -> None:
    marks = sweep.Marks()
    for part, done in (("ladder", 0), ("ladder", 1), ("signal", 1), ("yahoo", 1)):
        marks(part, done, 1)
    assert 0.0 < marks.ladder_began_s <= marks.ladder_ended_s <= marks.last_endpoint_s


def test_every_endpoint_has_one_of_its_shape_among_those_measured_alone() -> None:
    """A named web site, a bare data centre and a name that is only resolved are different chains of steps."""
    tasks = tasks_of(CATALOG, (), shuffle=None)
    chosen = [task.endpoint for task in sweep.one_of_each_shape(tasks)]
    assert len({endpoint.id for endpoint in chosen}) == len(chosen) < len(tasks)
    for protocol in {task.endpoint.protocol for task in tasks}:
        assert protocol in {endpoint.protocol for endpoint in chosen}
    assert {bool(endpoint.hostname) for endpoint in chosen} == {True, False}


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        (replace(SWEEP, outcome="interrupted"), "interrupted"),
        (replace(SWEEP, vantage_state=VantageState.CAPTIVE_PORTAL), "captive_portal"),
        (replace(SWEEP, endpoints_measured=2), "2 of 3"),
        (replace(SWEEP, endpoints_planned=0, endpoints_measured=0), "0 of 0"),
    ],
)
def test_time_of_a_sweep_that_was_not_whole_is_no_measurement(broken: Sweep, word: str) -> None:
    assert whole(SWEEP) is SWEEP
    with pytest.raises(RuntimeError, match=word):
        whole(broken)


def test_seconds_of_a_sweep_come_from_its_row() -> None:
    assert seconds_of(SWEEP) == 1.5
    with pytest.raises(RuntimeError, match="how long"):
        seconds_of(replace(SWEEP, duration_ms=None))


def verdicts_as_wanted() -> list[Verdict]:
    wanted = expected(WORLD, CATALOG).items()
    return [
        Verdict(level="platform", platform=platform, state=state, mechanisms=tuple(sorted(mechanisms)))
        for platform, (state, mechanisms) in wanted
    ]


def test_right_verdicts_are_no_miss() -> None:
    assert list(worlds.misses(expected(WORLD, CATALOG), verdicts_as_wanted())) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"state": State.LIKELY_BLOCKED},
            "twitter is likely_blocked http.blockpage tls.reset.sni and should be blocked",
        ),
        ({"mechanisms": ("tls.reset.sni",)}, "twitter is blocked tls.reset.sni and should be blocked http.blockpage"),
        ({"mechanisms": ("http.blockpage", "tls.reset.sni", "tls.timeout")}, "tls.reset.sni tls.timeout and should be"),
        ({"level": "target"}, "twitter has no verdict"),
    ],
)
def test_wrong_missing_or_extra_state_or_mechanism_is_a_miss(change: dict[str, Any], said: str) -> None:
    verdicts = [
        replace(verdict, **change) if verdict.platform == "twitter" else verdict for verdict in verdicts_as_wanted()
    ]
    (sentence,) = worlds.misses(expected(WORLD, CATALOG), verdicts)
    assert said in sentence


def test_number_of_runs_comes_from_the_environment() -> None:
    assert worlds.runs_wanted("") == 20
    assert worlds.runs_wanted("", usual=10) == 10
    assert worlds.runs_wanted("3", usual=10) == 3
    for nonsense in ("0", "many", "-1"):
        with pytest.raises(ValueError, match="DIDEBAN_BENCH_RUNS"):
            worlds.runs_wanted(nonsense)


def trial_of(**found: Found) -> Trial:
    outcome = Outcome(scenario="quiet", stage="loopback", vantage_state="normal", found=found, deeds={}, seconds=1.0)
    return Trial(scenario=QUIET, outcome=outcome)


def faults_in(*trials: Trial) -> tuple[list[str], int]:
    sentences = []
    telling = innocence.named(trials)
    while True:
        try:
            sentences.append(next(telling))
        except StopIteration as end:
            return sentences, end.value


def test_accusation_a_mechanism_and_a_trial_that_broke_off_are_each_a_fault() -> None:
    fine = trial_of(one=Found(state=State.OK), other=Found(state=State.IMPAIRED))
    accused = trial_of(one=Found(state=State.LIKELY_BLOCKED, mechanisms=("tls.reset.sni",), because="Why."))
    slandered = trial_of(one=Found(state=State.OK, mechanisms=("tls.throttle.sni",)))
    broken = Trial(scenario=QUIET, outcome=None, broken="It did not end.")
    assert faults_in(fine) == ([], 0)
    sentences, number = faults_in(fine, accused, slandered, broken)
    assert number == len(sentences) == 3
    assert sentences[0] == f"  {QUIET.name}: one is likely_blocked tls.reset.sni: Why."
    assert "ok tls.throttle.sni" in sentences[1]
    assert "did not end" in sentences[2]


def test_accused_are_counted_among_all_platforms() -> None:
    fine = trial_of(one=Found(state=State.OK), other=Found(state=State.IMPAIRED))
    accused = trial_of(one=Found(state=State.BLOCKED))
    assert innocence.told([fine]).startswith("0 of 2 platforms accused in 1 scenarios; 0 wanted: holds (")
    assert innocence.told([fine, accused]).startswith("1 of 3 platforms accused in 2 scenarios; 0 wanted: DOES NOT")


def test_worse_line_is_laid_under_every_innocent_scenario_and_never_a_better_one() -> None:
    """And with the agent's own time-outs; hosts and rules stay."""
    innocent = innocence.innocents()
    assert {one.family for one in innocent} == {"clean", "look_alike"}
    for scenario in innocent:
        worse = innocence.on_line(scenario, loss=0.1, rtt_ms=2000.0)
        assert worse.limits == "real"
        assert worse.world.line.loss >= max(0.1, scenario.world.line.loss)
        assert worse.world.line.rtt_ms >= max(2000.0, scenario.world.line.rtt_ms)
        assert (worse.world.hosts, worse.world.rules) == (scenario.world.hosts, scenario.world.rules)
        assert innocence.with_seed(scenario, 7).world == replace(scenario.world, seed=7)


@LINUX
def test_memory_and_processor_time_are_those_of_the_process_that_is_named() -> None:
    """Two processes that differ in what they hold and do: the larger and busier one shows it."""
    code = "data = bytes({}) if {} < 99 else b'x' * {}; sum(range({})); print('ready', flush=True); input()"
    figures = []
    for held_bytes, loops in ((1, 1), (50_000_000, 5_000_000)):
        command = [sys.executable, "-c", code.format(held_bytes, held_bytes, held_bytes, loops)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            figures.append((resident_mb_of(process.pid), cpu_s_of(process.pid)))
            process.communicate(b"\n")
    (small_mb, idle_s), (large_mb, busy_s) = figures
    assert 45 < large_mb - small_mb < 60
    assert busy_s > idle_s


@LINUX
def test_process_that_has_ended_has_no_memory_to_tell() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, and still in the table
    try:
        with pytest.raises(RuntimeError, match="has ended"):
            resident_mb_of(process.pid)
    finally:
        process.wait()


def test_command_that_fails_is_no_measurement() -> None:
    assert start_up.run(["-c", "pass"]) > 0
    with pytest.raises(subprocess.CalledProcessError):
        start_up.run(["-c", "raise SystemExit(3)"])


def test_lab_stands_in_another_process_and_answers() -> None:
    with lab_elsewhere(open_world(CATALOG)) as lab:
        (address,) = asyncio.run(lab.network.resolve("www.yahoo.com", 4))
        assert any(address in host.addresses for host in lab.network.world.hosts if "www.yahoo.com" in host.names)
        assert set(lab.trust_pem) == {"web", "signal"}


def test_lab_that_cannot_stand_is_an_error() -> None:
    """What falls in the other process must not be taken for a quiet lab."""
    nowhere = Host(addresses=("no address",), services=(Service(kind="dns", port=53),))
    world = World(name="nowhere", hosts=(nowhere,), client=Client(resolver="no address"))
    with pytest.raises(RuntimeError, match="nowhere fell"), lab_elsewhere(world):
        pass


def bench(*names: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *names]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)


def test_unknown_measurement_is_refused_with_the_known_ones() -> None:
    result = bench("nothing")
    assert result.returncode == 2
    assert "start_up, sweep, waiting, worlds" in result.stderr


def test_broken_measurement_ends_the_run_with_its_error(tmp_path: Path) -> None:
    """The same program with one measurement that works and one that cannot be made, in a folder of their own."""
    package = tmp_path / "tests" / "bench"
    package.mkdir(parents=True)
    shutil.copy(Path(worlds.__file__).with_name("__main__.py"), package)
    for name, body in (("a_good", 'yield "1 s"'), ("b_broken", 'yield "2 s"\n    raise OSError("no clock")')):
        (package / f"{name}.py").write_text(f'"""{name}."""\ndef measure():\n    {body}\n', encoding="utf-8")
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    result = bench(folder=tmp_path)
    assert result.returncode != 0
    assert "no clock" in result.stderr
    assert "1 s" in result.stdout
