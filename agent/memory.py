"""Gives memory back to the system: an agent that waits for hours should hold no more than waiting needs."""

from __future__ import annotations

import sys


def give_back_memory() -> None:
    """Ask the C library to hand its free memory to the system.

    glibc keeps what lies below any block still in use: 2 to 3 MB after a fast sweep, measured by `make bench`. Other
    C libraries are left to themselves.
    """
    if sys.platform != "linux":
        return
    import ctypes  # only now: no other part of the agent needs it

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # musl has none
        trim(0)
