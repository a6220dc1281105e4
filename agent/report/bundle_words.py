"""Tells, before a bundle is written, what goes into it and what it can reveal: in words, numbers and rows."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from agent.calendars import day, digits
from agent.exports.bundle import Draft
from agent.exports.selection import Selection
from agent.language import N_, _
from agent.report.direction import for_stream
from agent.report.output import Output, Trimmed, console
from agent.report.visible import visible
from agent.report.words import STAGES
from agent.store.schema import TABLES, Record, encode_row, header

#: What means yes, in any language: a terminal without Persian letters must not keep a Persian reader from answering.
YES = frozenset({"yes", "بله"})
REVEALS = (
    N_(
        "That somebody measured with this program, in the network that is named, in exactly these seconds. A provider "
        "that keeps records of connections may find out from that whose line it was."
    ),
    N_("The country and the network (AS number) that you stated in config.toml."),
    N_("That all your bundles are of one installation: its random id is the same in each. It names nobody by itself."),
    N_("What the sites and the filter showed at your line: titles of pages, names in certificates."),
)
#: Cells of a sample row are cut there; the whole row is in the folder of results.
SAMPLE_CHARACTERS = 100


def show_bundle(draft: Draft, selection: Selection, path: Path | None, *, with_label: bool) -> None:
    """All that the sender should know."""
    out = console()
    out.say(_("This would go into the bundle. Nothing is written yet, and this program never sends it to anybody."))
    _show_contents(out, draft)
    _show_points(out, draft.manifest["vantage_points"])
    out.say(_("What it can reveal:"))
    for sentence in REVEALS:
        out.say(f"- {_(sentence)}", hanging=2)
    if draft.names:
        names = _("The names of the resolvers and helpers in your config.toml: {names}.")
        out.say("- " + names.format(names=visible(", ".join(sorted(draft.names)))), hanging=2)
    label = (
        _("Your own word for your network is in it, since you asked for that.")
        if with_label
        else _(
            "Your own word for your network stays out: it may say who or where you are. --with-label takes it along."
        )
    )
    out.say(label)
    out.say(
        _(
            "Moments stay exact: without them nobody can tell whether several platforms broke at once, or hold your "
            "rows against another volunteer's. To send fewer of them, choose days with --since and --until."
        )
    )
    _show_left_out(out, draft, selection)
    _show_samples(out, draft.samples)
    if path is not None:
        out.say(_("It would be written to {path}, for your eyes only.").format(path=visible(str(path))))


def agreed(read: Callable[[str], str] = input) -> bool:
    """Whether its reader types the whole word. A closed input, and everything else, means no."""
    console().say(_('To write the bundle, type the whole word "yes" and press Enter; anything else means no.'))
    try:
        answer = read(for_stream(_("Your answer: "), sys.stdout))
    except EOFError:
        print()
        return False
    seen = "".join(letter for letter in answer if unicodedata.category(letter) != "Cf")
    return seen.strip().casefold() in YES


def _show_contents(out: Output, draft: Draft) -> None:
    said = draft.manifest
    first, last = (datetime.fromisoformat(said[key]) for key in ("first_sweep_at", "last_sweep_at"))
    platforms = sorted({platform for sweep in draft.sweeps for platform in sweep.platforms})
    stage = STAGES[said["stage"]]
    out.say(
        _("Sweeps: {count}, from {first} to {last}, of stage {stage}.").format(
            count=digits(said["sweeps"]), first=day(first), last=day(last), stage=_(stage)
        )
    )
    out.say(_("Platforms: {platforms}.").format(platforms=visible(", ".join(platforms))), hanging=2)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(_("file"), no_wrap=True)
    table.add_column(_("rows"), justify="right")
    table.add_column(_("bytes"), justify="right")
    for one in draft.files:
        table.add_row(one.name, digits(f"{one.rows:,}"), digits(f"{one.size_bytes:,}"))
    out.print(Trimmed(table))


def _show_points(out: Output, points: list[Mapping[str, Any]]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in (_("vantage point"), _("country"), _("network"), _("your word"), _("sweeps")):
        table.add_column(title, overflow="fold")
    for one in points:
        network = f"AS{one['asn']}" if one["asn"] is not None else _("not stated")
        country, label = one["country"] or _("not stated"), one["label"] or "-"
        cells = (one["vantage_id"], country, network, label)
        table.add_row(*map(visible, cells), digits(one["sweeps"]))
    out.print(Trimmed(table))


def _show_left_out(out: Output, draft: Draft, selection: Selection) -> None:
    for sentence in selection.said():
        out.say(visible(sentence))
    withheld = _("Rows that scrubbing could not make safe, and that stay out: {count}.")
    out.say(withheld.format(count=digits(draft.withheld.total())))


def _show_samples(out: Output, samples: Mapping[str, Record]) -> None:
    for table in TABLES:
        if (row := samples.get(table)) is None:
            continue
        out.print()
        out.say(_("A row of {table}, without its empty cells:").format(table=table))
        for name, cell in zip(header(table), encode_row(row), strict=False):  # the chain is not told
            if cell:
                shown = cell if len(cell) <= SAMPLE_CHARACTERS else f"{cell[:SAMPLE_CHARACTERS]}…"
                out.say(visible(f"{name}: {shown}"), indent=2, hanging=2)
    out.print()
