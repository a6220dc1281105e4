"""Networks of one's own on Linux, with no way out: what runs in one cannot reach anybody."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from agent.lab.namespace.allowed import available
from tests.dideban_process import ROOT

#: As root, or else as the root of a user namespace of one's own.
WAYS = (["unshare", "--net", "--mount"], ["unshare", "--map-root-user", "--net", "--mount"])
#: A user who owns nothing, and may do nothing that others may not. `setpriv` itself still can: `env` no more.
NOBODY = (
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=-all",
    "--bounding-set=-all",
    "env",
)


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
needs_stage = pytest.mark.skipif(bool(available()), reason=available() or "The stage of network namespaces stands.")


@cache
def nobody() -> tuple[list[str], dict[str, str]]:
    """The command that runs Python as `NOBODY`, and variables by which it finds what this one has installed.

    Where this process is no root it is itself. Root's own interpreter may stand where nobody else can go: then it is
    the system's of the same version.
    """
    packages = [path for path in sys.path if path.endswith("-packages")]
    variables = {"PYTHONPATH": os.pathsep.join([str(ROOT), *packages]), "PYTHONDONTWRITEBYTECODE": "1"}
    if os.geteuid() != 0:
        return [sys.executable], variables
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        command = [*NOBODY, python]
        if Path(python).exists() and _imports_the_stage(command, variables):
            return command, variables
    pytest.skip(f"{sys.executable} is in a folder that only root can read, and there is no other.")


def _imports_the_stage(command: list[str], variables: dict[str, str]) -> bool:
    words = [*command, "-c", "import agent.lab.namespace.inside"]
    return subprocess.run(words, env={**os.environ, **variables}, capture_output=True, check=False).returncode == 0
