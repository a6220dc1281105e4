"""The stage of network namespaces, used as its users do: from a process of its own, which may be killed."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.lab.namespace.allowed import way
from agent.lab.namespace.stage import StageError, run_scenario
from agent.store.read import rows
from agent.verdict.records import State
from tests.dideban_process import PATIENCE_S, environment
from tests.namespace import needs_stage, nobody
from tests.small_world import NAME, RESOLVER, SITE, write_scenario

pytestmark = needs_stage

#: Stands a scenario for a program, or until it is killed; says in a sentence why it does not.
STAND = """
import sys
from pathlib import Path
from agent.lab.namespace.stage import StageError, stand
try:
    sys.exit(stand(Path(sys.argv[1]), program=sys.argv[2:] or None))
except StageError as fault:
    sys.exit(f"stage: {fault}")
"""
CLIENT = Path(__file__).parent / "stage_client.py"


def standing_words(scenario: Path, *program: str, python: Sequence[str] = (sys.executable,)) -> list[str]:
    return [*python, "-c", STAND, str(scenario), *program]


def on_client(scenario: Path, *program: str) -> subprocess.CompletedProcess[str]:
    """Run a program on the client of a scenario, to its end."""
    return subprocess.run(
        standing_words(scenario, *program),
        env=environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


def report_of(ended: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """What the client's program saw."""
    assert ended.returncode == 0, ended.stderr
    report: dict[str, object] = json.loads(ended.stdout)
    return report


@contextmanager
def standing(
    scenario: Path, *, python: Sequence[str] = (sys.executable,), variables: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that a scenario stands in, and the line that it prints to enter by. It is killed in any case."""
    with subprocess.Popen(
        standing_words(scenario, python=python),
        env=environment(**(variables or {})), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        try:
            assert running.stdout is not None
            assert running.stderr is not None
            printed = map(str.strip, iter(running.stdout.readline, ""))
            enter = next((line for line in printed if line.startswith("nsenter")), "")
            assert enter, running.stderr.read()
            yield running, enter
        finally:
            running.kill()


def pid_in(enter: str) -> int:
    found = re.search(r"--target (\d+)", enter)
    assert found is not None
    return int(found[1])


def namespace_of(pid: int | str, kind: str) -> str:
    """Which namespace of a kind a process is in. Empty: there is no such process."""
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    except OSError:
        return ""


def processes_in(process_namespace: str) -> list[int]:
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and namespace_of(pid, "pid") == process_namespace]


def ends_within_patience(process_namespace: str) -> bool:
    """Whether every process of a namespace ends."""
    until_s = time.monotonic() + PATIENCE_S
    while processes_in(process_namespace) and time.monotonic() < until_s:
        time.sleep(0.02)
    return not processes_in(process_namespace)


# What the client sees ---------------------------------------------------------------------------------------------

#: What a client sees of the small world that nobody interferes with.
CLEAN = {
    "resolved": {"4": [SITE[0]], "6": [SITE[1]]},
    "answers": {"4": True, "6": True},
    "pages": {f"{scheme} {version}": "HTTP/1.1 200" for scheme in ("http", "https") for version in (4, 6)},
}


def test_without_rules_a_plain_client_sees_the_world_as_it_is(tmp_path: Path) -> None:
    """By the system's own resolver, sockets and trust: names, UDP, TCP and TLS in both versions."""
    report = report_of(on_client(write_scenario(tmp_path), sys.executable, str(CLIENT), NAME, RESOLVER[0], RESOLVER[1]))
    assert {key: report[key] for key in CLEAN} == CLEAN


def test_there_is_no_way_out(tmp_path: Path) -> None:
    """The client has a wire to the lab and nothing else; a server of this computer's own is not there for it."""
    with socket.socket() as outside, socket.socket(socket.AF_UNIX) as abstract:
        outside.bind(("127.0.0.1", 0))
        outside.listen()
        name = f"dideban-test-{os.getpid()}"
        abstract.bind(f"\0{name}")
        abstract.listen()
        program = (
            "import json, os, socket, subprocess, sys\n"
            "up = subprocess.run(['ip', '-json', 'link', 'show', 'up'], capture_output=True, check=True).stdout\n"
            "def dial(family, where):\n"
            "    with socket.socket(family) as s:\n"
            "        s.settimeout(1)\n"
            "        return s.connect_ex(where) == 0\n"
            "print(json.dumps({'devices': sorted(one['ifname'] for one in json.loads(up) if one),\n"
            "  'run': os.listdir('/run'),\n"
            "  'outside': dial(socket.AF_INET, ('127.0.0.1', int(sys.argv[1]))),\n"
            "  'abstract': dial(socket.AF_UNIX, '\\0' + sys.argv[2])}))"
        )
        port = str(outside.getsockname()[1])
        ended = on_client(write_scenario(tmp_path), sys.executable, "-c", program, port, name)
        seen_here = subprocess.run(
            [sys.executable, "-c", program, port, name], capture_output=True, text=True, check=True, timeout=PATIENCE_S
        )
    assert report_of(ended) == {"devices": ["lab", "lo"], "run": ["dideban"], "outside": False, "abstract": False}
    here = json.loads(seen_here.stdout)
    assert (here["outside"], here["abstract"]) == (True, True)


@pytest.mark.parametrize(
    ("client", "reached"),
    [
        ('ipv6 = "works"', {"4", "6"}),
        ('ipv6 = "none"', {"4"}),
        ("route = false", set()),
    ],
)
def test_the_client_has_the_routes_that_the_world_says(client: str, reached: set[str], tmp_path: Path) -> None:
    """By the kernel's own word: without a route a connection fails at once."""
    program = (
        "import json, socket, sys\n"
        "def routed(address):\n"
        "    family = socket.AF_INET6 if ':' in address else socket.AF_INET\n"
        "    with socket.socket(family, socket.SOCK_DGRAM) as s:\n"
        "        return s.connect_ex((address, 53)) == 0\n"
        "print(json.dumps([v for v, a in (('4', sys.argv[1]), ('6', sys.argv[2])) if routed(a)]))"
    )
    scenario = write_scenario(tmp_path)
    text = scenario.read_text().replace("[client]", f"[client]\n{client}")
    scenario.write_text(text if reached else f'vantage_state = "offline"\n{text}')
    ended = on_client(scenario, sys.executable, "-c", program, *SITE)
    assert ended.returncode == 0, ended.stderr
    assert set(json.loads(ended.stdout)) == reached


def test_a_programs_exit_status_comes_out(tmp_path: Path) -> None:
    scenario = write_scenario(tmp_path)
    assert on_client(scenario, "sh", "-c", "exit 7").returncode == 7
    assert on_client(scenario, "sh", "-c", "kill -9 $$").returncode == 128 + 9


def test_a_sweep_is_made_by_the_operating_system(tmp_path: Path) -> None:
    outcome = run_scenario(write_scenario(tmp_path))
    assert outcome.stage == "namespace"
    assert outcome.found["site"].state is State.OK
    assert outcome.deeds == {}


def test_what_the_censor_did_comes_out_of_the_paths_process(tmp_path: Path) -> None:
    seen = (
        f'\n[[rule]]\nid = "seen"\nmatch = {{ at = "client_hello", names = ["{NAME}"] }}\naction = {{ do = "pass" }}\n'
    )
    outcome = run_scenario(write_scenario(tmp_path, seen))
    assert outcome.found["site"].state is State.OK
    assert set(outcome.deeds) == {"seen"}


def test_a_sweeps_progress_and_rows_come_out(tmp_path: Path) -> None:
    (folder := tmp_path / "results").mkdir()
    told: list[tuple[str, int, int]] = []
    run_scenario(
        write_scenario(tmp_path),
        folder=folder,
        progress=lambda platform, done, total: told.append((platform, done, total)),
    )
    assert {platform for platform, _, _ in told} >= {"site"}
    assert [row.platform for row in rows(folder, "verdicts") if row.level == "platform"] == ["site"]


# Ends -------------------------------------------------------------------------------------------------------------


def test_a_killed_stage_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither process nor file; and a namespace without a name is gone with the last process in it."""
    (own := tmp_path / "own").mkdir()
    before = set(os.listdir("/run"))
    with standing(write_scenario(tmp_path), variables={"TMPDIR": str(own)}) as (running, enter):
        spaces = {kind: namespace_of(pid_in(enter), kind) for kind in ("pid", "net", "mnt")}
        assert len(processes_in(spaces["pid"])) >= 4
        running.send_signal(signal.SIGKILL)
        running.wait(PATIENCE_S)
        assert ends_within_patience(spaces["pid"])
    left = {namespace_of(pid, kind) for pid in os.listdir("/proc") if pid.isdigit() for kind in spaces}
    assert not left & set(spaces.values())
    assert list(own.iterdir()) == []
    assert set(os.listdir("/run")) - before == set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stage_that_is_asked_to_end_does_so_in_good_order(number: signal.Signals, tmp_path: Path) -> None:
    with standing(write_scenario(tmp_path)) as (running, enter):
        processes = namespace_of(pid_in(enter), "pid")
        running.send_signal(number)
        assert running.wait(PATIENCE_S) == 0
        assert ends_within_patience(processes)
        assert running.stderr is not None
        assert running.stderr.read() == ""


def test_two_stages_stand_at_once(tmp_path: Path) -> None:
    """Of the same file, with the same addresses: each client reaches its own servers."""
    words = standing_words(write_scenario(tmp_path), sys.executable, str(CLIENT), NAME, *RESOLVER)
    running = [
        subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for one in running:
        said, errors = one.communicate(timeout=PATIENCE_S)
        report = report_of(subprocess.CompletedProcess(one.args, one.returncode, said, errors))
        assert {key: report[key] for key in CLEAN} == CLEAN


def test_the_line_that_is_printed_enters_the_client(tmp_path: Path) -> None:
    """Word by word, as one would type it."""
    with standing(write_scenario(tmp_path)) as (_, enter):
        ended = subprocess.run(
            [*shlex.split(enter), sys.executable, str(CLIENT), NAME, *RESOLVER],
            env=environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    report = report_of(ended)
    assert {key: report[key] for key in CLEAN} == CLEAN


def test_a_user_without_rights_has_the_same_stage() -> None:
    """By a user namespace, and its printed line enters that too."""
    python, variables = nobody()
    # pytest's own folders are for whoever runs it alone.
    with (
        TemporaryDirectory() as everybodys,
        standing(write_scenario(open_to_all(everybodys)), python=python, variables=variables) as (_, enter),
    ):
        ended = subprocess.run(
            [*python[:-1], *shlex.split(enter), python[-1], str(CLIENT), NAME, *RESOLVER],
            env=environment(**variables), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    report = report_of(ended)
    assert {key: report[key] for key in CLEAN} == CLEAN


def open_to_all(folder: str) -> Path:
    Path(folder).chmod(0o755)
    return Path(folder)


# Faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["client", "servers", "path"])
def test_a_process_of_the_stage_that_dies_ends_it_with_a_sentence(which: str, tmp_path: Path) -> None:
    with standing(write_scenario(tmp_path)) as (running, enter):
        members = members_of(pid_in(enter))
        os.kill(members[which], signal.SIGKILL)
        assert running.wait(PATIENCE_S) == 1
        assert running.stderr is not None
        assert (
            running.stderr.read()
            == f"stage: The {which}'{'' if which == 'servers' else 's'} process ended before its time.\n"
        )


def members_of(client: int) -> dict[str, int]:
    """The stage's processes, told by their networks: the path's is also that of the first process."""
    networks: dict[str, list[int]] = {}
    for pid in sorted(processes_in(namespace_of(client, "pid"))):
        networks.setdefault(namespace_of(pid, "net"), []).append(pid)
    pairs = [pids for pids in networks.values() if len(pids) > 1]
    (servers,) = [pids[0] for pids in networks.values() if len(pids) == 1 and pids != [client]]
    return {"client": client, "servers": servers, "path": pairs[0][1]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("about = 1", r"small\.toml"),
        ("", r"small\.toml"),
    ],
    ids=["wrong", "empty"],
)
def test_a_scenario_that_is_none_is_refused_in_its_own_words(text: str, sentence: str, tmp_path: Path) -> None:
    scenario = write_scenario(tmp_path)
    scenario.write_text(text)
    with pytest.raises(StageError, match=sentence):
        run_scenario(scenario)


@pytest.mark.parametrize(("device", "said"), [("true", ""), ("ip link add other up type veth peer name far", "other")])
def test_nothing_is_set_up_in_a_network_that_is_not_new(device: str, said: str) -> None:
    """The lab's wires and variables are for its own: were this the computer's, its IPv6 would be off."""
    build = (
        "from agent.lab.namespace.spaces import build_path\n"
        "from agent.lab.namespace.shell import StageError\n"
        "try:\n    build_path({})\nexcept StageError as fault:\n    print(fault)\n"
        "print(open('/proc/sys/net/ipv6/conf/all/disable_ipv6').read())"
    )
    ended = subprocess.run(
        [*way(), "sh", "-c", f'ip link set lo up && {device} && exec "$@"', "sh", sys.executable, "-c", build],
        env=environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=True,
    )  # fmt: skip
    *refused, ipv6_off = ended.stdout.split("\n")[:-2]
    assert refused == [f"The path's network has the devices {said}, and is not the lab's."] * bool(said)
    assert ipv6_off == ("0" if said else "1")


def test_a_program_that_there_is_not_is_named(tmp_path: Path) -> None:
    ended = on_client(write_scenario(tmp_path), "/nonexistent/program")
    assert ended.stderr == "stage: /nonexistent/program cannot be run: No such file or directory.\n"
    assert ended.returncode == 1


def test_a_sweep_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="took too long"):
        run_scenario(write_scenario(tmp_path), patience_s=0.01)


def test_where_the_kernel_forbids_it_a_sentence_says_so(tmp_path: Path) -> None:
    """A user without rights, in a namespace below which there may be no other."""
    python, variables = nobody()
    forbidding = 'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --inh-caps=-all --bounding-set=-all "$@"'
    ended = subprocess.run(
        [*python[:-1], "unshare", "--user", "--map-root-user", "sh", "-c", forbidding, "sh",
         *standing_words(write_scenario(tmp_path), "true", python=python[-1:])],
        env=environment(**variables), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == (
        "stage: This kernel lets only root make namespaces; run this as root, or "
        "`sysctl user.max_user_namespaces=10000` first, or use --stage loopback.\n"
    )
