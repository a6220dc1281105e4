"""A fast sweep opens everything at once, and the system must let it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agent.open_files import WANTED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit.")
@pytest.mark.parametrize(("hard", "allowed"), [(8192, WANTED), (512, 512)])
def test_the_soft_limit_is_raised_as_far_as_it_may_be(hard: int, allowed: int) -> None:
    """From macOS's 256 to what is wanted, or to the hard limit; and what it may hold is said."""
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}))\n"
        "from agent.open_files import allow_open_files\n"
        "print(allow_open_files(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.split() == [str(allowed), str(allowed)]
