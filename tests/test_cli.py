"""The command line: help that needs no other text, one sentence for bad input, and the documented exit codes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from agent import arguments, cli, exits
from tests.dideban_process import (
    PATIENCE_S,
    ROOT,
    command,
    dideban,
    environment,
    left_at_once,
    needs_pipes,
    sentence_of,
)
from tests.result_files import ok, write_sweep

COMMANDS = ("demo", "consent", "once", "run", "status", "review", "explain", "compare", "classify", "verify")
#: Those that read the configuration: all of these but the demo.
CONFIGURED = COMMANDS[1:]
#: Those of the lab, which need none.
LAB = ("lab", "lab run", "lab check", "lab serve", "lab list", "selftest")


def out_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `dideban` prints with these words, in this process, when it leaves by itself."""
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["", *COMMANDS, *LAB])
def test_help_fits_80_columns(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the program and of every command, in the terminal that everybody has."""
    monkeypatch.setenv("COLUMNS", "80")
    text = out_of(capsys, *name.split(), "--help")
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_help_names_every_command_and_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    text = out_of(capsys, "--help")
    for name in (*COMMANDS, "lab", "selftest"):
        assert re.search(rf"^    {name} +\w", text, re.MULTILINE), name
    assert "dideban demo" in text[text.index("to begin:") :]


@pytest.mark.parametrize("name", [*COMMANDS, *LAB])
def test_every_option_of_a_command_is_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An option without a word about it is one that nobody dares to use."""
    text = out_of(capsys, *name.split(), "--help")
    options = re.findall(r"^  (?:-h, )?--([a-z-]+)(?: [A-Z]+| \{[^}]*\})?(.*)\n( {10,}\S)?", text, re.MULTILINE)
    assert options
    assert [option for option, beside, below in options if not beside.strip() and not below] == []


def test_help_documents_every_exit_code() -> None:
    """And no other: a script is written by this list."""
    listed = {int(number) for number in re.findall(r"^  (\d+) ", arguments.EPILOG, re.MULTILINE)}
    assert listed == {value for name, value in vars(exits).items() if name.isupper()}


def test_python_m_agent_is_the_same_program(tmp_path: Path) -> None:
    """The script's entry point is what `python -m agent` calls, and both say the same."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"dideban": "agent.cli:main"}
    as_script = "import sys; from agent.cli import main; sys.exit(main())"
    for words in (["--help"], ["review", "--since", "x"], ["nonsense"]):
        started = [command(*words), [sys.executable, "-c", as_script, *words]]
        module, script = [
            subprocess.run(start, cwd=tmp_path, env=environment(), capture_output=True, check=False, timeout=PATIENCE_S)
            for start in started
        ]
        assert (module.returncode, module.stdout, module.stderr) == (script.returncode, script.stdout, script.stderr)


@pytest.mark.parametrize("words", [[], ["nonsense"], ["review", "--colour"], ["demo", "--world", "2030"]])
def test_arguments_that_do_not_exist_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With the usage, exit code 2, and where help is."""
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == exits.BAD_INPUT
    told = capsys.readouterr().err
    assert told.startswith("usage: dideban")
    assert re.search(r"`dideban( [a-z]+)? --help` explains\.\n$", told)


@pytest.mark.parametrize("words", [["review", "--platfrom", "signal"], ["status", "--platfrom"], ["run", "-x", "--y"]])
def test_an_option_that_does_not_exist_is_named(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """By the command that it was given to, and not by its value that is then left over."""
    with pytest.raises(SystemExit):
        cli.main(words)
    told = capsys.readouterr().err
    assert re.search(
        rf"^dideban {words[0]}: there is no such option or argument here: {words[1]}\b", told, re.MULTILINE
    )
    assert f"`dideban {words[0]} --help` explains." in told


@pytest.mark.parametrize("name", CONFIGURED)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[measure]\nplatform = []\n", "platform"),
        ('[measure]\npace = "hasty"\n', "pace"),
        ("[schedule\n", "line 1"),
    ],
    ids=["unknown key", "wrong value", "no TOML"],
)
def test_no_command_starts_with_a_bad_configuration(
    name: str, text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence that names the file, and nothing is made or touched."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    assert cli.main([name, "--config", str(path)]) == exits.BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith(f"dideban: {path}: ")
    assert words in line
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", CONFIGURED)
def test_a_configuration_that_is_not_there_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([name, "--config", str(tmp_path / "none.toml")]) == exits.BAD_INPUT
    assert capsys.readouterr().err.endswith(
        "none.toml: there is no such file; name another with --config, or make it.\n"
    )


@pytest.mark.parametrize("name", CONFIGURED)
def test_a_results_folder_that_is_a_file_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By each command, as what it is."""
    path = tmp_path / "results"
    path.write_text("my notes")
    words = [name, "--results", str(path), *(["--withdraw"] if name == "consent" else [])]
    code = cli.main(words)
    told = capsys.readouterr().err
    assert code == exits.BAD_INPUT
    assert f"{path} cannot be used" in told
    assert told.endswith("there is a file where a folder should be; choose another results folder.\n")
    assert path.read_text() == "my notes"


def test_a_catalog_entry_without_a_source_stops_what_measures_or_judges(tmp_path: Path) -> None:
    """In a copy of the program whose catalog somebody has edited: one sentence with file and entry."""
    catalog = tmp_path / "agent" / "catalog" / "catalog.toml"
    for part in ("agent", "probes"):
        copy_folder(ROOT / part, tmp_path / part)
    text = catalog.read_text(encoding="utf-8")
    catalog.write_text(re.sub(r"^source = .*\n", "", text, count=1, flags=re.MULTILINE), encoding="utf-8")
    for words in (["demo"], ["review", "--platform", "signal"]):
        refused = dideban(*words, cwd=tmp_path, variables={"PYTHONPATH": str(tmp_path)})
        assert refused.returncode == exits.BAD_INPUT
        assert "source" in sentence_of(refused)


def copy_folder(origin: Path, copy: Path) -> None:
    """The files of a package, without what Python keeps beside them."""
    for path in origin.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            target = copy / path.relative_to(origin)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1256"])
def test_help_is_shown_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    """A terminal that lacks a letter shows another in its place, and no traceback."""
    variables = {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    for words in (["--help"], ["consent", "--help"], ["consent", "--show"]):
        shown = dideban(*words, cwd=tmp_path, variables=variables)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert "consent" in shown.stdout


@needs_pipes
@pytest.mark.parametrize(
    "words",
    [["consent", "--show"], ["status"], ["review"], ["review", "--json"], ["compare"], ["demo"], ["verify"]],
    ids=" ".join,
)
def test_a_reader_who_has_seen_enough_is_no_error(words: list[str], tmp_path: Path) -> None:
    """`dideban … | head` ends with exit code 0 and without a word about the pipe."""
    write_sweep(tmp_path / "results", found={"signal": ok()})
    assert left_at_once(*words, cwd=tmp_path) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Only Linux and FreeBSD have a device that is always full.")
@pytest.mark.parametrize("words", [["consent", "--show"], ["status"]])
def test_output_to_a_full_disk_is_one_sentence(words: list[str], tmp_path: Path) -> None:
    """`dideban review --csv > file` must not leave half a file and an exit code of success."""
    write_sweep(tmp_path / "results", found={"signal": ok()})
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            command(*words),
            cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            timeout=PATIENCE_S,
        )  # fmt: skip
    assert ended.returncode == exits.BAD_INPUT
    assert ended.stderr == "dideban: The disk that this is printed to is full; free some space and print it again.\n"
