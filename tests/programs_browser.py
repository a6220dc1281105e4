"""A Chromium without a window that visits the lab's pages one after the other, told what to do over a pipe.

It trusts the lab's root as its user would have it: by a database of certificates in its own home. The protocol is
Chrome's own (chromedevtools.github.io/devtools-protocol).
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from tests.programs import Standing

#: Seconds after which a browser is taken for hung.
PATIENCE_S = 60.0
#: Nothing but the page that is asked for. `HttpsUpgrades` would try another address first.
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=HttpsUpgrades,OptimizationHints,Translate,CaptivePortalInterstitial,SSLCommonNameMismatchHandling",
)
#: What a page shows, and over which protocol it came.
LOOK = (
    "JSON.stringify([document.documentElement.outerHTML, location.href,"
    " (performance.getEntriesByType('navigation')[0] || {}).nextHopProtocol || ''])"
)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What a browser got to see."""

    #: Chromium's word for what went wrong (net_error_list.h). Empty: a page came.
    error: str
    html: str = ""
    #: Where redirects led.
    url: str = ""
    #: h3, http/1.1 …
    protocol: str = ""


class Browser:
    """A running Chromium, as its pipe."""

    def __init__(self, orders: IO[bytes], answers: IO[bytes]) -> None:
        self._orders = orders
        self._answers = answers
        self._numbers = itertools.count(1)
        self._heard = b""
        self._session = ""

    def open_page(self) -> None:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def visit(self, url: str) -> Visit:
        """Go there, and wait until the page has come, without its frames, or is known not to come."""
        error = self._ask("Page.navigate", url=url).get("errorText", "")
        if error:
            return Visit(error=error)
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            if self._value_of("document.readyState") != "loading":
                html, where, protocol = json.loads(self._value_of(LOOK))
                return Visit(error="", html=html, url=where, protocol=protocol)
            time.sleep(0.05)
        raise TimeoutError(f"{url} is still loading.")

    def _value_of(self, expression: str) -> str:
        return str(self._ask("Runtime.evaluate", expression=expression)["result"].get("value", ""))

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        order: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if self._session:
            order["sessionId"] = self._session
        self._orders.write(json.dumps(order).encode() + b"\0")
        self._orders.flush()
        while (answer := self._next()).get("id") != number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        """Its next message, an answer or an event."""
        while b"\0" not in self._heard:
            readable, _, _ = select.select([self._answers], [], [], PATIENCE_S)
            more = os.read(self._answers.fileno(), 65536) if readable else b""
            assert more, "Chromium has ended, or says nothing more."
            self._heard += more
        message, _, self._heard = self._heard.partition(b"\0")
        read: dict[str, Any] = json.loads(message)
        return read


@contextmanager
def browser(lab: Standing, *, over_quic: str = "") -> Iterator[Browser]:
    """Chromium where the lab is reached. `over_quic`: a name that is to be spoken to in no other way.

    Chromium and all it starts end with its pipe; what does not is killed.
    """
    trust(lab)
    orders, ours = os.pipe()
    answers, theirs = os.pipe()
    # Out of the way of the two that it expects them at.
    given = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (orders, theirs)]
    words = [
        *QUIET,
        f"--user-data-dir={tempfile.mkdtemp(dir=lab.home)}",
        "--remote-debugging-pipe",
        *led(lab, over_quic),
    ]
    # It reads its orders from descriptor 3 and answers on 4.
    begin = f'exec "$@" 3<&{given[0]} 4>&{given[1]}'
    with (
        open(ours, "wb") as writing,
        open(answers, "rb") as reading,
        subprocess.Popen(
            [*lab.within, "bash", "-c", begin, "bash", "chromium", *words],
            env=lab.variables, pass_fds=given, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as running,
    ):  # fmt: skip
        for end in (orders, theirs, *given):
            os.close(end)
        try:
            opened = Browser(writing, reading)
            opened.open_page()
            yield opened
        finally:
            writing.close()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()


def trust(lab: Standing) -> None:
    """Put the lab's root into the database that Chromium reads in its user's home."""
    database = lab.home / ".pki" / "nssdb"
    if database.exists():
        return
    database.mkdir(parents=True)
    where = ("-d", f"sql:{database}")
    root = lab.home / "root.pem"
    root.write_text(lab.run("cat", lab.root).said, encoding="ascii")
    for words in (("-N", "--empty-password"), ("-A", "-n", "lab", "-t", "C,,", "-i", str(root))):
        ended = lab.run("certutil", words[0], *where, *words[1:])
        assert ended.code == 0, ended.said


def led(lab: Standing, over_quic: str) -> Iterator[str]:
    """Words by which it finds the sites on loopback, and nothing else; in namespaces the system leads it."""
    if over_quic:
        yield from ("--enable-quic", f"--origin-to-force-quic-on={over_quic}:443")
    if lab.doors:
        doors = {(name, port): door for name, port, door in lab.named_doors("tcp")}
        doors |= {(name, port): door for name, port, door in lab.named_doors("udp") if name == over_quic}
        maps = [f"MAP {name}:{port} 127.0.0.1:{door}" for (name, port), door in doors.items()]
        yield f"--host-resolver-rules={', '.join((*maps, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'))}"
