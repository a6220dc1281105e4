"""Makes a bundle: the rows of whole sweeps, scrubbed once more, and what their reader needs to know, in one zip file.

The rows are drafted first, so that whoever is to send them can be shown what goes. The zip is the same byte by byte
whenever the same sweeps are bundled: its members have no hour.
"""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from agent.exports.manifest import DICTIONARY, MANIFEST, NOTES, RowsFile, file_of, manifest_of, manifest_text
from agent.exports.selection import Selection
from agent.records import Sweep
from agent.report.counting import counting
from agent.store.dictionary import render
from agent.store.disk import FILE_MODE
from agent.store.journal import Journal
from agent.store.lines import months_on_disk
from agent.store.schema import TABLES, Record
from agent.store.scrub import PRIVATE_MARK, Private, scrub, scrub_text
from agent.verdict.records import Verdict
from probes.observation import Observation

#: Rows that are written together: each group waits for the disk once.
ROWS_TOGETHER = 8000
#: The first moment that a zip file can hold.
NO_HOUR = (1980, 1, 1, 0, 0, 0)
UNIX = 3


@dataclass(kw_only=True)
class Draft:
    """The rows of a bundle on the disk, and what is to be told of them."""

    folder: Path
    sweeps: list[Sweep] = field(default_factory=list)
    files: list[RowsFile] = field(default_factory=list)
    manifest: dict[str, Any] = field(default_factory=dict)
    #: A row of each table, as an example: of observations the first that quotes something from the network.
    samples: dict[str, Record] = field(default_factory=dict)
    #: Rows that scrubbing could not make safe, by their sweep.
    withheld: Counter[str] = field(default_factory=Counter)
    rulesets: set[int] = field(default_factory=set)
    #: Names from the sender's config.toml that stand in the rows: of resolvers, and of helpers.
    names: set[str] = field(default_factory=set)


def drafted(selection: Selection, private: Private, folder: Path, *, with_label: bool) -> Draft:
    """Write the chosen rows into an empty folder, scrubbed and chained anew. Raises `StoreError`.

    A sweep's row says how many of its observations stand in the bundle, and how many were ever withheld.
    """
    draft = Draft(folder=folder)
    journal = Journal(folder, Private())  # they are scrubbed here, where it is counted by sweep
    for table in ("observations", "verdicts"):
        _append(journal, _clean(selection.records(table), table, private, draft))
    labelled = (_of_bundle(sweep, draft, private, with_label) for sweep in selection.sweeps.values())
    _append(journal, _clean(labelled, "sweeps", private, draft))
    draft.files = [file_of(path) for table in TABLES for _, path in months_on_disk(folder, table)]
    if draft.sweeps:
        draft.manifest = manifest_of(
            draft.sweeps,
            draft.files,
            ruleset_versions=draft.rulesets,
            rows_withheld=draft.withheld.total(),
            left_out=selection.left_out,
            with_label=with_label,
        )
    return draft


def _clean(rows: Iterable[Record], table: str, private: Private, draft: Draft) -> Iterator[Record]:
    for row in counting(rows, table):
        clean = scrub(_unnamed(row, private) if isinstance(row, Observation) else row, private)
        if clean is None:
            draft.withheld[row.sweep_id] += 1
            continue
        _note(clean, table, draft)
        yield clean


def _unnamed(row: Observation, private: Private) -> Observation:
    """The row without a resolver's or a helper's name, of the sender's own making, that holds the sender's name."""
    resolver, observer = _told(row.resolver, private), _told(row.observer, private)
    if (resolver, observer) == (row.resolver, row.observer):
        return row
    return replace(row, resolver=resolver, observer=observer)


@lru_cache(maxsize=1024)
def _told(name: str, private: Private) -> str:
    return PRIVATE_MARK if any(word.casefold() in name.casefold() for word in private.words) else name


def _note(row: Record, table: str, draft: Draft) -> None:
    """What is told of the rows as a whole."""
    sample = draft.samples.setdefault(table, row)
    match row:
        case Observation():
            if row.title and isinstance(sample, Observation) and not sample.title:
                draft.samples[table] = row
            draft.names.update(name for name in (row.resolver, row.observer) if name not in ("", "system", "none"))
        case Verdict():
            draft.rulesets.add(row.ruleset_version)
        case Sweep():
            draft.sweeps.append(row)


def _of_bundle(sweep: Sweep, draft: Draft, private: Private, with_label: bool) -> Sweep:
    """A sweep's row as it stands in the bundle."""
    # Only what was withheld here is taken off: a row that is missing for another reason must go on missing.
    withheld = draft.withheld[sweep.sweep_id]
    return replace(
        sweep,
        vantage_label=scrub_text(sweep.vantage_label, private) if with_label else "",
        observations=sweep.observations - withheld,
        rows_withheld=sweep.rows_withheld + withheld,
    )


def _append(journal: Journal, rows: Iterator[Record]) -> None:
    while batch := list(islice(rows, ROWS_TOGETHER)):
        journal.append(batch)


def write_zip(draft: Draft, file: BinaryIO) -> None:
    """The bundle of a draft."""
    texts = {MANIFEST: manifest_text(draft.manifest), DICTIONARY: render(), **{NOTES[one]: note(one) for one in NOTES}}
    with zipfile.ZipFile(file, "w") as made:
        for name, text in sorted(texts.items()):
            made.writestr(_member(name), text.encode(), compresslevel=9)
        for one in draft.files:
            with (draft.folder / one.name).open("rb") as rows, made.open(_member(one.name), "w") as member:
                shutil.copyfileobj(rows, cast(Any, member), 2**20)


def note(language: str) -> str:
    """What a bundle is, for whoever finds one, in plain words."""
    return resources.files("agent").joinpath("texts", f"bundle.{language}.md").read_text(encoding="utf-8")


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, NO_HOUR)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = UNIX
    member.external_attr = (stat.S_IFREG | FILE_MODE) << 16
    return member
