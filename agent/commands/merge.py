"""`dideban merge`: the bundles of several volunteers in one folder, which the other commands read like any other."""

from __future__ import annotations

import argparse
import shlex
import sqlite3
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from agent.calendars import digits
from agent.commands import program
from agent.commands.stages import check_for_merging
from agent.exits import BAD_INPUT, DONE
from agent.exports.gathering import Gathering
from agent.exports.merging import STAGES, Source, sha256_of, stage_of, take_folder, take_in, write_folder
from agent.exports.sources import Sources, read_sources, write_sources
from agent.exports.unpack import BundleError
from agent.language import _
from agent.report.direction import say
from agent.report.merged_words import show_conflicts, show_points, show_source
from agent.report.visible import visible
from agent.report.words import STAGES as WORDS_OF_STAGE
from agent.store import StoreError
from agent.store.disk import sentences
from agent.store.lock import ResultsLock
from agent.store.read import rows

OPTIONS = {"internet": "", "import": " --imported", "lab": " --lab"}


def run(options: argparse.Namespace) -> int:
    folder: Path = options.results
    check_for_merging(folder)
    try:
        return merge(options.bundles, folder)
    except sqlite3.Error as error:
        full = _("The rows could not be gathered ({reason}); free some space beside {folder} and merge again.")
        raise StoreError(full.format(reason=error, folder=folder)) from error


def merge(paths: Iterable[Path], folder: Path) -> int:
    """Takes in what can be taken, says what came of each, and gives the exit code."""
    with ExitStack() as held:
        if folder.exists():
            held.enter_context(ResultsLock(folder, doing="dideban merge"))
        known = read_sources(folder)
        offered, refused = _offered(paths, known)
        if not offered:
            _show_folder(folder, known.stage)
            return BAD_INPUT if refused else DONE
        stage = known.stage or next(one for one in STAGES if any(other == one for other, _source in offered))
        beside = _standing(folder)
        with sentences(beside):
            drafts = held.enter_context(tempfile.TemporaryDirectory(prefix=".dideban-merge-", dir=beside))
        gathering = Gathering(Path(drafts) / "rows.db")
        held.callback(gathering.close)
        take_folder(folder, gathering)
        taken = [source for of_stage, source in offered if _was_taken(source, gathering, of_stage, stage)]
        if taken:
            if not folder.exists():
                held.enter_context(ResultsLock(folder, doing="dideban merge"))
            write_folder(folder, gathering)
            now = {**known.bundles, **{one.sha256: one.told() for one in taken}}
            write_sources(folder, Sources(stage=stage, bundles=now))
        if conflicts := sum(one.counts.conflicts for one in taken):
            show_conflicts(gathering.conflicts, conflicts)
        _show_folder(folder, stage if taken else known.stage)
        return BAD_INPUT if refused or len(taken) < len(offered) else DONE


def _offered(paths: Iterable[Path], known: Sources) -> tuple[list[tuple[str, Source]], int]:
    """Stage and source of each bundle that is new, in the order of their hashes; and how many were refused."""
    found: dict[str, tuple[str, Source]] = {}
    refused = 0
    for path in paths:
        try:
            sha256 = sha256_of(path)
            if sha256 in known.bundles or sha256 in found:
                say(visible(_("{path}: it is in already.").format(path=path)))
                continue
            found[sha256] = stage_of(path), Source(path=path, sha256=sha256)
        except BundleError as error:
            _refuse(path, error)
            refused += 1
    return [found[sha256] for sha256 in sorted(found)], refused


def _was_taken(source: Source, gathering: Gathering, of_stage: str, stage: str) -> bool:
    try:
        if of_stage != stage:
            said = _("it holds rows of stage {theirs}, and this folder is for those of {ours}")
            raise BundleError(said.format(theirs=_(WORDS_OF_STAGE[of_stage]), ours=_(WORDS_OF_STAGE[stage])))
        take_in(source, gathering, stage=stage)
    except BundleError as error:
        _refuse(source.path, error)
        return False
    show_source(source)
    return True


def _refuse(path: Path, error: BundleError) -> None:
    sys.stdout.flush()
    say(visible(_("dideban: {path} was not taken in: {reason}.").format(path=path, reason=error)), file=sys.stderr)


def _show_folder(folder: Path, stage: str) -> None:
    if not stage:
        return
    show_points(rows(folder, "sweeps"))
    bundles = len(read_sources(folder).bundles)
    say(visible(_("Bundles in {folder}: {count}. To look at it:").format(folder=folder, count=digits(bundles))))
    print(f"  {program()} review{OPTIONS[stage]} --results {shlex.quote(str(folder))}")


def _standing(folder: Path) -> Path:
    """The folder, or the nearest one above it that there is."""
    return next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
