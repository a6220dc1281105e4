"""`dideban verify`: says whether every row stands as it was written."""

from __future__ import annotations

import argparse

from agent.commands import check_results, config_of
from agent.exits import BAD_INPUT, DONE
from agent.report.visible import visible
from agent.store.lines import months_on_disk
from agent.store.read import verify
from agent.store.schema import TABLES


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    check_results(folder)
    problems = verify(folder)
    for problem in problems:
        print(visible(problem))
    files = sum(len(list(months_on_disk(folder, table))) for table in TABLES)
    if not problems:
        print(f"{files} files in {folder}: every row stands as it was written.")
    return BAD_INPUT if problems else DONE
