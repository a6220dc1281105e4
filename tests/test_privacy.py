"""The volunteer is nowhere in what is written or printed, though the lab's servers repeat all they know of them.

A sweep is made by a process with a user name and a home of its own, in a world whose pages, headers, cookies,
redirects and certificates carry these, the computer's name and its addresses, in many spellings. Then every byte of
the results folder and of the output is searched.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from agent.lab.embedded import open_world
from agent.lab.http_messages import answer
from agent.lab.loopback.lab import Lab
from agent.lab.rules import Match, Rule, SendBytes
from agent.lab.world import Host, Page, World
from agent.report.terminal import show_sweep
from agent.store.lock import ResultsLock
from agent.store.read import rows, verify
from agent.store.scrub import NAMES_OF_NOBODY
from agent.sweep import run_sweep
from tests.lab_client import dial, dial_tls, get, resolve
from tests.worlds import CATALOG, config_of, setting_of

REPOSITORY = Path(__file__).parents[1]
USER = "golnaz"
#: The lab's client addresses, as people, logs and name systems write them. By hand: not by the code under test.
ADDRESSES = (
    "198.51.100.23",
    "198-51-100-23",
    "198_51_100_23",
    "198%2E51%2E100%2E23",
    "198&#46;51&#46;100&#46;23",
    "23.100.51.198",
    "23-100-51-198",
    "0xc6336417",
    "c6336417",
    "3325256727",
    "::ffff:198.51.100.23",
    "::ffff:c633:6417",
    "2001:db8:51:100::23",
    "2001:0DB8:0051:0100:0000:0000:0000:0023",
    "2001-0db8-0051-0100-0000-0000-0000-0023",
    "20010db8005101000000000000000023",
    "3.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.1.5.0.0.8.b.d.0.1.0.0.2",
)
#: What is left of an address when its own spelling is broken up: no part of it may stay either.
PARTS = ("198.51.100", "198-51-100", "2001:db8:51", "2001:0db8:0051")


def names_of(home: str) -> tuple[str, ...]:
    """The words that are the volunteer's: user, home, and the computer's name where it is one that names somebody."""
    host = socket.gethostname()
    hosts = {host, host.partition(".")[0]}
    return (USER, home, *(name for name in sorted(hosts) if name.casefold() not in NAMES_OF_NOBODY and len(name) > 2))


def planted_world(home: str) -> World:
    """The open world, whose servers tell their visitor everything in every way they can."""
    planted = cycle((*ADDRESSES, *names_of(home), USER.upper()))
    world = open_world(CATALOG)
    hosts = tuple(telling(host, next(planted)) for host in world.hosts)
    redirect = answer(
        302,
        f"<title>{USER} at 198.51.100.23</title>".encode(),
        media_type="text/html",
        headers={
            "Location": f"http://{USER}.198-51-100-23.provider.example/from/198.51.100.23?home={home}",
            "X-198-51-100-23": "you",
            f"X-User-{USER}": "you",
            "Set-Cookie": f"from=198.51.100.23; user={USER}",
        },
    )
    tell = Rule(
        id="tell", match=Match(at="request", names=("instagram.com", "flickr.com")), action=SendBytes(data=redirect)
    )
    return replace(world, name="planted", hosts=hosts, rules=(tell,))


def telling(host: Host, planted: str) -> Host:
    """The host with `planted` in the title of its page, and the visitor's name and address in its certificate."""
    page = Page(body=f"<html><head><title>Welcome, {planted}!</title></head></html>")
    services = tuple(
        replace(service, pages=(page,)) if service.kind == "https" and not service.pages else service
        for service in host.services
    )
    names = (f"{USER}.198-51-100-23.provider.example", *host.names) if "www.yahoo.com" in host.names else host.names
    return replace(host, services=services, names=names)


def sweep_planted(folder: str) -> None:
    """What the child process does: one sweep of the planted world, shown as the demo shows it."""

    async def sweep() -> None:
        config = config_of(Path(folder))
        with Lab(planted_world(os.environ["HOME"])) as lab:
            show_sweep(await run_sweep(setting_of(lab, config), trigger="demo"))

    with ResultsLock(Path(folder), doing="a planted sweep"):
        asyncio.run(sweep())


def child(home: Path, work: Path, *arguments: str) -> str:
    """Run Python as the volunteer; everything that it printed. Temporary files are in the home too."""
    home.mkdir(exist_ok=True)
    folders = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TMPDIR", "TEMP", "TMP")
    own = {**dict.fromkeys(folders, str(home)), **dict.fromkeys(("USER", "LOGNAME", "USERNAME"), USER)}
    path = os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=work,
        env={**os.environ, **own, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def found(text: str, needles: tuple[str, ...]) -> list[str]:
    """Which of the needles stand in the text, whatever the case."""
    return [needle for needle in needles if needle.casefold() in text.casefold()]


def leaks(folder: Path, printed: str, home: Path) -> list[tuple[str, str]]:
    """Everything of the volunteer's that stands in a file, in a file's name, or in what was printed."""
    needles = (*ADDRESSES, *PARTS, *names_of(str(home)))
    texts = {"printed": printed}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        texts[name] = name + (path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else "")
    return [(where, needle) for where, text in texts.items() for needle in found(text, needles)]


def pages_of(lab: Lab) -> Iterator[bytes]:
    """What the lab's sites send to a plain client: certificate and page of the secure ones, and the plain pages."""
    for host in lab.world.hosts:
        for service in host.services if host.names else ():
            name = host.names[-1]
            if service.kind == "https" and service.trust == "web":
                connection = dial_tls(lab, host.addresses[0], name)
                yield connection.getpeercert(binary_form=True) or b""
                yield get(connection, name)
            elif service.kind == "redirect":
                yield get(dial(lab, resolve(lab, name)[0], 80), name)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose own path has nothing of the volunteer's in it."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes") / USER


@pytest.fixture(scope="module")
def printed(work: Path, home: Path) -> str:
    """The output of the child that swept the planted world into `work`/results."""
    code = "import sys; from tests.test_privacy import sweep_planted; sweep_planted(sys.argv[1])"
    return child(home, work, "-c", code, "results")


def test_the_lab_told_the_agent_all_that_is_searched_for(home: Path) -> None:
    """Without this, finding nothing would prove nothing: each needle is in what the servers send."""
    with Lab(planted_world(str(home))) as lab:
        sent = b"\n".join(pages_of(lab)).decode("utf-8", "replace")
    assert found(sent, (*ADDRESSES, *names_of(str(home)))) == [*ADDRESSES, *names_of(str(home))]
    assert f"{USER}.198-51-100-23.provider.example" in sent


def test_nothing_of_the_volunteer_is_written_or_printed(printed: str, work: Path, home: Path) -> None:
    """Observations, verdicts, sweeps, status, lock and id: all of the folder, and both outputs."""
    kinds = {path.name.partition("-")[0] for path in (work / "results").iterdir()}
    assert kinds >= {"observations", "verdicts", "sweeps", "agent.json", "vantage.id"}
    assert "signal" in printed
    assert leaks(work / "results", printed, home) == []


def test_the_rows_are_there_with_marks_in_the_place_of_what_was_taken_out(printed: str, work: Path) -> None:
    """The agent read what was planted: each page's title, the redirect, the header names and the certificate."""
    (sweep,) = rows(work / "results", "sweeps")
    assert (sweep.outcome, sweep.rows_withheld) == ("complete", 0)
    answers = [row for row in rows(work / "results", "observations") if row.operation == "http_round_trip"]
    titles = [row.title for row in answers if row.title.startswith("Welcome, ")]
    assert len(titles) > 40
    assert all("[address]" in title or "[private]" in title for title in titles)
    told = [row for row in answers if row.endpoint == "http://www.flickr.com/"]
    assert told
    assert {row.title for row in told} == {"[private] at [private]"}
    assert {row.location for row in told} == {"http://[private].[private].provider.example"}
    assert all({"x-[private]", "x-user-[private]"} <= set(row.header_names) for row in told)
    shakes = [row for row in rows(work / "results", "observations") if row.operation == "tls_handshake"]
    assert [row for row in shakes if row.certificate_subject == "[private].[private].provider.example"]
    assert verify(work / "results") == []


def test_the_demo_leaves_nothing_of_its_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The program itself, as a user runs it: the pages of its world greet the visitor by address.

    What is made of its rows tells nothing of the user either, and nothing is left outside the results folder.
    """
    work, home = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("demo_homes") / USER
    printed = child(home, work, "-m", "agent", "demo", "--world", "open", "--results", "demo")
    for words in (["report"], ["review"], ["events"], ["export", "bundle", "--output", "demo.zip", "--yes"]):
        printed += child(home, work, "-m", "agent", *words, "--lab", "--results", "demo")
    files = {path.name.partition("-")[0] for path in work.rglob("*") if path.is_file()}
    assert files >= {"observations", "verdicts", "sweeps", "comparison", "report", "demo.zip"}
    assert leaks(work, printed, home) == []
    assert list(home.rglob("*")) == []
    with Lab(open_world(CATALOG)) as lab:
        page = get(dial_tls(lab, resolve(lab, "www.yahoo.com")[0], "www.yahoo.com"), "www.yahoo.com").decode()
    head, _, body = page.partition("\r\n\r\n")
    assert "198.51.100.23" in body
    assert head.count("198.51.100.23") == 2
