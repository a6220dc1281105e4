"""Puts the demo's real output into README.md: `python -m tests.readme_demo`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
#: Columns of the terminal that the README shows.
COLUMNS = 80
#: The first block of text in the README is the demo's output.
BLOCK = re.compile(r"(?<=^```text\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
#: A line that tells that a platform, or the line, has been measured. They come in the order of finishing.
DONE_LINE = re.compile(r"[\w ]+: \d+ of \d+ measured")
#: What differs from run to run: the sweep's id, the hour in its folder's name, and how many rows, bytes and seconds it
#: took, with the line breaks that the length of these numbers decides.
SWEEP_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
AMOUNTS = re.compile(r",\s\d+\sobservations,\s\d+\sKiB,\s\d+\.\d\ss\.")
HOUR = re.compile(r"\d{8}T\d{6}Z")

#: Starts the program under the name by which `make demo` does: it tells its user to type that name.
AS_MAKE_DOES = "import sys; sys.argv[0] = '.venv/bin/dideban'; from agent.cli import main; sys.exit(main())"


def demo_output(folder: Path) -> str:
    """What `dideban demo` prints in a pipe, begun in `folder`. Raises `CalledProcessError` when it fails."""
    environment = os.environ | {"COLUMNS": str(COLUMNS), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", AS_MAKE_DOES, "demo"],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.strip("\n").split("\n"))


def shown_in(readme: str) -> str:
    """The demo's output as the README shows it."""
    block = BLOCK.search(readme)
    return block[0] if block else ""


def normalised(output: str) -> str:
    """`output` without what differs from run to run."""
    output = HOUR.sub("(hour)", AMOUNTS.sub(", (amounts).", SWEEP_ID.sub("(id)", output)))
    lines = output.splitlines()
    done = [line for line in lines if DONE_LINE.fullmatch(line)]
    return "\n".join([*sorted(done), *(line for line in lines if line not in done)])


def main() -> None:
    """Run the demo in a folder of its own, and write what it prints into the README."""
    with tempfile.TemporaryDirectory() as folder:
        output = demo_output(Path(folder))
    readme = README.read_text(encoding="utf-8")
    README.write_text(BLOCK.sub(lambda _: output, readme, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
