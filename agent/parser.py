"""argparse, with complaints that one can act on."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from agent.exits import BAD_INPUT


class Parser(argparse.ArgumentParser):
    """Says in the end where help is, and complains of an unknown option under the command it was given to."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n`{self.prog} --help` explains.\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"there is no such option or argument here: {' '.join(unknown)}")
        return found, unknown
