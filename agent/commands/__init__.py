"""The commands: each turns its options into a call of the agent, and the outcome into words and an exit code."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from agent.config import Config, load_config
from agent.exits import UsageError
from agent.store.lines import months_on_disk
from agent.store.schema import TABLES


def config_of(options: argparse.Namespace) -> Config:
    """The configuration that the options name, with the results folder that they name. Raises `ConfigError`."""
    config = load_config(options.config)
    return replace(config, results=options.results) if options.results is not None else config


def check_results(folder: Path) -> None:
    """Raises `UsageError` when there is no file of results: a slip in the folder's name must not look like an answer.

    Raises `StoreError` when the folder cannot be looked at.
    """
    if not any(True for table in TABLES for _ in months_on_disk(folder, table)):
        raise UsageError(f"{folder} holds no results; name another folder with --results, or measure first.")
