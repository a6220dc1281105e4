"""Files and disks that went bad, as each command meets them: one clear sentence, an exit code, and nothing lost."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from agent import cli, exits
from agent.store.read import rows
from tests.dideban_process import PATIENCE_S, command, dideban, environment, sentence_of
from tests.namespace import alone, needs_namespaces
from tests.result_files import blocked, ok, write_sweep
from tests.store_rows import NOON

#: The commands that read results.
READERS = (["review"], ["review", "sweep", "--csv"], ["compare"], ["status"], ["classify"], ["verify"])
#: Those of them that leave out what they cannot read, and say so.
FORGIVING = ("review", "compare")
TORN = b"1,20261124T1200"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A results folder with one sweep."""
    write_sweep(tmp_path, NOON, {"signal": blocked("tcp.timeout"), "yahoo": ok()}, vantage_country="IR")
    return tmp_path


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_a_foreign_header_is_named_and_the_file_left_alone(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A CSV file that a spreadsheet saved, or that another program put there."""
    path = folder / "sweeps-2026-12.csv"
    path.write_text("name;value\n1;2\n")
    before = contents(folder)
    assert cli.main([*words, "--results", str(folder)]) == exits.BAD_INPUT
    told = capsys.readouterr()
    sentence = f"{path} line 1 is not the header of this version's sweeps: the file comes from another version"
    assert sentence in told.out + told.err
    assert (told.out + told.err).count("\n") == 1
    assert contents(folder) == before


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_a_row_that_is_no_row_is_named_by_file_and_line(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the middle of a file it is no crash: somebody edited it. Who only shows results shows the rest."""
    for table in ("sweeps", "verdicts", "observations"):
        path = folder / f"{table}-2026-11.csv"
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        path.write_bytes(b"".join([*lines[:1], b"1,2,3\n", *lines[1:]]) if lines else b"")
    before = contents(folder)
    code = cli.main([*words, "--results", str(folder)])
    told = capsys.readouterr()
    if words[0] in FORGIVING:
        assert code == exits.DONE
        assert "1 row of sweeps-2026-11.csv:2 is left out: the line is not a whole row" in " ".join(
            (told.out + told.err).split()
        )
    else:
        assert code == exits.BAD_INPUT
        assert "-2026-11.csv line " in told.out + told.err
    after = contents(folder)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("words", [["review", "--json"], ["compare"], ["status"]], ids=" ".join)
def test_a_torn_last_line_hides_no_row(words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that only read leave it where it is and show the rows before it."""
    path = folder / "verdicts-2026-11.csv"
    path.write_bytes(path.read_bytes() + TORN)
    assert cli.main([*words, "--results", str(folder)]) == exits.DONE
    assert "signal" in capsys.readouterr().out
    assert path.read_bytes().endswith(TORN)


def test_verify_names_a_torn_line_and_classify_repairs_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was cut off is moved to a file beside it, which is said."""
    path = folder / "sweeps-2026-11.csv"
    path.write_bytes(path.read_bytes() + TORN)
    assert cli.main(["verify", "--results", str(folder)]) == exits.BAD_INPUT
    assert capsys.readouterr().out == f"{path} line 3 has no line end and was left out.\n"
    assert cli.main(["classify", "--results", str(folder)]) == exits.DONE
    assert f"{path} ended in {len(TORN)} bytes that are not a whole row; they were moved to" in capsys.readouterr().out
    assert path.with_name(f"{path.name}.torn").read_bytes() == TORN
    assert cli.main(["verify", "--results", str(folder)]) == exits.DONE


def test_verify_finds_an_edit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One letter of one row: named by file and line, exit code 2."""
    path = folder / "verdicts-2026-11.csv"
    text = path.read_text(encoding="utf-8")
    assert cli.main(["verify", "--results", str(folder)]) == exits.DONE
    assert capsys.readouterr().out == (
        f"2 files in {folder}: each row follows from the one before it, and each sweep's row has all its observations "
        f"and a verdict on each of its platforms.\n"
    )
    path.write_text(text.replace("tcp.timeout", "tcp.refused", 1), encoding="utf-8")
    assert cli.main(["verify", "--results", str(folder)]) == exits.BAD_INPUT
    assert capsys.readouterr().out == (
        f"{path} line 2: this row was changed, or rows before it were changed, removed or added.\n"
    )


@pytest.mark.parametrize("name", ["compare", "classify", "verify", "review"])
def test_no_results_at_all_is_one_sentence(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder must not pass for one in which every row stands; and none is made where there is none."""
    for folder in (tmp_path, tmp_path / "none"):
        assert cli.main([name, "--results", str(folder)]) == exits.BAD_INPUT
        told = capsys.readouterr()
        assert told.out == ""
        assert (
            told.err == f"dideban: {folder} holds no results; name another folder with --results, or measure first.\n"
        )
    assert list(tmp_path.iterdir()) == []


def contents(folder: Path) -> dict[str, bytes]:
    """What stands in a folder, but for the lock and what the agent says of itself."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith("agent.")}


#: In a network of its own, where loopback has to be raised, and in mounts of its own: a small disk at ./results.
DISK = """
ip link set lo up && mkdir -p results && mount -t tmpfs -o "$OPTIONS" none results || exit 99
exec sh -c "$SCRIPT" sh "$@"
"""


def on_a_disk(script: str, *, options: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `script`, in which "$@" is `dideban`, with a disk of its own at ./results."""
    return subprocess.run(
        [*alone(), "sh", "-c", DISK, "sh", *command()],
        cwd=cwd, env=environment(OPTIONS=options, SCRIPT=script), capture_output=True, encoding="utf-8",
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip


@needs_namespaces
def test_a_full_disk_ends_the_sweep_with_a_sentence_and_keeps_what_was_written(tmp_path: Path) -> None:
    """It fills in mid-sweep. Every row on it is whole; with more room the next sweep goes on behind them."""
    script = """
    head -c $((15 * 1024 * 1024)) /dev/zero >results/ballast && sync || exit 98
    "$@" demo --world open --results results/lab >first.out 2>first.err; echo "first $?"
    "$@" verify --results results/lab >verify.out 2>&1; echo "verify $?"
    cat results/lab/observations-*.csv | wc -l
    rm results/ballast
    "$@" demo --world open --results results/lab >second.out 2>second.err; echo "second $?"
    "$@" verify --results results/lab >>verify.out 2>&1; echo "verify $?"
    cp -r results/lab kept
    """
    ran = on_a_disk(script, options="size=15520k", cwd=tmp_path)
    first, verified, lines, second, again = ran.stdout.splitlines()
    assert (first, second) == ("first 2", "second 0")
    complaint = (tmp_path / "first.err").read_text(encoding="utf-8")
    assert complaint.startswith("dideban: results/lab/")
    assert complaint.endswith(": the disk is full; free some space and start again.\n")
    assert complaint.count("\n") == 1
    assert (verified, again) == ("verify 0", "verify 0"), (tmp_path / "verify.out").read_text()
    assert int(lines) > 1
    (sweep,) = rows(tmp_path / "kept", "sweeps")  # the first had no room for its own
    kept = [row for row in rows(tmp_path / "kept", "observations") if row.sweep_id != sweep.sweep_id]
    assert len(kept) == int(lines) - 1


@needs_namespaces
def test_a_folder_on_a_disk_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    refused = on_a_disk('exec "$@" demo --results results/lab', options="ro", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert sentence_of(refused).startswith("results/lab cannot be used (Read-only file system): the disk is read-only")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits that keep an owner from writing.")
def test_a_folder_that_this_user_may_not_write_is_refused(tmp_path: Path) -> None:
    """Consent cannot be kept there either."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    within = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    for words, answer in ((["demo"], ""), (["consent"], "yes\n")):
        refused = dideban(*words, "--results", closed / "results", cwd=tmp_path, within=within, answer=answer)
        assert refused.returncode == 2
        assert sentence_of(refused).endswith(
            "(Permission denied): this user may not use it; correct its permissions or choose another results folder."
        )
    assert list(closed.iterdir()) == []
