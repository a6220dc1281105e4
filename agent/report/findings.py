"""Findings, made of the rows of sweeps and of verdicts."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types

from agent.records import VantageState
from agent.report.sound import having
from agent.store.cells import decode_list, decode_text
from agent.timeline.records import Finding
from agent.verdict.records import State

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Columns of a verdict that a finding is made of, for who wants findings alone.
OF_FINDING = ("sweep_id", "verdict_id", "observed_at", "level", "platform", "state", "mechanisms")


def findings_of_rows(sweeps: pa.Table, verdicts: pa.Table) -> list[Finding]:
    """A finding for each platform's verdict, in order of time. Each verdict's sweep is among the sweeps."""
    of_sweep = dict(_of_sweeps(sweeps))
    rows = having(verdicts, "level", "platform")
    columns = (
        _each(rows["sweep_id"], lambda sweep_id: {"sweep_id": sweep_id or "", **of_sweep[sweep_id]}),
        map(_plain, rows["verdict_id"].to_pylist()),
        _each(rows["observed_at"].cast(pa.int64()), lambda stamp_ms: EPOCH + timedelta(milliseconds=stamp_ms)),
        _each(rows["platform"], _plain),
        _each(rows["state"], State),
        _each(rows["mechanisms"], _members),
    )
    with many_objects():
        found = [
            Finding(
                verdict_id=verdict_id,
                observed_at=observed_at,
                platform=platform,
                state=state,
                mechanisms=mechanisms,
                **sweep,
            )
            for sweep, verdict_id, observed_at, platform, state, mechanisms in zip(*columns, strict=True)
        ]
        return sorted(found, key=attrgetter("observed_at", "verdict_id"))


def _each(cells: pa.ChunkedArray, make: Callable[[Any], Any]) -> Iterator[Any]:
    """What `make` makes of each cell. Thousands share a moment, a name or a list: each is made once."""
    whole = cells.unify_dictionaries().combine_chunks()
    coded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode(null_encoding="encode")
    made = [make(cell) for cell in coded.dictionary.to_pylist()]
    return map(made.__getitem__, coded.indices.to_pylist())


def _of_sweeps(sweeps: pa.Table) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Of each sweep's id, what a finding takes from its row."""
    columns = ("sweep_id", "outcome", "vantage_state", "vantage_id", "vantage_country", "vantage_asn", "vantage_label")
    for sweep_id, outcome, state, *place in zip(*(sweeps[name].to_pylist() for name in columns), strict=True):
        vantage = tuple("" if part is None else _plain(str(part)) for part in place)
        yield (
            sweep_id,
            {
                "vantage_state": VantageState(state),
                "country": vantage[1],
                "vantage": vantage,
                "complete": outcome == "complete",
            },
        )


def _plain(cell: str | None) -> str:
    """The text in a cell; what the store did not write stays as it stands."""
    if cell is None:
        return ""
    try:
        return decode_text(cell)
    except ValueError:
        return cell


def _members(cell: str | None) -> tuple[str, ...]:
    if cell is None:
        return ()
    try:
        return decode_list(cell)
    except ValueError:
        return tuple(cell.split(" "))


@contextmanager
def many_objects() -> Iterator[None]:
    """No search for garbage meanwhile: there is none, and it would go through all objects again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
