"""A computer without a route: `once` says so, writes it down, and calls no platform blocked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from agent.catalog import load_catalog
from agent.records import VantageState
from agent.store.read import rows, verify
from agent.verdict.records import State
from tests.dideban_process import agree, dideban
from tests.namespace import alone, needs_namespaces

pytestmark = needs_namespaces

#: Lets the route check through, which sends nothing, and nothing else: a second wall behind the namespace.
FENCE = {"DIDEBAN_FENCE": "192.0.2.0/24,2001:db8::/32"}
#: Without any interface that is up, and with loopback alone, as on a laptop in a plane.
LINES = {"nothing is up": "", "loopback is up": "ip link set lo up &&"}


@pytest.fixture(params=LINES)
def offline(request: pytest.FixtureRequest, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """`dideban once`, by somebody who has agreed, in a network without a route."""
    agree(tmp_path / "results")
    within = [*alone(), "sh", "-c", f'{LINES[request.param]} exec "$@"', "sh"]
    return dideban("once", cwd=tmp_path, within=within, variables=FENCE)


def test_once_says_offline_and_condemns_nobody(offline: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    """Exit code 3, one sweep row that says why, and for each platform a verdict that claims nothing."""
    assert (offline.returncode, offline.stderr) == (3, "")
    assert "The line was offline: The computer has no route to anywhere." in offline.stdout
    (sweep,) = rows(tmp_path / "results", "sweeps")
    assert (sweep.outcome, sweep.vantage_state) == ("not_measured", VantageState.OFFLINE)
    assert (sweep.endpoints_measured, sweep.bytes_sent, sweep.bytes_received) == (0, 0, 0)
    assert sweep.endpoints_planned > 0
    verdicts = [verdict for verdict in rows(tmp_path / "results", "verdicts") if verdict.level == "platform"]
    assert {verdict.platform: verdict.state for verdict in verdicts} == {
        platform.key: State.RETIRED if platform.retired_at else State.INSUFFICIENT
        for platform in load_catalog().platforms
    }


def test_what_was_not_measured_stands_in_rows_that_verify(
    offline: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    """The route was asked for and not found; nothing else was tried. Status and compare tell the same afterwards."""
    assert offline.returncode == 3
    tried = [row for row in rows(tmp_path / "results", "observations") if not row.failure.startswith("not_run")]
    assert {row.operation for row in tried} == {"route"}
    # Without even loopback the kernel has no IPv6 address to send from, and says that instead.
    assert {row.failure for row in tried} <= {"network_unreachable", "address_not_available"}
    assert verify(tmp_path / "results") == []
    status = dideban("status", cwd=tmp_path)
    assert "The line was offline" in status.stdout
    assert "blocked" not in status.stdout
    compared = dideban("compare", cwd=tmp_path)
    assert compared.returncode == 0
    assert "agrees" not in compared.stdout
