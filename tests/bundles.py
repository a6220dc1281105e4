"""Bundles for the tests: as volunteers make them, and as nobody should."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.cli import main
from agent.records import Sweep
from agent.store.journal import Journal
from agent.store.scrub import Private
from agent.verdict.records import State
from probes.observation import Observation
from tests.store_rows import NOON, sweep, verdict

Members = dict[str, bytes]


def volunteer(
    folder: Path, at: datetime = NOON, /, *, rows: int = 3, platform: str = "signal", title: str = "", **changes: object
) -> Sweep:
    """One complete sweep of one platform in a results folder, whose rows add up. `changes` are of its row."""
    sweep_id = f"{at:%Y%m%dT%H%M%SZ}-{changes.get('vantage_id', 'v-000000000000')!s:.8}"
    made = sweep(
        **{
            "sweep_id": sweep_id, "started_at": at, "ended_at": at + timedelta(minutes=5), "outcome": "complete",
            "platforms": (platform,), "observations": rows, "vantage_id": "v-000000000000", "vantage_country": "IR",
            "vantage_asn": 64500, "agent_version": "0.1.0", "catalog_version": "2026-11-24c", **changes,
        }
    )  # fmt: skip
    journal = Journal(folder, Private())
    journal.append([observation(made, number, platform, title) for number in range(rows)])
    journal.append([made])
    levels = (("target", f"{platform}/chat"), ("platform", ""))
    journal.append(
        [
            verdict(
                sweep_id=sweep_id, verdict_id=f"{sweep_id}.v.{target or platform}", observed_at=at, stage=made.stage,
                level=level, platform=platform, target=target, state=State.BLOCKED, ruleset_version=2,
            )
            for level, target in levels
        ]
    )  # fmt: skip
    return made


def observation(of: Sweep, number: int, platform: str, title: str) -> Observation:
    host = f"{platform}.example"
    return Observation(
        sweep_id=of.sweep_id, observation_id=f"{of.sweep_id}.{number:05d}", platform=platform, title=title,
        observed_at=of.started_at + timedelta(seconds=number), connection_id=f"c{number:05d}", operation="resolve",
        endpoint=f"https://{host}/", hostname=host, resolver="system", transport="system", query_type="A",
        target=f"{platform}/chat", duration_ms=1.0, answers=("10.10.34.35",),
    )  # fmt: skip


def bundle(folder: Path, path: Path, *options: str) -> Path:
    """The bundle of a results folder, made as its owner would."""
    assert main(["export", "bundle", "--results", str(folder), "--output", str(path), "--yes", *options]) == 0
    return path


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_members(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def changed(path: Path, to: Path, change: Callable[[Members, dict[str, Any]], None], *, sealed: bool = True) -> Path:
    """A bundle with other members or another manifest. `sealed`: the manifest names the hashes of what is there."""
    members = members_of(path)
    manifest = json.loads(members["manifest.json"])
    change(members, manifest)
    if sealed:
        for one in manifest["files"]:
            content = members[one["name"]]
            one |= {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
            one["rows"] = content.count(b"\n") - 1
    members["manifest.json"] = json.dumps(manifest).encode()
    return write_members(to, members)
