"""`dideban export`: the results in another form, or as a bundle to send by hand. Nothing is sent."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from agent.calendars import digits
from agent.commands import check_results, config_of
from agent.commands.review import moment, platforms_of, stage_of
from agent.exits import BAD_INPUT, DONE, UsageError
from agent.exports.new_file import check_new, new_file
from agent.exports.selection import UNREADABLE, Selection, selected
from agent.language import _, ngettext
from agent.records import IMPORTED_STAGE
from agent.report.counting import counting
from agent.report.direction import say
from agent.report.selection import Filter
from agent.report.visible import visible
from agent.store.lines import format_line, header_line

STANDARD_OUTPUT = Path("-")


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    wanted = wanted_of(options)
    if options.output is not None and options.output != STANDARD_OUTPUT:
        check_new(options.output)  # before minutes are spent on what cannot be written
    check_results(folder)
    if options.form == "bundle":
        from agent.commands.export_bundle import export_bundle

        return export_bundle(options, folder, wanted)
    selection = selected(folder, wanted)
    with output(options.output) as file:
        count = FORMS[options.form](selection, file, options)
    for sentence in selection.said():
        say(visible(f"dideban: {sentence}"), file=sys.stderr)
    if options.output != STANDARD_OUTPUT:
        say(visible(written(options, selection, count)))
    return BAD_INPUT if selection.left_out else DONE


def wanted_of(options: argparse.Namespace) -> Filter:
    """The rows that the options name. Raises `UsageError`, one sentence, for options that cannot be."""
    since, until = moment("--since", options.since, end=False), moment("--until", options.until, end=True)
    if since and until and since >= until:
        raise UsageError(
            _("--since {since} is not before --until {until}; exchange them.").format(
                since=options.since, until=options.until
            )
        )
    stage = stage_of(options)
    if options.form == "ooni" and stage == IMPORTED_STAGE:
        raise UsageError(_("Imported measurements are OONI's own: take the files that they were imported from."))
    if options.form == "parquet" and options.output == STANDARD_OUTPUT:
        raise UsageError(_("Parquet cannot be written to standard output; name a file with --output."))
    return Filter(since=since, until=until, platforms=platforms_of(options), stage=stage)


@contextmanager
def output(path: Path) -> Iterator[BinaryIO]:
    """The file to write, or standard output."""
    if path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with new_file(path) as file:
        yield file


def as_csv(selection: Selection, file: BinaryIO, options: argparse.Namespace) -> int:
    """One table whole. How many rows were written."""
    count = 0
    file.write(header_line(options.table))
    for cells in counting(selection.cells(options.table), options.table):
        file.write(format_line(cells).encode())
        count += 1
    return count


def as_parquet(selection: Selection, file: BinaryIO, options: argparse.Namespace) -> int:
    from agent.report.parquet import write_parquet  # pyarrow: only now

    rows = counting(selection.cells(options.table), options.table)
    count, unfit = write_parquet(rows, options.table, file)
    if unfit:
        selection.left_out[options.table, UNREADABLE] += unfit
    return count


def as_ooni(selection: Selection, file: BinaryIO, options: argparse.Namespace) -> int:
    from agent.exports.ooni import lines

    count = 0
    for line in lines(selection):
        file.write(line)
        count += 1
    return count


FORMS = {"csv": as_csv, "parquet": as_parquet, "ooni": as_ooni}


def written(options: argparse.Namespace, selection: Selection, count: int) -> str:
    """What there is now, in one sentence."""
    what = (
        ngettext(
            "{count} measurement was written to {path}; sweeps: {sweeps}.",
            "{count} measurements were written to {path}; sweeps: {sweeps}.",
            count,
        )
        if options.form == "ooni"
        else ngettext(
            "{count} row was written to {path}; sweeps: {sweeps}.",
            "{count} rows were written to {path}; sweeps: {sweeps}.",
            count,
        )
    )
    return what.format(count=digits(count), sweeps=digits(len(selection.sweeps)), path=options.output)
