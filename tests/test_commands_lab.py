"""`dideban lab`: a scenario is swept, checked, listed and left standing, and what is wrong with it is said."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent import cli, exits
from agent.lab.scenario.load import shipped_scenarios_folder
from agent.store.read import rows
from tests.dideban_process import PATIENCE_S, agree, command, dideban, environment, sentence_of
from tests.namespace import needs_stage
from tests.scenario_files import CLEAN, FORGED, LOOPBACK_ONLY, MISSPELT, RESET, WRONG, written


def rows_of_table(said: str) -> dict[str, list[str]]:
    """Cells of a table by its first column, as far as each has its own line and two spaces between."""
    cells = [re.split(r" {2,}", line.strip()) for line in said.splitlines()]
    return {first: rest for first, *rest in cells if rest}


def test_run_shows_what_the_censor_does_beside_the_verdict(tmp_path: Path) -> None:
    """At 80 columns, plain in a pipe; it says what acted, on what line, and that nobody was reached."""
    ran = dideban("lab", "run", written(tmp_path, "reset", RESET), cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (exits.DONE, "")
    table = rows_of_table(ran.stdout)
    assert table["twitter"] == ["tls.reset.sni", "BLOCKED", "tls.reset.sni", "yes"]
    assert table["gmail"] == ["nothing", "ok", "yes"]
    assert re.search(r"^Rules of the lab that acted: twitter_sni \d+ times\.$", ran.stdout, re.MULTILINE)
    assert "The line was normal. Stage loopback" in ran.stdout
    assert "nobody was reached" in " ".join(ran.stdout.split())
    assert ran.stdout.endswith("All is as it must be.\n")
    assert "\x1b" not in ran.stdout
    assert [line for line in ran.stdout.splitlines() if len(line) > 80 or line != line.rstrip()] == []
    assert [path.name for path in tmp_path.iterdir()] == ["reset.toml"]


def test_a_long_mechanism_is_broken_before_its_last_part_alone(tmp_path: Path) -> None:
    """Where the table would be wider than the terminal."""
    ran = dideban("lab", "run", written(tmp_path, "forged", FORGED), cwd=tmp_path)
    assert ran.returncode == exits.DONE
    above, below = (line.split() for line in ran.stdout.splitlines() if "dns.injection" in line or "blockpage" in line)
    assert above == ["gmail", "dns.injection", "BLOCKED", "dns.injection", "yes"]
    assert below == [".blockpage", ".blockpage"]


def test_run_tells_by_its_code_that_something_came_out_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["lab", "run", str(written(tmp_path, "wrong", WRONG))]) == exits.NOT_AS_EXPECTED
    said = capsys.readouterr().out
    assert rows_of_table(said)["gmail"] == ["nothing", "ok", "NO: impaired"]
    assert said.endswith("Not as it must be:\n  gmail: ok, and it is impaired, because Somebody thought so.\n")


@pytest.mark.parametrize("stage", ["loopback", pytest.param("namespace", marks=needs_stage)])
def test_run_keeps_rows_where_it_is_told_to(stage: str, tmp_path: Path) -> None:
    path, kept = written(tmp_path, "reset", RESET), tmp_path / "kept"
    assert cli.main(["lab", "run", str(path), "--results", str(kept), "--stage", stage]) == exits.DONE
    (sweep,) = rows(kept, "sweeps")
    assert (sweep.stage, sweep.outcome, sweep.platforms) == ("lab", "complete", ("twitter", "gmail"))


def test_run_keeps_out_of_a_folder_for_real_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agree(tmp_path / "real")
    words = ["lab", "run", str(written(tmp_path, "clean", CLEAN)), "--results", str(tmp_path / "real")]
    assert cli.main(words) == exits.BAD_INPUT
    assert "holds a consent" in capsys.readouterr().err


def test_a_shipped_scenario_is_named_without_its_folder(tmp_path: Path) -> None:
    """Whichever folder the program is started from."""
    name = min(path.stem for path in shipped_scenarios_folder().glob("clean_*.toml"))
    checked = dideban("lab", "check", name, cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (exits.DONE, "")
    assert checked.stdout.startswith(f"{name}: ")
    refused = dideban("lab", "run", name[:-1], cwd=tmp_path)
    assert refused.returncode == exits.BAD_INPUT
    assert sentence_of(refused).endswith(f"perhaps you mean {name}.")


def test_a_name_like_no_other_is_refused_with_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lab", "serve", "###"]) == exits.BAD_INPUT
    assert "`dideban lab list` names those that come with the program." in capsys.readouterr().err


@pytest.mark.parametrize("name", ["run", "serve"])
def test_a_stage_that_cannot_show_it_says_why(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "here", LOOPBACK_ONLY)
    assert cli.main(["lab", name, str(path), "--stage", "namespace"]) == exits.BAD_INPUT
    told = capsys.readouterr().err
    assert f"{path}: the stage namespace cannot show it" in told
    assert "It is a test" in told


@pytest.mark.parametrize("words", [("lab", "run"), ("lab", "serve"), ("selftest",)])
def test_a_stage_that_this_computer_lacks_is_refused_with_the_remedy(words: tuple[str, ...], tmp_path: Path) -> None:
    """Here it lacks the programs that the stage needs."""
    files = [] if words == ("selftest",) else [written(tmp_path, "clean", CLEAN)]
    refused = dideban(*words, *files, "--stage", "namespace", cwd=tmp_path, variables={"PATH": str(tmp_path)})
    assert (refused.returncode, refused.stdout) == (exits.BAD_INPUT, "")
    assert sentence_of(refused).startswith("Network namespaces ")
    assert "--stage loopback" in sentence_of(refused) or "install " in sentence_of(refused)


def test_check_says_what_a_scenario_declares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its world, its rules in words, and what must come out of what the censor does."""
    assert cli.main(["lab", "check", str(written(tmp_path, "reset", RESET))]) == exits.DONE
    said = " ".join(capsys.readouterr().out.split())
    for part in (
        "reset: Every handshake that names Twitter is reset at the border.",
        "family iran; stages loopback and namespace",
        "client in IR, IPv6 works, asks ",
        "rule twitter_sni: The client has begun TLS [names ",
        "]: reset",
        "twitter must be blocked, by the rule tls_name_is_trigger; the censor does tls.reset.sni",
        "gmail must be ok; the censor does nothing",
    ):
        assert part in said


def test_check_goes_on_behind_a_file_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence for each, with the file, and code 2 in the end."""
    bad, good = written(tmp_path, "bad", MISSPELT), written(tmp_path, "good", CLEAN)
    assert cli.main(["lab", "check", str(bad), str(tmp_path / "none.toml"), str(good)]) == exits.BAD_INPUT
    told = capsys.readouterr()
    first, second = told.err.splitlines()
    assert first.startswith(f"dideban: {bad}: ")
    assert "platfroms" in first
    assert "none.toml" in second
    assert told.out.startswith("good: Nobody interferes.\n")


def test_run_and_serve_refuse_a_file_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "bad", MISSPELT)
    for name in ("run", "serve"):
        assert cli.main(["lab", name, str(path)]) == exits.BAD_INPUT
        assert capsys.readouterr().err.startswith(f"dideban: {path}: ")


def test_list_names_every_shipped_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lab", "list"]) == exits.DONE
    said = capsys.readouterr().out
    for path in shipped_scenarios_folder().glob("*.toml"):
        assert re.search(rf"^{path.stem} \([a-z_]+\): \w", said, re.MULTILINE), path.stem


@contextmanager
def serving(path: Path, folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`dideban lab serve` standing, with what it has said by then. Killed in the end, if it still stands."""
    ask = command("lab", "serve", path, *words)
    with subprocess.Popen(ask, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True) as standing:
        assert standing.stdout is not None
        said = ""
        try:
            while not said.endswith("Ctrl+C ends it.\n"):
                line = standing.stdout.readline()
                assert line, f"It ended, and had said: {said}"
                said += line
            yield standing, said
        finally:
            standing.kill()


@needs_stage
@pytest.mark.parametrize("words", [[], ["--", "sleep", "1000"]], ids=["standing", "with a program"])
def test_serve_can_be_interrupted_while_it_stands_up(words: list[str], tmp_path: Path) -> None:
    """As Ctrl+C does it, to all that the terminal runs."""
    ask = command("lab", "serve", written(tmp_path, "clean", CLEAN), "--stage", "namespace", *words)
    with subprocess.Popen(
        ask, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as serving:  # fmt: skip
        try:
            children = Path(f"/proc/{serving.pid}/task/{serving.pid}/children")
            until_s = time.monotonic() + PATIENCE_S
            while "inside import main" not in " ".join(map(words_of, children.read_text().split())):
                assert time.monotonic() < until_s
                time.sleep(0.01)
            os.killpg(serving.pid, signal.SIGINT)
            said, told = serving.communicate(timeout=PATIENCE_S)
        finally:
            serving.kill()
    assert (said, told) == ("", "dideban: interrupted.\n" if words else "")
    assert serving.returncode == (exits.INTERRUPTED if words else exits.DONE)


def words_of(process_id: str) -> str:
    """The command of a process; empty when it has ended."""
    try:
        return Path("/proc", process_id, "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def handshake(said: str, name: str) -> str:
    """The certificate's first name that a client gets by the port and the root that the line for `name` tells."""
    line = re.search(rf"^  openssl s_client -connect 127\.0\.0\.1:(\d+) -servername {name} -CAfile (\S+) ", said, re.M)
    assert line is not None, said
    context = ssl.create_default_context(cafile=line[2])
    with (
        socket.create_connection(("127.0.0.1", int(line[1])), timeout=PATIENCE_S) as connection,
        context.wrap_socket(connection, server_hostname=name) as tls,
    ):
        shown = tls.getpeercert()
    assert shown is not None
    return str(shown["subjectAltName"][0][1])


def test_serve_stands_for_other_programs_until_it_is_interrupted(tmp_path: Path) -> None:
    """They meet the servers and the censor; then nothing is left of it."""
    path = written(tmp_path / "files", "reset", RESET)
    with serving(path, tmp_path) as (standing, said):
        assert handshake(said, "mail.google.com") == "mail.google.com"
        with pytest.raises(ConnectionResetError):
            handshake(said, "twitter.com")
        for program in ("dig", "curl", "openssl", "chromium"):
            assert re.search(rf"^  {program} ", said, re.MULTILINE), program
        standing.send_signal(signal.SIGINT)
        assert standing.wait(PATIENCE_S) == exits.DONE
    assert [file.name for file in tmp_path.rglob("*.*")] == ["reset.toml"]


@needs_stage
def test_on_namespaces_a_program_meets_the_real_addresses(tmp_path: Path) -> None:
    """It asks for names and connects as anywhere; Ctrl+C and the code are its own."""
    path = written(tmp_path, "reset", RESET)
    ask = (
        "import socket; socket.create_connection(('mail.google.com', 443)); print(socket.gethostbyname('twitter.com'))"
    )
    served = dideban("lab", "serve", path, "--stage", "namespace", "--", sys.executable, "-c", ask, cwd=tmp_path)
    assert (served.returncode, served.stderr) == (0, "")
    assert served.stdout.startswith("44.")


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has files that live in a process's memory.")
def test_a_served_lab_that_is_killed_leaves_no_file(tmp_path: Path) -> None:
    with serving(written(tmp_path / "files", "clean", CLEAN), tmp_path) as (standing, said):
        (root,) = {Path(found) for found in re.findall(r"-CAfile (\S+)", said)}
        assert root.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
        standing.kill()
        standing.wait(PATIENCE_S)
    assert not root.exists()
    assert [file.name for file in tmp_path.rglob("*.*")] == ["clean.toml"]


def test_two_served_labs_do_not_collide(tmp_path: Path) -> None:
    path = written(tmp_path, "clean", CLEAN)
    with serving(path, tmp_path) as (_, first), serving(path, tmp_path) as (_, second):
        assert handshake(first, "mail.google.com") == handshake(second, "mail.google.com") == "mail.google.com"


@needs_stage
def test_serve_ends_with_the_program_that_it_was_given(tmp_path: Path) -> None:
    """Its words are its own, whatever they look like, and its code is the command's."""
    path = written(tmp_path, "clean", CLEAN)
    program = [sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(3)", "--stage", "--", "-h"]
    served = dideban("lab", "serve", path, "--stage", "namespace", "--", *program, cwd=tmp_path)
    assert (served.returncode, served.stderr) == (3, "")
    assert served.stdout.endswith("['--stage', '--', '-h']\n")


def test_on_loopback_no_program_is_started(tmp_path: Path) -> None:
    """It would find the real network by every name, and whoever runs it thinks that nobody is reached."""
    touched = tmp_path / "touched"
    served = dideban("lab", "serve", written(tmp_path, "clean", CLEAN), "--", "touch", touched, cwd=tmp_path)
    assert served.returncode == exits.BAD_INPUT
    assert "--stage namespace" in sentence_of(served)
    assert not touched.exists()


@pytest.mark.skipif(not shutil.which("curl"), reason="There is no curl here.")
def test_the_lines_to_paste_go_around_every_proxy(tmp_path: Path) -> None:
    """One would be asked, outside, for what stands here."""
    with socket.socket() as proxy, serving(written(tmp_path, "clean", CLEAN), tmp_path) as (_, said):
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()
        proxy.setblocking(False)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        line = re.search(r"^  (curl .*)$", said, re.MULTILINE)
        assert line is not None, said
        got = subprocess.run(
            shlex.split(line[1]), env=environment(http_proxy=address, https_proxy=address),
            capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        with pytest.raises(BlockingIOError):
            proxy.accept()
    assert got.stdout.startswith("HTTP/1.1 ")
    assert "--no-proxy-server" in said
