"""`DIDEBAN_NO_SKIP=1` makes a skipped test a failed one, however it is skipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SKIPPING = {
    "by a mark": "import pytest\n@pytest.mark.skip(reason='no namespaces here')\ndef test_it(): pass\n",
    "inside": "import pytest\ndef test_it(): pytest.skip('no namespaces here')\n",
    "as a module": "import pytest\npytest.skip('no namespaces here', allow_module_level=True)\n",
}


@pytest.mark.parametrize("how", SKIPPING)
@pytest.mark.parametrize(("no_skip", "fails"), [("1", True), ("", False)])
def test_a_skipped_test_fails_only_when_none_may_be_skipped(
    tmp_path: Path, how: str, no_skip: str, fails: bool
) -> None:
    """The run's exit code says so, and its output gives the reason of the skip."""
    (tmp_path / "test_skipping.py").write_text(SKIPPING[how])
    (tmp_path / "test_clean.py").write_text("def test_clean(): pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-rs"]
    run = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-c", os.devnull, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "DIDEBAN_NO_SKIP": no_skip},
        capture_output=True,
        text=True,
    )
    assert (run.returncode != 0) is fails, run.stdout
    assert "no namespaces here" in run.stdout
