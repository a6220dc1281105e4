"""Lets this process hold as many open files as a fast sweep needs: everything is opened at once."""

from __future__ import annotations

import sys

#: A fast sweep of the whole catalog holds some 400 sockets, the lab some 200 more; macOS allows 256 to begin with.
WANTED = 4096


def allow_open_files() -> int:
    """Raise this process's soft limit to `WANTED` open files, or to its hard limit. Returns what it may hold now."""
    if sys.platform == "win32":
        return WANTED  # has no such limit
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= allowed:
        return WANTED if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
