"""`dideban once` and `run` as processes on a line where nobody answers, and the exit codes of sweeps."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import consent, exits
from agent.commands.cadence import sentence_of
from agent.commands.measure import code_of
from agent.records import VantageState
from agent.store.read import rows, verify
from agent.sweep import SweepResult
from agent.verdict.records import State
from tests.dideban_process import PATIENCE_S, agree, command, dideban, environment
from tests.namespace import alone, needs_namespaces
from tests.store_rows import sweep, verdict

#: A network of its own that has a route, into loopback, where nobody answers: what is sent there is lost there. Only in
#: there does the fence fall, which would refuse the system's resolver. That resolver may be a service of the machine,
#: reached by a socket in /run, so /run is hidden from it. A default route that is there already would end the script.
SILENT = [
    "sh",
    "-ec",
    """
    ip link set lo up; ip route add default dev lo; ip -6 route add default dev lo
    mount -t tmpfs none /run
    echo nameserver 192.0.2.53 >resolv.conf
    if test -e /etc/resolv.conf; then mount --bind resolv.conf /etc/resolv.conf; fi
    unset DIDEBAN_FENCE
    exec "$@"
    """,
    "sh",
]
QUICK = """
[measure]
platforms = ["tabnak"]
pace = "fast"
[timeouts]
system_dns_s = 0.2
dns_s = 0.2
dns_window_s = 0.1
connect_s = 0.2
"""
#: Ladders as long as they come, so that a test finds the sweep still under way.
LONG = '[measure]\nplatforms = ["tabnak"]\npace = "fast"\n[timeouts]\nsystem_dns_s = 120.0\ndns_s = 120.0\n'


@pytest.mark.parametrize(
    ("outcome", "state", "code"),
    [
        ("complete", VantageState.NORMAL, exits.DONE),
        ("over_budget", VantageState.NORMAL, exits.DONE),
        ("complete", VantageState.NATIONAL_ONLY, exits.NOT_NORMAL),
        ("complete", VantageState.CAPTIVE_PORTAL, exits.NOT_NORMAL),
        ("over_budget", VantageState.UNDETERMINED, exits.NOT_NORMAL),
        ("complete", VantageState.OFFLINE, exits.NOT_NORMAL),
        ("not_measured", VantageState.OFFLINE, exits.OFFLINE),
        ("interrupted", VantageState.UNDETERMINED, exits.INTERRUPTED),
        ("interrupted", VantageState.NORMAL, exits.INTERRUPTED),
    ],
)
def test_the_exit_code_tells_how_the_sweep_went(outcome: str, state: VantageState, code: int) -> None:
    """As the help documents it. Offline at the end alone is a line that was not normal: something was measured."""
    assert code_of(SweepResult(sweep=sweep(outcome=outcome, vantage_state=state), verdicts=())) == code


def test_a_line_of_the_log_names_what_is_condemned_and_nothing_else() -> None:
    """Platforms, not targets; impaired is no block."""
    verdicts = [
        verdict(level="platform", platform="signal", state=State.BLOCKED),
        verdict(level="platform", platform="flickr", state=State.LIKELY_BLOCKED),
        verdict(level="platform", platform="yahoo", state=State.IMPAIRED),
        verdict(level="target", platform="gmail", state=State.BLOCKED),
    ]
    made = sweep(outcome="over_budget", endpoints_planned=9, endpoints_measured=4)
    assert sentence_of(SweepResult(sweep=made, verdicts=verdicts)) == (
        f"Sweep {made.sweep_id} over budget: 4 of 9 endpoints; line normal; blocked or likely blocked: signal, flickr."
    )
    assert sentence_of(SweepResult(sweep=made, verdicts=verdicts[2:])).endswith("nothing is called blocked.")


@pytest.mark.parametrize("name", ["once", "run"])
def test_a_fence_that_does_not_parse_stops_the_start(name: str, tmp_path: Path) -> None:
    """Whoever sets one means to be safe, and must not be taken to have set none."""
    agree(tmp_path / "results")
    refused = dideban(name, cwd=tmp_path, variables={"DIDEBAN_FENCE": "127.0.0.0/8,everywhere"})
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "The fence in the environment is not a list of prefixes" in refused.stderr
    assert "Traceback" not in refused.stderr


@needs_namespaces
def test_on_a_line_that_is_not_normal_nothing_is_called_blocked(tmp_path: Path) -> None:
    """Nobody answers, at home or abroad. Exit code 6, and the verdict claims nothing."""
    (tmp_path / "config.toml").write_text(QUICK)
    agree(tmp_path / "results")
    once = dideban("once", cwd=tmp_path, within=[*alone(), *SILENT])
    assert (once.returncode, once.stderr) == (6, "")
    assert "The line was undetermined" in once.stdout
    assert " ".join(once.stdout.split()).count("config.toml does not say which country you measure from") == 1
    assert [line for line in once.stdout.splitlines() if len(line) > 80] == []
    (made,) = rows(tmp_path / "results", "sweeps")
    assert made.outcome == "complete"
    assert {row.state for row in rows(tmp_path / "results", "verdicts")} == {State.INSUFFICIENT}
    assert verify(tmp_path / "results") == []


@contextmanager
def sweeping(cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """`dideban once` on a silent line, from when its first row is on the disk."""
    (cwd / "config.toml").write_text(LONG)
    agree(cwd / "results")
    words = [*alone(), *SILENT, *command("once")]
    with subprocess.Popen(
        words, cwd=cwd, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as once:
        try:
            give_up_at = time.monotonic() + PATIENCE_S
            while not any(True for _ in rows(cwd / "results", "observations")):
                assert once.poll() is None, once.communicate()
                assert time.monotonic() < give_up_at
                time.sleep(0.02)
            yield once
        finally:
            once.kill()


@needs_namespaces
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_once_can_be_interrupted(number: signal.Signals, tmp_path: Path) -> None:
    """Exit code 130; no lookup that hangs holds it up, and what was left out is written down."""
    with sweeping(tmp_path) as once:
        once.send_signal(number)
        said, complained = once.communicate(timeout=PATIENCE_S)
    assert (once.returncode, complained) == (130, "")
    assert "The sweep was interrupted." in said
    assert "insufficient" not in said  # nothing was measured, and no table says so eleven times
    (made,) = rows(tmp_path / "results", "sweeps")
    assert made.outcome == "interrupted"
    failures = {row.failure for row in rows(tmp_path / "results", "observations") if row.purpose == "target"}
    assert failures == {"not_run_interrupted"}


@needs_namespaces
def test_a_consent_taken_back_ends_a_sweep_in_hand(tmp_path: Path) -> None:
    """Exit code 4, as for whoever never gave one."""
    with sweeping(tmp_path) as once:
        assert dideban("consent", "--withdraw", cwd=tmp_path).returncode == 0
        said, complained = once.communicate(timeout=PATIENCE_S)
    assert once.returncode == 4
    assert "(interrupted)" in said
    assert (
        complained == "dideban: Ended, because the consent was withdrawn; what was measured before that is written.\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no bound on open files.")
def test_a_pace_that_the_system_cannot_keep_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """Before anything is sent: sockets that cannot be opened would be missing from the evidence."""
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))\n"
        "from agent.cli import main; sys.exit(main(['once']))"
    )
    (tmp_path / "config.toml").write_text('[measure]\npace = "fast"\n', encoding="utf-8")
    consent.record(tmp_path / "results", "en", datetime.now(UTC))
    refused = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert refused.returncode == exits.BAD_INPUT
    assert "needs 600 open files and this system allows 256" in refused.stderr
    assert list((tmp_path / "results").glob("*.csv")) == []
