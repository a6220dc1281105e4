"""Memory that was used and freed goes back to the system."""

import sys
from pathlib import Path

import pytest

from agent.memory import give_back_memory

#: Blocks too large for Python's own pools, so that they are the C library's, and too small to be mapped one by one.
BLOCK_BYTES, BLOCKS = 4096, 20_000


def resident_bytes() -> int:
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    return int(fields["VmRSS"].split()[0]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere nothing is done, and /proc does not tell.")
def test_freed_memory_below_a_block_in_use_goes_back() -> None:
    blocks = [bytes(BLOCK_BYTES) for _ in range(BLOCKS)]
    last = blocks.pop()  # lies above all others, so that the C library keeps them when they are freed
    blocks.clear()
    before = resident_bytes()
    give_back_memory()
    assert before - resident_bytes() > BLOCK_BYTES * BLOCKS / 2
    assert len(last) == BLOCK_BYTES
