"""Takes bundles in, each checked by its manifest, whole or not at all, and writes the folder anew from all rows."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from agent.exports.gathering import Counts, Gathering
from agent.exports.manifest import MANIFEST, ManifestError, RowsFile, read_manifest
from agent.exports.unpack import Bundle, BundleError, opened
from agent.language import _
from agent.records import Sweep
from agent.report.counting import counting
from agent.store.disk import replace_file
from agent.store.journal import Journal
from agent.store.lines import check_version, header_line, month_of, months_on_disk, parse_line
from agent.store.read import rows
from agent.store.schema import TABLES, Record, decode_row, moment_of
from agent.store.scrub import Private, scrub
from agent.verdict.records import Verdict

#: Sweeps of one bundle: one a minute for two years. Their ids are held in memory.
SWEEPS_MAX = 1_000_000
#: Vantage points that are named of one bundle.
POINTS_NAMED = 100
#: Rows that are written together.
ROWS_TOGETHER = 8000
#: Whose rows a new folder takes when bundles of several stages are given at once, whatever their order.
STAGES = ("internet", "import", "lab")
DRAFTS = ".merging"
#: What was sent was scrubbed by its sender, and nothing in it is of this computer; text is looked through all the same.
NOTHING_OF_OURS = Private()


@dataclass(kw_only=True)
class Source:
    """What came of one bundle."""

    path: Path
    sha256: str
    counts: Counts = field(default_factory=Counts)
    #: Sweeps by vantage point.
    points: Counter[str] = field(default_factory=Counter)
    withheld: int = 0

    def told(self) -> dict[str, Any]:
        """As it stands in sources.json."""
        return {
            "sha256": self.sha256,
            "name": self.path.name,
            "rows": {table: self.counts.rows[table] for table in TABLES},
            "duplicates": self.counts.duplicates,
            "conflicts": self.counts.conflicts,
            "unjoined": self.counts.unjoined,
            "withheld": self.withheld,
            "sweeps_by_vantage_point": dict(self.points.most_common(POINTS_NAMED)),
        }


def sha256_of(path: Path) -> str:
    """The hash of a bundle. Raises `BundleError` when it cannot be read."""
    if not path.is_file():  # a device or a pipe may never end
        raise BundleError(_("it is no regular file") if path.exists() else _("there is no such file"))
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BundleError(_("it cannot be read ({reason})").format(reason=reason)) from error


def stage_of(path: Path) -> str:
    """The stage that a bundle's manifest names. Raises `BundleError`."""
    with opened(path) as bundle:
        stage, _files = _manifest(bundle)
    if stage not in STAGES:
        raise BundleError(_("it holds rows of stage {stage}, which there is none").format(stage=ascii(stage)[:40]))
    return stage


def take_in(source: Source, gathering: Gathering, *, stage: str) -> None:
    """All rows of a bundle. Raises `BundleError`, and then none was taken."""
    with opened(source.path) as bundle, gathering.whole_or_not():
        _stage, files = _manifest(bundle)
        bundle.check_files(files)
        for file in files:
            _check_hash(bundle, file)
        sweeps: set[str] = set()
        for file in sorted(files, key=lambda one: (list(TABLES).index(one.table), one.name)):
            for record in counting(_records(bundle, file, stage), f"{source.path.name} {file.table}"):
                _take(record, source, gathering, sweeps)


def take_folder(folder: Path, gathering: Gathering) -> None:
    """The rows that were merged before. Raises `StoreError` for one that cannot be read."""
    with gathering.whole_or_not():
        for table in ("sweeps", "observations", "verdicts"):
            for record in counting(rows(folder, table), table):
                gathering.add(record, Counts())


def write_folder(folder: Path, gathering: Gathering) -> None:
    """Write the three files of each month anew, then put them in the place of the old ones. Raises `StoreError`.

    A crash in the middle leaves whole files, some old and some new; the next merge writes them all.
    """
    drafts = folder / DRAFTS
    shutil.rmtree(drafts, ignore_errors=True)  # of one that was killed
    journal = Journal(drafts, NOTHING_OF_OURS)
    try:
        for table in TABLES:
            for month in gathering.months(table):
                waiting = iter(gathering.records(table, month))
                while batch := list(islice(waiting, ROWS_TOGETHER)):
                    journal.append(batch)
        for table in TABLES:
            for _month, path in list(months_on_disk(drafts, table)):
                replace_file(path, folder / path.name)
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


def _manifest(bundle: Bundle) -> tuple[str, list[RowsFile]]:
    try:
        return read_manifest(bundle.text(MANIFEST))
    except ManifestError as error:
        raise BundleError(str(error)) from error


def _check_hash(bundle: Bundle, file: RowsFile) -> None:
    sha256, size_bytes, lines = hashlib.sha256(), 0, 0
    for line in bundle.lines(file.name):
        sha256.update(line)
        size_bytes += len(line)
        lines += 1
    if (sha256.hexdigest(), size_bytes, lines - 1) != (file.sha256, file.size_bytes, file.rows):
        raise BundleError(
            _("{file} is not what its manifest says: it was damaged on the way, or changed").format(file=file.name)
        )


def _records(bundle: Bundle, file: RowsFile, stage: str) -> Iterator[Record]:
    """The rows of one file. Raises `BundleError` for one that is none, of another month or of another stage."""
    for number, line in enumerate(bundle.lines(file.name), start=1):
        if number == 1:
            if line != header_line(file.table):
                raise BundleError(_("{file} has not the columns of this version").format(file=file.name))
            continue
        try:
            cells = parse_line(line, file.table)
            check_version(cells)
            record = decode_row(file.table, cells)
        except (ValueError, OverflowError) as error:
            said = _("{file} line {number}: {error}")
            raise BundleError(said.format(file=file.name, number=number, error=error)) from error
        wrong_stage = isinstance(record, Sweep | Verdict) and record.stage != stage
        if wrong_stage or month_of(moment_of(record)) != file.month:
            said = _("{file} line {number} is of another month or stage than the file")
            raise BundleError(said.format(file=file.name, number=number))
        yield record


def _take(record: Record, source: Source, gathering: Gathering, sweeps: set[str]) -> None:
    clean = scrub(record, NOTHING_OF_OURS)
    if clean is None:
        source.withheld += 1
        return
    if isinstance(clean, Sweep):
        sweeps.add(clean.sweep_id)
        if len(sweeps) > SWEEPS_MAX:
            raise BundleError(_("it has more than {bound} sweeps").format(bound=SWEEPS_MAX))
        source.points[clean.vantage_id] += 1
    elif clean.sweep_id not in sweeps:
        source.counts.unjoined += 1
        return
    gathering.add(clean, source.counts)
