"""The arguments of `dideban import` and their help."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.language import _
from agent.parser import Commands, Parser, command


def imports(commands: Commands) -> None:
    parser = command(
        commands,
        "import",
        _("judge other people's measurements by our rules"),
        _(
            "Their rows and our verdicts go into a results folder of their own; nothing is sent to anybody. "
            "docs/import.md says what is taken from whom, and what is made of it."
        ),
        None,
        results=False,
    )
    own = parser.add_subparsers(title=_("commands"), metavar="COMMAND", required=True)
    _ooni(own)


def _ooni(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import import_ooni

        return import_ooni.run(options)

    parser: Parser = command(
        commands,
        "ooni",
        _("judge OONI's measurements: web connectivity and four messengers"),
        _(
            "Reads JSON, a document or one on each line, plain, in gzip or in tar (.tar.gz). The tests are "
            "web_connectivity, signal, telegram, whatsapp and facebook_messenger. What cannot be read is refused one "
            "by one on standard error, with its place and the reason, the rest goes on, and the exit code is 2.\n\n"
            "It prints our verdicts beside OONI's own and names where they disagree; --form prints each measurement "
            "instead. The rows go to the folder `import` in the results folder, unless --results names another.\n\n  "
            "dideban import ooni measurements.jsonl.gz\n  dideban import ooni --form csv *.tar.gz > verdicts.csv"
        ),
        run,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=_("file of measurements"))
    parser.add_argument(
        "--form",
        choices=("table", "csv", "json"),
        default="table",
        help=_("table (the default); csv or json: a line for each measurement"),
    )
