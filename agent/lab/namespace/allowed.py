"""Whether this system lets us have namespaces of our own, in which way, and if not, why and what helps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from agent.lab.namespace.shell import COMMAND_PATIENCE_S, search_path

#: The programs that the stage runs, with the package that has them in most distributions.
PROGRAMS = {"unshare": "util-linux", "ip": "iproute2", "tc": "iproute2"}
#: Networks, mounts and processes of one's own; the processes end with the first of them, and that with `unshare`.
SPACES = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
#: As root, or else as the root of a user namespace of one's own.
WAYS = (("unshare", *SPACES), ("unshare", "--user", "--map-root-user", *SPACES))
#: What must work in there: a wire, and IPv6.
TRIAL = "ip link add lab0 type veth peer name lab1 && test -d /proc/sys/net/ipv6"
#: Settings of Linux that forbid it, the value that does, and the words for it.
FORBIDDING = {
    "kernel/unprivileged_userns_clone": ("0", "This kernel lets only root make namespaces"),
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "AppArmor lets only root use the namespaces it makes"),
    "user/max_user_namespaces": ("0", "This kernel lets only root make namespaces"),
}
#: What allows it again.
ALLOWING = {
    "kernel/unprivileged_userns_clone": "1",
    "kernel/apparmor_restrict_unprivileged_userns": "0",
    "user/max_user_namespaces": "10000",
}


def way() -> tuple[str, ...]:
    """The command that runs another in namespaces of its own. Empty: there is none; `available` says why."""
    return _tried()[0]


def available() -> str:
    """Empty when the stage can stand on this system, else the reason and the remedy in one sentence."""
    found, said = _tried()
    if found:
        return ""
    missing = _missing()
    settings = {name: _setting(name) for name in FORBIDDING}
    return reason(sys.platform, missing, settings, said)


def reason(platform: str, missing: Sequence[str], settings: Mapping[str, str], said: str) -> str:
    """Why there can be no stage: by the system, programs that it lacks, its settings, and what `unshare` said."""
    if platform != "linux":
        return "Network namespaces are Linux's alone; use --stage loopback."
    if missing:
        packages = ", ".join(dict.fromkeys(PROGRAMS[program] for program in missing))
        what = "program" if len(missing) == 1 else "programs"
        return f"Network namespaces need the {what} {', '.join(missing)}; install {packages}."
    for name, (forbidding, words) in FORBIDDING.items():
        if settings.get(name) == forbidding:
            allowing = f"sysctl {name.replace('/', '.')}={ALLOWING[name]}"
            return f"{words}; run this as root, or `{allowing}` first, or use --stage loopback."
    because = f" ({said})" if said else ""
    return (
        f"This system lets nobody have network namespaces here{because}, as in most containers; run this outside, "
        "or use --stage loopback."
    )


@cache
def _tried() -> tuple[tuple[str, ...], str]:
    """The way that works, and else what the last one said that does not. Tried once for each process."""
    said = ""
    if sys.platform != "linux" or _missing():
        return (), said
    for way in WAYS if os.geteuid() == 0 else WAYS[1:]:
        try:
            tried = subprocess.run(  # noqa: S603 -- our own words
                [*way, "sh", "-c", TRIAL], capture_output=True, text=True, check=False, timeout=COMMAND_PATIENCE_S,
                env={**os.environ, "PATH": search_path()},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            said = "unshare did not end"
            continue
        if tried.returncode == 0:
            return way, ""
        said = (tried.stderr.strip().splitlines() or ["no IPv6"])[-1]
    return (), said


def _missing() -> list[str]:
    """Those of PROGRAMS that are not found."""
    return [program for program in PROGRAMS if not shutil.which(program, path=search_path())]


def _setting(name: str) -> str:
    """A variable of the kernel. Empty: it has none of that name."""
    try:
        return Path("/proc/sys", name).read_text(encoding="ascii").strip()
    except OSError:
        return ""
