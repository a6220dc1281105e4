"""The notebook runs from its first cell to its last, and shows what it shows here today."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.notebook import NOTEBOOK, executed, shown, sources


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed(tmp_path_factory.mktemp("notebook"))


def test_it_shows_what_its_cells_print(run: NotebookNode) -> None:
    """After a change of what they print: python -m tests.notebook."""
    assert shown(run) == shown(nbformat.read(NOTEBOOK, as_version=4))


def test_it_comes_from_the_files_to_the_comparison_and_a_picture(run: NotebookNode) -> None:
    pictures = [
        output for cell in run.cells for output in cell.get("outputs", ()) if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 1
    for word in ("usable", "dns.injection.blockpage", "document_contradicts_itself", "10.10.34.36"):
        assert word in shown(run)


def test_it_tells_nothing_of_the_machine_it_ran_on(run: NotebookNode, tmp_path: Path) -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert str(NOTEBOOK.parents[1]) not in text
    assert str(tmp_path.parents[1]) not in text
    assert sources(run) == sources(nbformat.read(NOTEBOOK, as_version=4))
