"""`dideban helper`: it serves on this computer until it is told to end, and refuses what it cannot serve."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent import exits
from tests.dideban_process import PATIENCE_S, command, dideban, environment, sentence_of


@contextmanager
def serving(cwd: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command under way, and the port that it says it listens on."""
    process = subprocess.Popen(
        command("helper", "--listen", "127.0.0.1:0", *arguments),
        cwd=cwd, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"The helper answers at http://127\.0\.0\.1:(\d+)/\. Ctrl\+C ends it\.\n", said)
        assert found, said
        yield process, int(found[1])
    finally:
        process.kill()
        process.wait()


def asked(port: int, url: str, *endpoints: str) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("POST", "/", json.dumps({"http_request": url, "tcp_connect": list(endpoints)}))
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could answer.")
def test_it_answers_until_it_is_told_to_end(tmp_path: Path) -> None:
    """Behind the fence it reaches nobody, and says so in the protocol's words; nothing is written or told of it."""
    with serving(tmp_path) as (process, port):
        status, told = asked(port, "https://44.0.0.1/", "44.0.0.1:443")
        named, of_name = asked(port, "https://site.example/")
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=PATIENCE_S)
    assert (status, named) == (200, 200)
    assert of_name["dns"] == {"failure": "dns_server_failure", "addrs": []}
    assert told["tcp_connect"] == {}
    assert told["http_request"] == {
        "body_length": -1, "failure": "unknown_error", "title": "", "headers": {}, "status_code": -1
    }  # fmt: skip
    assert (process.returncode, out, errors) == (exits.DONE, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--listen", "localhost:80"],
            "--listen localhost:80 is no address with a port; write an address and a port, such as 127.0.0.1:8300 or "
            "[::1]:8300.",
        ),
        (
            ["--listen", "127.0.0.1:70000"],
            "--listen 127.0.0.1:70000 has a port that does not exist; write an address and a port, such as "
            "127.0.0.1:8300 or [::1]:8300.",
        ),
        (["--key", "key.pem"], "--certificate and --key belong together; name both files, or neither."),
        (
            ["--certificate", "none.pem", "--key", "none.pem"],
            "none.pem and none.pem are no certificate and its key that can be read (No such file or directory); name "
            "PEM files, the server's certificate first.",
        ),
    ],
)
def test_what_cannot_be_served_is_refused_with_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    refused = dideban("helper", *arguments, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (exits.BAD_INPUT, "")
    assert sentence_of(refused) == sentence


def test_a_taken_port_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, port):
        refused = dideban("helper", "--listen", f"127.0.0.1:{port}", cwd=tmp_path)
    assert refused.returncode == exits.BAD_INPUT
    assert f"Nobody can listen on 127.0.0.1 port {port}" in sentence_of(refused)
