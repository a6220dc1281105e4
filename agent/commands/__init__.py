"""The commands: each turns its options into a call of the agent, and the outcome into words and an exit code."""

from __future__ import annotations

import argparse
from dataclasses import replace

from agent.config import Config, load_config


def config_of(options: argparse.Namespace) -> Config:
    """The configuration that the options name, with the results folder that they name. Raises `ConfigError`."""
    config = load_config(options.config)
    return replace(config, results=options.results) if options.results is not None else config
