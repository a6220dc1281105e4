"""Rates on a real path: what is sent over a slow wire takes its time, whatever the machine is doing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.namespace import needs_stage
from tests.small_world import NAME, SITE, write_scenario
from tests.test_namespace_stage import on_client, report_of

pytestmark = needs_stage

#: Bytes of the page, and kilobits a second: it takes two seconds, less what a queue lets through at once.
PAGE_BYTES, RATE_KBIT_S = 64_000, 256.0
LEAST_S = 1.5
#: Fetches the page over plain HTTP, as often as it is told at once, and prints how long each took, and its bytes.
PROGRAM = """
import json, socket, sys, threading, time
def fetch():
    began_s = time.monotonic()
    with socket.create_connection((sys.argv[1], 80), timeout=40) as stream:
        stream.sendall(f"GET / HTTP/1.1\\r\\nHost: {sys.argv[2]}\\r\\nConnection: close\\r\\n\\r\\n".encode())
        received = 0
        while more := stream.recv(65536):
            received += len(more)
    fetched.append((time.monotonic() - began_s, received))
fetched = []
fetching = [threading.Thread(target=fetch) for _ in range(int(sys.argv[3]))]
for one in fetching: one.start()
for one in fetching: one.join()
print(json.dumps({"fetched": fetched}))
"""
LINE = f"\n[line]\nrate_kbit_s = {RATE_KBIT_S}\n"
THROTTLE = (
    f'\n[[rule]]\nid = "slow"\nmatch = {{ at = "request" }}\n'
    f'action = {{ do = "throttle", rate_kbit_s = {RATE_KBIT_S} }}\n'
)
PAGE = f"""[[host.service]]
kind = "http"
port = 80
[[host.service.page]]
title = "A long one"
size_bytes = {PAGE_BYTES}
"""


def fetched(folder: Path, more: str, *, at_once: int) -> Any:
    """Seconds and bytes of each fetch of the long page, from a world with further tables."""
    scenario = write_scenario(folder, more)
    plain = '[[host.service]]\nkind = "http"\nport = 80\n'
    assert plain in scenario.read_text()
    scenario.write_text(scenario.read_text().replace(plain, PAGE))
    return report_of(on_client(scenario, sys.executable, "-c", PROGRAM, SITE[0], NAME, str(at_once)))["fetched"]


@pytest.mark.parametrize("more", [LINE, THROTTLE], ids=["slow line", "throttled flow"])
def test_what_is_sent_at_a_rate_takes_its_time_and_arrives_whole(more: str, tmp_path: Path) -> None:
    ((took_s, received),) = fetched(tmp_path, more, at_once=1)
    assert received > PAGE_BYTES
    assert took_s > LEAST_S


def test_a_line_is_shared_by_all_that_goes_over_it(tmp_path: Path) -> None:
    """Of two pages that are fetched at once the last has waited for both."""
    both = fetched(tmp_path, LINE, at_once=2)
    assert min(received for _, received in both) > PAGE_BYTES
    assert max(took_s for took_s, _ in both) > 2 * LEAST_S


def test_without_a_rate_the_page_arrives_whole(tmp_path: Path) -> None:
    for _, received in fetched(tmp_path, "", at_once=2):
        assert received > PAGE_BYTES
