"""The arguments of `dideban export` and `dideban merge`, and their help."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.language import N_, _
from agent.parser import Commands, Parser, command

FORMS = {
    "csv": (
        N_("write one table whole, all months in one CSV file"),
        N_(
            "The cells are those of the files, as inert as there. Each row keeps its chain cell, which ties it to its "
            "own month's file.\n\n"
            "  dideban export csv verdicts --output verdicts.csv\n"
            "  dideban export csv observations --platform signal --output - > signal.csv"
        ),
    ),
    "parquet": (
        N_("write one table whole as Parquet, with a type for each column"),
        N_(
            "Moments are UTC timestamps, numbers may be missing, lists are lists; what a column means stands in the "
            "file.\n\n"
            "  dideban export parquet observations --since 2026-11-01 --output rows.parquet"
        ),
    ),
    "ooni": (
        N_("write measurements in OONI's format, one JSON document on each line"),
        N_(
            "For each page a web_connectivity measurement, for each messenger its own test. What was seen is told, and "
            "no conclusion of OONI's: ours stands under the key `dideban`. docs/sharing.md says what the format "
            "cannot carry.\n\n"
            "  dideban export ooni --output sweeps.jsonl"
        ),
    ),
    "bundle": (
        N_("make one zip file of whole sweeps, to send by hand"),
        N_(
            "It is shown before it is written: what goes in, and what it can reveal; then you are asked. Rows are "
            "scrubbed once more, and your word for your network stays out. A bundle holds whole sweeps, so that "
            "whoever gets it can see that nothing is missing.\n\n"
            "  dideban export bundle --dry-run\n"
            "  dideban export bundle --since 2026-11-01 --output november.zip"
        ),
    ),
}


def export(commands: Commands) -> None:
    parser = command(
        commands,
        "export",
        _("write the results in another form, or as a bundle to send by hand"),
        _("Nothing is sent to anybody. A file that is there already is never replaced."),
        None,
        results=False,
    )
    own = parser.add_subparsers(title=_("commands"), metavar="COMMAND", required=True)
    for form, (summary, more) in FORMS.items():
        _form(own, form, _(summary), _(more))


def _form(commands: Commands, form: str, summary: str, more: str) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import export

        return export.run(options)

    parser: Parser = command(commands, form, summary, more, run)
    parser.set_defaults(form=form, platform=None)
    if form in ("csv", "parquet"):
        parser.add_argument("table", choices=("sweeps", "observations", "verdicts"), help=_("the table to write"))
    if form == "bundle":
        _bundle(parser)
    else:
        parser.add_argument(
            "--platform",
            action="append",
            metavar="KEY",
            help=_("only this platform, such as signal; may be repeated"),
        )
        file = _("file to write") if form == "parquet" else _("file to write; - is standard output")
        parser.add_argument("--output", type=Path, required=True, metavar="FILE", help=file)
    parser.add_argument(
        "--since", metavar="DAY", help=_("sweeps from this day or moment on, UTC (2026-11-24 or 2026-11-24T06:00)")
    )
    parser.add_argument("--until", metavar="DAY", help=_("sweeps to the end of this day, or before this moment, UTC"))
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--lab", action="store_true", help=_("rows of the lab (the demo) instead of the internet's"))
    whose.add_argument("--imported", action="store_true", help=_("other people's measurements (`dideban import`)"))


def _bundle(parser: Parser) -> None:
    parser.add_argument("--output", type=Path, metavar="FILE", help=_("zip file to write"))
    parser.add_argument(
        "--with-label", action="store_true", help=_("take along your own word for your network; it stays out otherwise")
    )
    parser.add_argument("--dry-run", action="store_true", help=_("show what would go in, and write nothing"))
    parser.add_argument("--yes", action="store_true", help=_("write without asking, for scripts"))


def merge(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import merge

        return merge.run(options)

    parser = command(
        commands,
        "merge",
        _("put the bundles of several volunteers together"),
        _(
            "Vantage points stay apart, and what is there twice is taken once. A bundle that is not as its manifest "
            "says is refused whole, the others go on, and the exit code is 2. The folder holds nothing but merged "
            "bundles: it must be new, empty or such a one. `review --results`, `compare`, `report`, `events` and "
            "`verify` read it.\n\n"
            "  dideban merge first.zip second.zip --results merged"
        ),
        run,
        results=False,
    )
    parser.add_argument(
        "bundles", nargs="+", type=Path, metavar="BUNDLE", help=_("file made by `dideban export bundle`")
    )
    parser.add_argument("--results", type=Path, required=True, metavar="DIR", help=_("folder of the merged results"))
