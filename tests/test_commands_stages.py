"""Practice and evidence never share a folder: each command that measures refuses the other's, and leaves it alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent import cli, consent, exits
from agent.store.read import rows
from tests.dideban_process import agree, dideban, sentence_of
from tests.result_files import ok, write_sweep
from tests.store_rows import NOON


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_demo_refuses_a_folder_with_a_consent(tmp_path: Path) -> None:
    """Somebody measures there, or is about to; also where the consent is to an older text."""
    agree(tmp_path)
    (tmp_path / consent.FILE_NAME).write_text((tmp_path / consent.FILE_NAME).read_text().replace("20", "19"))
    before = contents(tmp_path)
    refused = dideban("demo", "--results", tmp_path, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (exits.BAD_INPUT, "")
    assert sentence_of(refused) == (
        f"{tmp_path} holds a consent, so it is for real rows, not the lab's; name another with --results."
    )
    assert contents(tmp_path) == before


def test_a_demo_refuses_a_folder_with_a_sweep_of_the_internet(tmp_path: Path) -> None:
    """Also after its consent was withdrawn."""
    write_sweep(tmp_path, NOON, {"signal": ok()}, stage="internet")
    before = contents(tmp_path)
    refused = dideban("demo", "--results", tmp_path, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (exits.BAD_INPUT, "")
    assert sentence_of(refused) == (
        f"{tmp_path} holds sweeps of the internet, and the lab's must not stand among them; name another folder with "
        f"--results."
    )
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["once", "run"])
def test_who_measures_for_real_is_kept_out_of_the_labs_folder(name: str, tmp_path: Path) -> None:
    """Even with a consent in it."""
    write_sweep(tmp_path, NOON, {"signal": ok()}, stage="lab")
    agree(tmp_path)
    before = contents(tmp_path)
    refused = dideban(name, "--results", tmp_path, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (exits.BAD_INPUT, "")
    assert sentence_of(refused) == (
        f"{tmp_path} holds sweeps of the lab (a demo's), and real ones must not stand among them; name another folder "
        f"with --results, or in config.toml."
    )
    assert contents(tmp_path) == before


def test_a_demo_goes_on_in_a_demos_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The clean case: nothing is refused that may stand together."""
    write_sweep(tmp_path, NOON, {"signal": ok()}, stage="lab")
    assert cli.main(["demo", "--world", "open", "--results", str(tmp_path)]) == exits.DONE
    assert {sweep.stage for sweep in rows(tmp_path, "sweeps")} == {"lab"}
    assert len(list(rows(tmp_path, "sweeps"))) == 2
    assert capsys.readouterr().err == ""
