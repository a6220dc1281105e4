"""The commands: each turns its options into a call of the agent, and the outcome into words and an exit code."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from agent.config import Config, load_config
from agent.exits import UsageError
from agent.language import N_, _
from agent.store.lines import months_on_disk
from agent.store.schema import TABLES

#: Where the demos' folders are, in the results folder.
DEMOS = "demo"
#: Where other people's measurements are, in the results folder.
IMPORTS = "import"
#: To whoever measures, or is about to, without a country in config.toml.
COUNTRY_NOT_STATED = N_(
    "config.toml does not say which country you measure from, so `compare` will have to leave these rows out. To "
    'state it, write under [vantage], before you measure: country = "IR" (or your own).'
)


def config_of(options: argparse.Namespace) -> Config:
    """The configuration that the options name, with the results folder that they name. Raises `ConfigError`.

    With --imported, and no folder named, that is the one that `dideban import` writes to, where there is one.
    """
    config = load_config(options.config)
    if options.results is not None:
        return replace(config, results=options.results)
    imports = config.results / IMPORTS
    return replace(config, results=imports) if getattr(options, "imported", False) and imports.is_dir() else config


def check_results(folder: Path) -> None:
    """Raises `UsageError` when there is no file of results: a slip in the folder's name must not look like an answer.

    Raises `StoreError` when the folder cannot be looked at.
    """
    if any(next(months_on_disk(folder, table), None) for table in TABLES):
        return
    if demo := newest_demo(folder):
        found = _("{folder} holds no results but a demo's; `{command}` shows them.")
        raise UsageError(found.format(folder=folder, command=of_demo("review", demo)))
    none = _("{folder} holds no results; name another folder with --results, or measure first.")
    raise UsageError(none.format(folder=folder))


def newest_demo(folder: Path) -> Path | None:
    """The folder of the last demo, where `dideban demo` puts it under the results' folder. None: there is none."""
    demos = [path.parent for path in folder.glob(f"{DEMOS}/*/sweeps-*.csv")]
    return max(demos, default=None)  # they are named for their hour


def of_demo(command: str, folder: Path) -> str:
    """A command that reads a demo's results, such as review, as one would type it here."""
    return f"{program()} {command} --lab --results {shlex.quote(str(folder))}"


def can_show(text: str, stream: TextIO) -> bool:
    """Whether the encoding of `stream` has every letter of `text`."""
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def program() -> str:
    """How this program was started, for a command that its user can type: a virtual environment is not on the PATH."""
    started = sys.argv[0]
    if Path(started).stem != "dideban" or shutil.which("dideban") == started:
        return "dideban"
    return shlex.quote(started)
