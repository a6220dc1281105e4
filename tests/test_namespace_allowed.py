"""Why there can be no stage of network namespaces: one sentence with the remedy, whatever is in the way."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from agent.lab.namespace.allowed import PROGRAMS, reason
from tests.dideban_process import ROOT
from tests.namespace import needs_stage

FREE = {
    "kernel/unprivileged_userns_clone": "1",
    "kernel/apparmor_restrict_unprivileged_userns": "0",
    "user/max_user_namespaces": "96365",
}


@pytest.mark.parametrize(
    ("platform", "missing", "settings", "said", "sentence"),
    [
        ("darwin", [], {}, "", "Network namespaces are Linux's alone; use --stage loopback."),
        (
            "linux", ["unshare", "ip", "tc"], FREE, "",
            "Network namespaces need the programs unshare, ip, tc; install util-linux, iproute2.",
        ),
        (
            "linux", ["tc"], FREE, "",
            "Network namespaces need the program tc; install iproute2.",
        ),
        (
            "linux", [], {**FREE, "kernel/unprivileged_userns_clone": "0"}, "unshare failed: Operation not permitted",
            "This kernel lets only root make namespaces; run this as root, or `sysctl "
            "kernel.unprivileged_userns_clone=1` first, or use --stage loopback.",
        ),
        (
            "linux", [], {**FREE, "kernel/apparmor_restrict_unprivileged_userns": "1"}, "write failed",
            "AppArmor lets only root use the namespaces it makes; run this as root, or `sysctl "
            "kernel.apparmor_restrict_unprivileged_userns=0` first, or use --stage loopback.",
        ),
        (
            "linux", [], FREE, "unshare failed: Operation not permitted",
            "This system lets nobody have network namespaces here (unshare failed: Operation not permitted), as in "
            "most containers; run this outside, or use --stage loopback.",
        ),
    ],
    ids=["not Linux", "programs", "one program", "Debian's setting", "AppArmor", "a container"],
)  # fmt: skip
def test_the_sentence_says_what_is_in_the_way_and_what_helps(
    platform: str, missing: list[str], settings: dict[str, str], said: str, sentence: str
) -> None:
    assert reason(platform, missing, settings, said) == sentence


@needs_stage
def test_the_programs_are_found_in_roots_folders_too() -> None:
    """Debian's users have those of `ip` and `tc` in no PATH of theirs."""
    asked = "from agent.lab.namespace import allowed; print(*allowed._missing(), allowed.available())"
    users = [folder for folder in os.get_exec_path() if not folder.rstrip("/").endswith("sbin")]
    said = subprocess.run(
        [sys.executable, "-c", asked], env={**os.environ, "PATH": os.pathsep.join(users), "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.split() == [], PROGRAMS
