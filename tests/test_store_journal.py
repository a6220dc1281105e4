"""Rows reach the disk whole, in order, chained; and nothing that happens to the process or the disk loses one."""

from __future__ import annotations

import os
import random
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.store.journal import AppendResult, Journal, StoreError
from agent.store.read import rows, verify
from agent.store.schema import Record, header
from agent.store.scrub import Private, spellings
from tests.store_rows import NOON, observation, sweep, verdict

OBSERVATIONS = "observations-2026-11.csv"
#: Where programs of ours are started, so that they find the packages.
CHECKOUT = Path(__file__).parents[1]


def journal(folder: Path) -> Journal:
    return Journal(folder, Private())


def everything(folder: Path) -> list[Record]:
    """All rows of all tables, and nothing wrong with any."""
    assert verify(folder) == []
    return [row for table in ("sweeps", "observations", "verdicts") for row in rows(folder, table)]


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    """Each record to its table, each moment to its month, in the order of writing, over several processes' lives."""
    january = NOON.replace(month=1)
    assert journal(tmp_path).append([observation(1), sweep(), observation(2)]) == AppendResult(written=3, withheld=0)
    journal(tmp_path).append([verdict(), observation(3, observed_at=january)])
    assert journal(tmp_path).append([]) == AppendResult(written=0, withheld=0)
    assert everything(tmp_path) == [
        sweep(),
        observation(3, observed_at=january),
        observation(1),
        observation(2),
        verdict(),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "observations-2026-01.csv",
        OBSERVATIONS,
        "sweeps-2026-11.csv",
        "verdicts-2026-11.csv",
    ]
    assert (tmp_path / OBSERVATIONS).read_text().splitlines()[0] == ",".join(header("observations"))


def test_the_month_is_that_of_utc(tmp_path: Path) -> None:
    """Whatever the time zone of the moment."""
    tehran = NOON.replace(day=30, hour=22).astimezone().replace(microsecond=0)
    journal(tmp_path).append([sweep(started_at=tehran)])
    assert (tmp_path / "sweeps-2026-11.csv").exists()


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    """A folder that we make is the owner's alone, and so are the files; one that was there keeps its permissions."""
    ours, theirs = tmp_path / "deep" / "ours", tmp_path / "theirs"
    theirs.mkdir(mode=0o755)
    for folder in (ours, theirs):
        journal(folder).append([observation()])
        assert stat.S_IMODE((folder / OBSERVATIONS).stat().st_mode) == 0o600
    assert stat.S_IMODE(ours.stat().st_mode) == 0o700
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o755


def test_private_rows_are_withheld_and_counted(tmp_path: Path) -> None:
    """The row that cannot be made safe is not written; the one that can is, without what was private."""
    writer = Journal(tmp_path, Private(strings=spellings("192.0.2.77"), words=frozenset({"maryam"})))
    batch = [observation(1, endpoint="tcp://192.0.2.77:1"), observation(2, title="maryam at 192.0.2.77")]
    assert writer.append(batch) == AppendResult(written=1, withheld=1)
    assert "192.0.2.77" not in (tmp_path / OBSERVATIONS).read_text()
    assert everything(tmp_path) == [observation(2, title="[private] at [private]")]


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    """Nothing is written into a file that has lost its name."""
    writer = journal(tmp_path)
    writer.append([observation(1)])
    (tmp_path / OBSERVATIONS).rename(tmp_path / "kept.csv")
    writer.append([observation(2)])
    assert everything(tmp_path) == [observation(2)]


def test_a_foreign_header_stops_the_start_and_is_not_touched(tmp_path: Path) -> None:
    """One sentence: the file, and what to do."""
    foreign = "time,site,result\n1,2,3"
    (tmp_path / OBSERVATIONS).write_text(foreign)
    with pytest.raises(StoreError, match=rf"{OBSERVATIONS} line 1 is not the header .* move it out"):
        journal(tmp_path)
    assert (tmp_path / OBSERVATIONS).read_text() == foreign
    assert len(list(tmp_path.iterdir())) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.integers(min_value=1, max_value=1500), st.sampled_from([b"", b"\0" * 700, b"\xff\xfe", b'"\n', b"a,b\n", b"\r"])
)
def test_wherever_a_file_is_cut_only_the_torn_row_is_lost(
    tmp_path_factory: pytest.TempPathFactory, cut_bytes: int, rubbish: bytes
) -> None:
    """Any cut, and what a power cut leaves behind it: whole rows stay, the rest is beside, writing goes on."""
    folder = tmp_path_factory.mktemp("cut")
    before = [observation(number) for number in range(5)]
    journal(folder).append(before)
    path = folder / OBSERVATIONS
    whole = path.read_bytes()
    left = whole[: max(0, len(whole) - cut_bytes)]
    path.write_bytes(left + rubbish)
    writer = journal(folder)
    complete = max(0, left.count(b"\n") - 1)
    if left.endswith(b"\n") or left + rubbish == whole[: len(left + rubbish)]:
        assert everything(folder) == before[:complete]
    writer.append([observation(9)])
    assert everything(folder)[-1] == observation(9)
    assert everything(folder)[:complete] == before[:complete]
    side = folder / f"{OBSERVATIONS}.torn"
    assert (side.read_bytes() if side.exists() else b"") in left + rubbish
    assert bool(writer.repairs) == side.exists()


def test_a_repair_is_told(tmp_path: Path) -> None:
    """The file, how much, and where it went; no repair, no sentence."""
    writer = journal(tmp_path)
    writer.append([observation(1)])
    assert writer.repairs == ()
    with (tmp_path / OBSERVATIONS).open("a") as file:
        file.write("1,2026")
    (repair,) = journal(tmp_path).repairs
    assert repair.startswith(f"{tmp_path / OBSERVATIONS} ended in 6 bytes that are not a whole row")
    assert (tmp_path / f"{OBSERVATIONS}.torn").read_text() == "1,2026"


def test_a_last_row_that_does_not_chain_is_moved_aside(tmp_path: Path) -> None:
    """It is kept, in the side file, and the next row chains to the one before."""
    journal(tmp_path).append([observation(1), observation(2, title="true")])
    path = tmp_path / OBSERVATIONS
    path.write_text(path.read_text().replace(",true,", ",fals,"))
    writer = journal(tmp_path)
    writer.append([observation(3)])
    assert everything(tmp_path) == [observation(1), observation(3)]
    assert "fals" in (tmp_path / f"{OBSERVATIONS}.torn").read_text()


def test_rows_of_another_version_are_no_crash(tmp_path: Path) -> None:
    """Whole rows under a known header: a month must not be taken for a torn line, and moved away."""
    journal(tmp_path).append([observation(1), observation(2)])
    path = tmp_path / OBSERVATIONS
    newer = path.read_text(encoding="utf-8").replace("\n1,", "\n2,")
    path.write_text(newer, encoding="utf-8")
    with pytest.raises(StoreError, match=rf"{OBSERVATIONS} cannot be continued: the row has schema version '2'"):
        journal(tmp_path)
    assert path.read_text(encoding="utf-8") == newer
    assert [each.name for each in tmp_path.iterdir()] == [OBSERVATIONS]


def test_a_file_that_another_program_saved_is_not_touched(tmp_path: Path) -> None:
    """A spreadsheet that changes every number is no crash: nothing is cut, and the sentence says what to do."""
    journal(tmp_path).append([observation(number) for number in range(5)])
    path = tmp_path / OBSERVATIONS
    saved = path.read_text().replace("12.500", "12.5")
    path.write_text(saved)
    with pytest.raises(StoreError, match="was changed by another program"):
        journal(tmp_path)
    assert path.read_text() == saved


def test_the_end_is_found_behind_very_long_rows(tmp_path: Path) -> None:
    """Rows longer than what is looked at first, and cells longer than the csv module's own limit."""
    long = [observation(number, title="x" * 200_000) for number in range(3)]
    for row in long:
        journal(tmp_path).append([row])
    assert everything(tmp_path) == long


def test_verdicts_are_replaced_in_one_step(tmp_path: Path) -> None:
    """The months given are new, the others as they were; later rows chain to the new ones."""
    january = verdict(observed_at=NOON.replace(month=1))
    writer = journal(tmp_path)
    writer.append([verdict(), january])
    newer = verdict(ruleset_version=2)
    assert writer.rewrite_verdicts({"2026-11": [newer, newer]}) == AppendResult(written=2, withheld=0)
    writer.append([verdict()])
    assert everything(tmp_path) == [january, newer, newer, verdict()]
    assert not list(tmp_path.glob("*.new"))


def test_a_verdict_of_another_month_is_refused_and_nothing_is_replaced(tmp_path: Path) -> None:
    """It is a fault of the program."""
    writer = journal(tmp_path)
    writer.append([verdict()])
    with pytest.raises(ValueError, match="another month"):
        writer.rewrite_verdicts({"2026-11": [], "2026-10": [verdict()]})
    assert everything(tmp_path) == [verdict()]
    assert not list(tmp_path.glob("*.new"))


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """/dev/full says that there is no space, as a full disk does, to root too."""
    (tmp_path / OBSERVATIONS).symlink_to("/dev/full")
    with pytest.raises(
        StoreError, match=r"observations-2026-11\.csv cannot be used .* the disk is full; free some space"
    ):
        journal(tmp_path).append([observation()])


def test_a_batch_that_does_not_fit_is_taken_back_whole(tmp_path: Path) -> None:
    """The kernel takes a part of a batch and no more; what stood before stays, and the batch can be tried again."""
    writer = journal(tmp_path)
    first: list[Record] = [sweep(), observation(0)]
    batch: list[Record] = [sweep(outcome="complete"), *(observation(number) for number in range(1, 200))]
    writer.append(first)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # Python ignores SIGXFSZ, so a write past it is an error
    try:
        with pytest.raises(StoreError, match=r"observations-2026-11\.csv cannot be used .* may not grow"):
            writer.append(batch)
        assert everything(tmp_path) == first
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.append(batch)
    assert writer.repairs == ()
    assert len(everything(tmp_path)) == 202


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    """And what to do about it."""
    (tmp_path / "results").write_text("")
    for folder in (tmp_path / "results", tmp_path / "results" / "deeper"):
        with pytest.raises(StoreError, match="there is a file where a folder should be; choose another"):
            journal(folder)


UNWRITABLE = """
import os, sys
from pathlib import Path
from agent.store.journal import Journal, StoreError
from agent.store.scrub import Private
from tests.store_rows import observation
folder = Path(sys.argv[1])
journal = Journal(folder, Private())
if os.geteuid() == 0:
    os.setuid(65534)  # nobody: root could write everywhere
else:
    folder.chmod(0o500)
try:
    journal.append([observation()])
except StoreError as error:
    print(error)
"""


def test_a_folder_without_permission_is_one_sentence(tmp_path: Path) -> None:
    """For root the child becomes nobody first."""
    child = subprocess.run(
        [sys.executable, "-c", UNWRITABLE, str(tmp_path)], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    tmp_path.chmod(0o700)
    assert child.stdout == (
        f"{tmp_path / OBSERVATIONS} cannot be used (Permission denied): this user may not use it; correct its "
        "permissions or choose another results folder.\n"
    )


APPEND_FOR_EVER = """
import sys
from pathlib import Path
from agent.store.journal import Journal
from agent.store.scrub import Private
from tests.store_rows import observation
journal = Journal(Path(sys.argv[1]), Private())
number = int(sys.argv[2])
while True:
    journal.append([observation(number + row, title="x" * 2000) for row in range(40)])
    number += 40
    print(number, flush=True)
"""


def killed_writer(folder: Path, first: int, after_s: float) -> int:
    """Starts a writer, kills it `after_s` after its first batch, and returns how many rows it said it had written."""
    child = subprocess.Popen(
        [sys.executable, "-c", APPEND_FOR_EVER, str(folder), str(first)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    )
    assert child.stdout is not None
    said = [child.stdout.readline()]
    time.sleep(after_s)
    os.kill(child.pid, signal.SIGKILL)
    said += child.stdout.read().splitlines()
    assert child.wait() == -signal.SIGKILL
    return int(said[-1])


def test_a_killed_writer_loses_nothing_that_it_reported(tmp_path: Path) -> None:
    """SIGKILL at twenty random moments: every row reported is there once and in order, none is torn, all chain."""
    chance = random.Random(20261124)  # noqa: S311 (moments, not secrets)
    stands = 0
    for _ in range(20):
        reported = killed_writer(tmp_path, stands, chance.uniform(0, 0.03))
        journal(tmp_path)
        numbers = [int(row.observation_id.rpartition("-")[2]) for row in rows(tmp_path, "observations")]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= reported
        stands = len(numbers)
    assert verify(tmp_path) == []
