"""What taking in other people's measurements costs: how many a second on one core, and how much memory."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench._figures import bounded
from tests.import_rig import OWN, Table, connection, control, measurement, query

#: Measurements in the shorter and in the longer file: what one costs, and what is kept of each, is in the difference.
FEW, MANY = 1000, 4000
#: At least so many a second of one core's time, and at most so much more memory for four times the file.
RATE_MIN, GROWTH_MAX_MIB = 500, 8.0
#: Bytes of a page. With that a measurement is as long as the mean of OONI's.
PAGE_BYTES = 30_000


def measure() -> Iterator[str]:
    """Both files through the command itself, each in a process of its own, by that process's own account."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.jsonl"
        spent: list[tuple[float, float]] = []
        for number in (FEW, MANY):
            with path.open("w", encoding="utf-8") as file:
                kinds = [json.dumps(said) for said in samples()]
                file.writelines(f"{kinds[each % len(kinds)]}\n" for each in range(number))
            spent.append(taken_in(path, Path(folder) / f"import-{number}"))
        size_kib = path.stat().st_size / MANY / 1024
    (few_s, few_mib), (many_s, many_mib) = spent
    rate = (MANY - FEW) / (many_s - few_s)
    wording = "holds" if rate >= RATE_MIN else "DOES NOT HOLD"
    yield f"{rate:.0f} measurements of {size_kib:.0f} KiB a second; at least {RATE_MIN} wanted: {wording}"
    yield f"memory of {MANY} beside {FEW}: {bounded(many_mib - few_mib, GROWTH_MAX_MIB, unit=' MiB more')}"
    yield f"largest: {many_mib:.0f} MiB resident"


def samples() -> list[Table]:
    """Pages that are open, blocked in each layer, and of another version of the probe."""
    page = "<title>The gazette of the site</title>" + "<p>news of the day</p>" * (PAGE_BYTES // 22)
    names = [query(OWN), query(OWN, engine="udp"), query(OWN, engine="doh")]
    redirected = connection(port=80, http=301, page="", headers={"Location": "https://site.example/"}, number=1)
    parts = (redirected, connection(page=page, number=2, hop=1), connection(http=None, number=3))
    return [
        measurement(*parts, queries=names, url="http://site.example/", helper=control(page=page)),
        measurement(connection(page=page), queries=names, helper=control(page=page)),
        measurement(connection(tls="connection_reset"), queries=names, helper=control(page=page)),
        measurement(
            connection(port=80, page=page), queries=names, url="http://site.example/", helper=control(page=page)
        ),
    ]


def taken_in(path: Path, results: Path) -> tuple[float, float]:
    """Seconds of one core's time, and MiB at the most, that a file costs. Raises `RuntimeError` when it fails."""
    command = [sys.executable, "-m", "agent", "import", "ooni", "--results", str(results), str(path)]
    null = os.open(os.devnull, os.O_WRONLY)
    process = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    os.close(null)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
