"""`dideban verify`: looks for rows that do not stand as they were written, and for rows that are missing."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.calendars import digits
from agent.commands import check_results, config_of
from agent.exits import BAD_INPUT, DONE
from agent.language import _
from agent.report.direction import say
from agent.report.visible import visible
from agent.store import StoreError
from agent.store.account import Account, account
from agent.store.lines import months_on_disk
from agent.store.read import verify
from agent.store.schema import TABLES


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    check_results(folder)
    unchained = verify(folder)
    counted = counted_rows(folder, unchained)
    problems = [*unchained, *counted.problems]
    for sentence in (*problems, *counted.notes):
        say(visible(sentence))
    files = sum(len(list(months_on_disk(folder, table))) for table in TABLES)
    if not problems:
        say(
            _(
                "{files} files in {folder}: each row follows from the one before it, and each sweep's row has all its "
                "observations and a verdict on each of its platforms."
            ).format(files=digits(files), folder=folder)
        )
    return BAD_INPUT if problems else DONE


def counted_rows(folder: Path, unchained: list[str]) -> Account:
    """What the rows of each sweep add up to; nothing when a row cannot be read that the chain has named already."""
    try:
        return account(folder)
    except StoreError as error:
        return Account() if unchained else Account(problems=(str(error),))
