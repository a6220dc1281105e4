"""Telling of events: each once, by each way, through restarts, quiet hours and failures."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from agent.calendars import day
from agent.catalog import load_catalog
from agent.commands.cadence import Keeper
from agent.config import PACES, Config
from agent.config.notify import Notify, quiet_of
from agent.lab.embedded import world_2021
from agent.lab.loopback.lab import Lab
from agent.language import speaking
from agent.notices import channels, ledger
from agent.notices.channels import NotTold, Way, text_of, ways_of
from agent.notices.hook import tell_of_changes
from agent.notices.tell import told
from agent.records import VantageState
from agent.store import StoreError
from agent.sweep import Setting
from agent.timeline.events import events_of
from agent.timeline.records import Change, Event
from probes.certificate import TrustStore
from tests.histories import BEGIN, CADENCE, word
from tests.measuring_process import LIMITS
from tests.result_files import blocked, ok, write_sweep

SETTINGS = Notify(command=("unused",))
#: Writes what it is given into the file that it is given, a line for each event.
KEEP = (
    "import json, os, sys; event = json.load(sys.stdin); "
    "kept = open(sys.argv[1], 'a', encoding='utf-8'); "
    "print(event['event_id'], event['sentence'], os.environ['DIDEBAN_NOTICE'], sep='|', file=kept)"
)


class Said:
    """A way of telling that remembers, and fails as often as it should."""

    def __init__(self, *, failures: int = 0, together: bool = False) -> None:
        self.ids: list[str] = []
        self.failures = failures
        self.way = Way(name="command", together=together, tell=self._tell)

    def _tell(self, events: Sequence[Event]) -> None:
        if self.failures:
            self.failures -= 1
            raise NotTold("It rains.")
        self.ids += [event.event_id for event in events]

    def ways(self, settings: Notify) -> list[Way]:
        return [self.way]


def history(letters: str) -> tuple[list[Event], datetime]:
    """The events in some looks, and the moment of the last look."""
    return events_of(word(letters), stage="internet"), BEGIN + CADENCE * len(letters)


def tell(
    folder: Path, letters: str, said: Said, settings: Notify = SETTINGS, later: timedelta = timedelta(0)
) -> list[str]:
    events, now = history(letters)
    return list(told(folder, events, settings, now=now + later, ways=said.ways))


def test_each_event_is_told_once_and_what_was_before_is_not(tmp_path: Path) -> None:
    said = Said()
    tell(tmp_path, "oooobbbb", said)
    assert said.ids == []  # it is history
    for letters in ("oooobbbbo", "oooobbbbooo", "oooobbbbooo", "oooobbbbooooooo"):
        assert tell(tmp_path, letters, said) == []
    assert len(said.ids) == 1
    assert said.ids[0].endswith(".lifted")


def test_the_ledger_is_the_owners_alone(tmp_path: Path) -> None:
    tell(tmp_path, "oooobbbb", Said())
    assert stat.S_IMODE((tmp_path / ledger.FILE_NAME).stat().st_mode) == 0o600


def test_what_fails_is_said_and_tried_again(tmp_path: Path) -> None:
    said = Said(failures=2)
    tell(tmp_path, "oooo", said)
    assert tell(tmp_path, "oooobbb", said) == ["It rains. 1 notice waits for the next sweep."]
    assert tell(tmp_path, "oooobbbooo", said) == ["It rains. 2 notices wait for the next sweep."]
    assert tell(tmp_path, "oooobbbooo", said) == []
    assert [one.rpartition(".")[2] for one in said.ids] == ["onset", "lifted"]


def test_what_waits_is_not_lost_however_long(tmp_path: Path) -> None:
    said = Said(failures=1)
    tell(tmp_path, "oooo", said)
    tell(tmp_path, "oooobbb", said)
    assert tell(tmp_path, "oooobbb", said, later=timedelta(days=90)) == []
    assert len(said.ids) == 1


def test_who_is_ended_before_it_was_kept_tells_once_more(tmp_path: Path) -> None:
    """It is written after it was told: between the two a kill repeats it, and never loses it."""
    said = Said()
    tell(tmp_path, "oooo", said)
    before = (tmp_path / ledger.FILE_NAME).read_bytes()
    tell(tmp_path, "oooobbb", said)
    (tmp_path / ledger.FILE_NAME).write_bytes(before)
    tell(tmp_path, "oooobbb", said)
    assert len(said.ids) == 2
    assert len(set(said.ids)) == 1


def test_quiet_hours_keep_it(tmp_path: Path) -> None:
    said = Said()
    tell(tmp_path, "oooo", said)
    now = history("oooobbb")[1].astimezone()
    around = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    quiet = Notify(command=("unused",), quiet=quiet_of(around))
    assert tell(tmp_path, "oooobbb", said, quiet) == []
    assert said.ids == []
    tell(tmp_path, "oooobbb", said, quiet, later=timedelta(hours=2))
    assert len(said.ids) == 1


def test_only_the_kinds_that_are_wanted(tmp_path: Path) -> None:
    said = Said()
    wanted = Notify(command=("unused",), events=(Change.LIFTED,))
    for letters in ("oooo", "oooobbb", "oooobbbooo"):
        tell(tmp_path, letters, said, wanted)
    assert [one.rpartition(".")[2] for one in said.ids] == ["lifted"]
    tell(tmp_path, "oooobbbooo", said)  # who asks for more later is not told of what was
    assert len(said.ids) == 1


def test_the_end_of_what_has_one_is_told_too(tmp_path: Path) -> None:
    said = Said()
    begun = "o" * 20 + "bo" * 12
    tell(tmp_path, "o" * 20, said)
    tell(tmp_path, begun, said)
    tell(tmp_path, begun + "o" * 20, said)
    tell(tmp_path, begun + "o" * 30, said)
    assert [one.rpartition(".")[2] for one in said.ids] == ["intermittent", "intermittent"]


def test_what_came_to_light_by_judging_again_is_history(tmp_path: Path) -> None:
    said = Said()
    tell(tmp_path, "o" * 300, said)
    tell(tmp_path, "o" * 20 + "b" * 280, said)
    assert said.ids == []


def test_one_way_does_not_wait_for_another_nor_repeat_it(tmp_path: Path) -> None:
    first, second = Said(failures=1), Said(together=True)
    ways = [first.way, Way(name="url-1", together=True, tell=second.way.tell)]
    for letters in ("oooo", "oooobbb", "oooobbb"):
        events, now = history(letters)
        list(told(tmp_path, events, SETTINGS, now=now, ways=lambda settings: ways))
    assert len(first.ids) == len(second.ids) == 1


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 2, "channels": {}}', '{"version": 1, "channels": [1]}'])
def test_a_ledger_that_cannot_be_understood_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / ledger.FILE_NAME).write_text(content)
    with pytest.raises(StoreError, match=r"notices\.json cannot be understood; delete it"):
        tell(tmp_path, "oooobbb", Said())
    assert (tmp_path / ledger.FILE_NAME).read_text() == content


def python(*words: str) -> Notify:
    return Notify(command=(sys.executable, *words))


def test_the_command_is_given_the_event(tmp_path: Path) -> None:
    """As JSON and in words; nothing in it is read by a shell."""
    events, _ = history("oooobbb")
    kept = tmp_path / "kept; rm"
    ways_of(python("-c", KEEP, str(kept)))[0].tell(events)
    event_id, sentence, notice = kept.read_text().strip().split("|")
    assert event_id == events[0].event_id
    assert sentence.startswith("Signal began to be blocked between 2026-01-01 09:00 UTC and 2026-01-01 12:00 UTC.")
    assert notice == "Signal: blocked since 2026-01-01"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (python("-c", "raise SystemExit(3)"), "ended with code 3."),
        (Notify(command=("/nowhere/at/all",)), "cannot be started (No such file or directory)."),
    ],
)
def test_a_command_that_fails_is_named(settings: Notify, sentence: str) -> None:
    with pytest.raises(NotTold) as failed:
        ways_of(settings)[0].tell(history("oooobbb")[0])
    assert str(failed.value).endswith(sentence)


@pytest.mark.skipif(sys.platform == "win32", reason="Sessions are POSIX's.")
def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "COMMAND_S", 1.0)
    child = f"import time, os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(NotTold, match="took longer than 1 s and was ended"):
        ways_of(python("-c", script))[0].tell(history("oooobbb")[0])
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1]:
            return
        threading.Event().wait(0.05)
    pytest.fail("what the command started goes on")


def test_over_the_network_no_more_is_told_than_is_asked_for() -> None:
    events, _ = history("oooobbb")
    assert text_of(events, discreet=True) == "There is news."
    assert text_of(events, discreet=False) == "Signal: blocked since 2026-01-01"


class Post(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    posted: list[dict[str, str]]

    def do_POST(self) -> None:
        self.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *unused: object) -> None: ...


def test_apprise_sends_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """To a server on loopback, which gets all in one; where nobody listens the failure is named without the URL."""
    pytest.importorskip("apprise")
    monkeypatch.setattr(Post, "posted", [], raising=False)
    with HTTPServer(("127.0.0.1", 0), Post) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"json://127.0.0.1:{server.server_port}/secret"
        events, _ = history("oooobbbooo")
        ways_of(Notify(urls=(url,)))[0].tell(events)
        ways_of(Notify(urls=(url,), discreet=False))[0].tell(events)
        server.shutdown()
    assert [post["message"] for post in Post.posted] == [
        "There is news.",
        "Signal: blocked since 2026-01-01\nSignal: reachable again since 2026-01-01",
    ]
    with pytest.raises(NotTold, match=r"^apprise could not send to entry 1 of urls in \[notify\]\.$"):
        ways_of(Notify(urls=("json://127.0.0.1:9/secret",)))[0].tell(events)


def test_where_apprise_is_missing_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(NotTold, match=r"need apprise, which is not installed; run: pip install apprise$"):
        ways_of(Notify(urls=("json://127.0.0.1:9/",)))[0].tell(history("oooobbb")[0])


def test_inside_a_fence_nothing_is_sent_elsewhere() -> None:
    with pytest.raises(NotTold, match=r"Inside a fence nothing is sent"):
        ways_of(Notify(urls=("json://192.0.2.1/",)))[0].tell(history("oooobbb")[0])


def sweeps(folder: Path, letters: str) -> None:
    """A folder of results that ends now, as the agent would have written it."""
    now = datetime.now(BEGIN.tzinfo).replace(microsecond=0)
    for number, letter in enumerate(letters):
        found = {"signal": blocked("tls.reset.sni") if letter == "b" else ok()}
        at = now - CADENCE * (20 - number)
        write_sweep(folder, at, found=found, vantage_state=VantageState.NORMAL)


async def after_a_sweep(settings: Notify, folder: Path, stop: asyncio.Event | None = None) -> list[str]:
    return await tell_of_changes(settings, folder, stage="internet", stop=stop or asyncio.Event())


async def test_the_hook_tells_from_the_files_and_only_once(tmp_path: Path) -> None:
    folder, kept = tmp_path / "results", tmp_path / "kept"
    settings = python("-c", KEEP, str(kept))
    sweeps(folder, "oooo")
    assert await after_a_sweep(settings, folder) == []
    now = datetime.now(BEGIN.tzinfo)
    for number in range(3):
        write_sweep(folder, now - timedelta(minutes=10 - number), found={"signal": blocked("tls.reset.sni")})
    for _ in range(2):
        assert await after_a_sweep(settings, folder) == []
    (line,) = kept.read_text().splitlines()
    assert "Signal began to be blocked" in line


async def test_the_hook_tells_in_the_language_of_the_settings(tmp_path: Path) -> None:
    folder, kept = tmp_path / "results", tmp_path / "kept"
    settings = replace(python("-c", KEEP, str(kept)), language="fa")
    sweeps(folder, "oooo")
    await after_a_sweep(settings, folder)
    now = datetime.now(BEGIN.tzinfo)
    for number in range(3):
        write_sweep(folder, now - timedelta(minutes=10 - number), found={"signal": blocked("tls.reset.sni")})
    assert await after_a_sweep(settings, folder) == []
    with speaking("fa"):
        assert day(now - timedelta(minutes=10)) in kept.read_text(encoding="utf-8")


async def test_the_hook_does_nothing_unless_it_is_set_up(tmp_path: Path) -> None:
    assert await after_a_sweep(Notify(), tmp_path / "nowhere") == []
    assert os.listdir(tmp_path) == []


async def test_a_fault_of_the_teller_is_a_sentence(tmp_path: Path) -> None:
    """A ledger in disorder, and a folder that is none: neither raises anything into the measuring."""
    sweeps(tmp_path, "oooo")
    (tmp_path / ledger.FILE_NAME).write_text("{")
    (sentence,) = await after_a_sweep(SETTINGS, tmp_path)
    assert "notices.json cannot be understood" in sentence
    (sentence,) = await after_a_sweep(SETTINGS, tmp_path / ledger.FILE_NAME)
    assert sentence.endswith("the next sweep tries again.")


async def test_whoever_stops_the_agent_stops_the_telling(tmp_path: Path) -> None:
    """At once, and the command with it, which would have gone on for minutes; it is told after the next sweep."""
    folder, pid = tmp_path / "results", tmp_path / "pid"
    script = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    sweeps(folder, "oooo")
    await after_a_sweep(python("-c", script), folder)
    now = datetime.now(BEGIN.tzinfo)
    for number in range(3):
        write_sweep(folder, now - timedelta(minutes=10 - number), found={"signal": blocked("tls.reset.sni")})
    stop = asyncio.Event()
    telling = asyncio.create_task(after_a_sweep(python("-c", script), folder, stop))
    while not (pid.exists() and pid.read_text()):  # noqa: ASYNC110 -- a file has no event
        await asyncio.sleep(0.05)
    stop.set()
    assert await telling == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    assert json.loads((folder / ledger.FILE_NAME).read_text())["channels"]["command"]["waiting"] != []


async def test_a_running_agent_tells_what_its_sweeps_settle(tmp_path: Path) -> None:
    """In the lab Signal is blocked as in 2021, and before it was not: an onset, told once it is confirmed."""
    folder, kept = tmp_path / "results", tmp_path / "kept"
    catalog, now = load_catalog(), datetime.now(BEGIN.tzinfo)
    for number in range(4):
        at = now - timedelta(hours=12 - 3 * number)
        write_sweep(folder, at, found={"signal": ok()}, stage="lab", vantage_id="v")
    config = Config(
        results=folder,
        platforms=("signal",),
        pace=PACES["fast"],
        limits=LIMITS,
        notify=python("-c", KEEP, str(kept)),
    )
    with Lab(world_2021(catalog, config.resolvers)) as lab:
        trust = {name: TrustStore(pem) for name, pem in lab.trust_pem.items()}
        setting = Setting(config=config, catalog=catalog, network=lab.network, trust=trust, stage="lab", vantage_id="v")
        keeper = Keeper(setting=setting, confirm_s=0.0, stop=asyncio.Event())
        await keeper.tell()
        await keeper.on_cadence(0)
        assert not kept.exists()  # one look
        for _ in range(3):
            await keeper.on_cadence(0)
    (line,) = kept.read_text().splitlines()
    assert line.endswith(f"Signal: blocked since {now:%Y-%m-%d}")
