"""Writes what the columns of a comparison mean, docs/comparison.md: `python -m agent.timeline.dictionary`."""

from __future__ import annotations

import sys
from dataclasses import fields

from agent.markdown import table
from agent.timeline.records import Agreement

OPENING = """# The comparison's columns

*Generated from the records by `python -m agent.timeline.dictionary`; a test compares the two.*

`dideban compare` writes `comparison.csv` beside the results (`comparison-lab.csv` of the lab, `comparison-imported.csv`
of other people's measurements): a row for each claim of the document, then one for each platform as the document's last
words leave it. `--json` prints the same. How an outcome is reached: [method.md](method.md), section 9. Texts are
English whoever wrote the file; `comparison.md` and `comparison.svg`, the picture that `--picture` draws, are in the
writer's language.

Moments are ISO 8601 in UTC, lists are separated by single spaces, and an empty cell is missing, as in the
[results](../results/README.md). A finding is a platform's verdict in one sweep.

"""


def render() -> str:
    """The whole page in Markdown."""
    rows = ((f"`{field.name}`", field.metadata["says"]) for field in fields(Agreement))
    return OPENING + table(("column", "meaning"), rows)


if __name__ == "__main__":
    sys.stdout.write(render())
