"""What a bundle says of itself: its files with their hashes, whence and when, by which versions, how it was scrubbed.

It is the same, byte by byte, whenever the same sweeps are bundled: no hour of its own making is in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import agent
from agent.language import _
from agent.records import Sweep
from agent.store.cells import encode_moment
from agent.store.schema import SCHEMA_VERSION, TABLES

FORMAT, FORMAT_VERSION = "dideban-bundle", 1
MANIFEST, DICTIONARY = "manifest.json", "DICTIONARY.md"
NOTES = {"en": "READ-ME.en.md", "fa": "READ-ME.fa.md"}
ROWS_FILE = re.compile(rf"({'|'.join(TABLES)})-([0-9]{{4}}-(?:0[1-9]|1[0-2]))\.csv")
SCRUBBING = (
    "Text from the network has had every internet, hardware and e-mail address replaced, and the names of the computer "
    "and its user; the computer's own addresses are replaced everywhere. It was done when the rows were written and "
    "once more when the bundle was made. Rows that could not be made safe are not in it."
)


class ManifestError(ValueError):
    """A manifest is not as it must be. The message is a clause that says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsFile:
    """One file of rows in a bundle."""

    name: str
    sha256: str
    size_bytes: int
    rows: int

    @property
    def table(self) -> str:
        return self.name.partition("-")[0]

    @property
    def month(self) -> str:
        return self.name.partition("-")[2].removesuffix(".csv")


def file_of(path: Path) -> RowsFile:
    """One file on the disk as the manifest names it. No cell holds a line break, so its lines are its rows."""
    sha256, size_bytes, lines = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        while piece := file.read(2**20):
            sha256.update(piece)
            size_bytes += len(piece)
            lines += piece.count(b"\n")
    return RowsFile(name=path.name, sha256=sha256.hexdigest(), size_bytes=size_bytes, rows=lines - 1)


def manifest_of(
    sweeps: Iterable[Sweep],
    files: Iterable[RowsFile],
    *,
    ruleset_versions: Iterable[int],
    rows_withheld: int,
    left_out: Mapping[tuple[str, str], int],
    with_label: bool,
) -> dict[str, Any]:
    """The manifest of a bundle of these sweeps, as they stand in it."""
    found = list(sweeps)
    points = Counter((one.vantage_id, one.vantage_country, one.vantage_asn, one.vantage_label) for one in found)
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "schema_version": SCHEMA_VERSION,
        "stage": found[0].stage,
        "sweeps": len(found),
        "first_sweep_at": encode_moment(min(one.started_at for one in found)),
        "last_sweep_at": encode_moment(max(one.started_at for one in found)),
        "vantage_points": [
            {"vantage_id": vantage, "country": country, "asn": asn, "label": label, "sweeps": count}
            for (vantage, country, asn, label), count in sorted(points.items(), key=lambda one: str(one[0]))
        ],
        "agent_versions": sorted({one.agent_version for one in found}),
        "catalog_versions": sorted({one.catalog_version for one in found}),
        "ruleset_versions": sorted(set(ruleset_versions)),
        "files": [asdict(one) for one in files],
        "scrubbing": {
            "by": f"dideban {agent.__version__}",
            "what": SCRUBBING,
            "rows_withheld": rows_withheld,
            "label": "taken along" if with_label else "left out",
        },
        "rows_left_out": [{"file": file, "why": why, "rows": count} for (file, why), count in sorted(left_out.items())],
    }


def manifest_text(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest, indent=1, ensure_ascii=True) + "\n"


def read_manifest(text: bytes) -> tuple[str, list[RowsFile]]:
    """Stage and files of a bundle that somebody else made. Raises `ManifestError`."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise ManifestError(_("its {file} is no JSON").format(file=MANIFEST)) from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise ManifestError(_("its {file} is not that of a bundle").format(file=MANIFEST))
    for key, ours in (("format_version", FORMAT_VERSION), ("schema_version", SCHEMA_VERSION)):
        if said.get(key) != ours:
            other = _("it has {key} {theirs}, and this program reads {ours}; use the version that made it")
            raise ManifestError(other.format(key=key, theirs=ascii(said.get(key))[:20], ours=ours))
    stage, files = said.get("stage"), said.get("files")
    if not isinstance(stage, str) or not isinstance(files, list) or not files:
        raise ManifestError(_("its {file} names no stage, or no files").format(file=MANIFEST))
    found = [_file(one) for one in files]
    if len({one.name for one in found}) < len(found):
        raise ManifestError(_("its {file} names a file twice").format(file=MANIFEST))
    return stage, found


def _file(said: Any) -> RowsFile:
    if isinstance(said, dict) and said.keys() == {"name", "sha256", "size_bytes", "rows"}:
        name, sha256, size_bytes, rows = said["name"], said["sha256"], said["size_bytes"], said["rows"]
        texts = isinstance(name, str) and ROWS_FILE.fullmatch(name) and isinstance(sha256, str)
        if texts and all(type(one) is int and one >= 0 for one in (size_bytes, rows)):
            return RowsFile(name=name, sha256=sha256, size_bytes=size_bytes, rows=rows)
    raise ManifestError(_("its {file} has an entry of files that is none").format(file=MANIFEST))
