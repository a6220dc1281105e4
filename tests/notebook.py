"""Runs docs/analysis.ipynb anew and keeps what it shows: `python -m tests.notebook`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "analysis.ipynb"
#: Seconds that a cell may take: the first makes a whole sweep in the lab.
CELL_S = 300
#: What differs from machine to machine, and what only that machine knows.
MACHINE = ("language_info", "widgets")


def executed(folder: Path) -> NotebookNode:
    """The notebook, with every cell run in `folder`. Raises `CellExecutionError` with the cell that failed."""
    notebook: NotebookNode = nbformat.read(NOTEBOOK, as_version=4)
    os.environ["PYTHONPATH"] = str(ROOT)  # for the kernel, which is a process of its own
    NotebookClient(notebook, timeout=CELL_S, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    for cell in notebook.cells:
        cell.metadata.clear()  # when and how long it ran
    for name in MACHINE:
        notebook.metadata.pop(name, None)
    return notebook


def sources(notebook: NotebookNode) -> list[str]:
    """The text of every cell."""
    return [cell.source for cell in notebook.cells]


def shown(notebook: NotebookNode) -> str:
    """All the text that its cells show."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    texts = [output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return "\n".join(texts)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        nbformat.write(executed(Path(folder)), NOTEBOOK)
    sys.stdout.write(f"{NOTEBOOK.relative_to(ROOT)} shows what its cells print today.\n")


if __name__ == "__main__":
    main()
