"""A network of one's own on Linux, with no way out: what runs in it cannot reach anybody."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest

#: As root, or else as the root of a user namespace of one's own.
WAYS = (["unshare", "--net", "--mount"], ["unshare", "--map-root-user", "--net", "--mount"])


@cache
def alone() -> tuple[str, ...]:
    """The command that runs another in a new network, and mounts of its own. Empty: this machine allows none."""
    if sys.platform != "linux":
        return ()
    for way in WAYS:
        try:
            if subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0:
                return tuple(way)
        except FileNotFoundError:
            break
    return ()


needs_namespaces = pytest.mark.skipif(
    not alone(), reason="Needs Linux, and root or user namespaces: only there can a process have a network of its own."
)
