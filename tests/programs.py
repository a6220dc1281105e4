"""Programs that are not ours, run against a standing lab as its users would: dig, curl, openssl and Chromium.

On loopback the lab stands in a network of its own, where there is one to be had, so that nothing can leave it.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.lab.namespace.client import PROXY_VARIABLES
from tests.dideban_process import PATIENCE_S, command, environment
from tests.namespace import alone
from tests.programs_world import RESOLVER, RESOLVER_NAME, SITES, address_of, name_of

#: Seconds after which silence is silence. Only where nothing can come is so little waited for.
SILENCE_S = 2
#: Seconds that an answer may take on a busy machine.
ANSWER_S = 30
#: What the lab says when it stands.
STANDS = "Ctrl+C ends it"
UP = 'ip link set lo up && exec "$@"'
#: A line of the table that `dideban lab serve` prints on loopback.
DOOR = re.compile(r"^  (\S+) port (\d+) \(\w+, (tcp|udp)\)  127\.0\.0\.1:(\d+)$", re.MULTILINE)


def needs_program(name: str, package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(name), reason=f"Needs the program {name}; install {package}.")


needs_dig = needs_program("dig", "dnsutils")
needs_curl = needs_program("curl", "curl")
needs_openssl = needs_program("openssl", "openssl")
needs_chromium = needs_program("chromium", "chromium")
needs_certutil = needs_program("certutil", "libnss3-tools")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What came of a program."""

    #: Exit status.
    code: int
    #: Standard output and standard error.
    said: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A lab that stands, as other programs see it."""

    #: A key of STAGES.
    stage: str
    #: The command that runs another where the lab can be reached. Empty: that is here.
    within: tuple[str, ...]
    #: Everything that the lab printed.
    told: str
    #: A folder of whoever uses it: no settings of this computer's user count.
    home: Path
    #: Loopback port of each logical address, port and transport. Empty: they are the real ones.
    doors: Mapping[tuple[str, int, str], int] = field(default_factory=dict)
    #: The root certificate of its web.
    root: str

    def run(self, *words: str | Path) -> Ended:
        """A program to its end, nothing typed."""
        ended = subprocess.run(
            [*self.within, *map(str, words)],
            env=self.variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        return Ended(code=ended.returncode, said=ended.stdout.decode(errors="replace"))

    @property
    def variables(self) -> dict[str, str]:
        """Nothing that would lead a program to a proxy, or to other certificates than its system's."""
        foreign = {*PROXY_VARIABLES, "ssl_cert_file", "ssl_cert_dir", "curl_ca_bundle"}
        kept = {name: value for name, value in os.environ.items() if name.lower() not in foreign}
        return {**kept, "HOME": str(self.home), "TMPDIR": str(self.home), "LC_ALL": "C.UTF-8"}

    def dig(self, *words: str, over: str = "udp", port: int = 53, patience_s: int = ANSWER_S) -> Ended:
        """Ask the world's resolver."""
        place = (
            ["@127.0.0.1", "-p", str(self.doors[RESOLVER, port, over])]
            if self.doors
            else [f"@{RESOLVER}", "-p", str(port)]
        )
        return self.run("dig", *place, f"+time={patience_s}", "+tries=1", "+noall", "+comments", "+answer", *words)

    def dig_over_tls(self, *words: str, patience_s: int = ANSWER_S) -> Ended:
        """Ask it behind TLS, and believe only the name that it is known by."""
        tls = ("+tls", f"+tls-ca={self.root}", f"+tls-hostname={RESOLVER_NAME}")
        return self.dig(*tls, *words, over="tcp", port=853, patience_s=patience_s)

    def curl(self, url: str, *words: str, patience_s: int = ANSWER_S) -> Ended:
        """Fetch; on loopback the address is changed and nothing else."""
        usual = ("--silent", "--show-error", "--include", "--max-time", str(patience_s))
        return self.run("curl", *usual, *self._led(), *words, url)

    def openssl(self, site: str, *words: str) -> Ended:
        """Shake hands, and believe a good certificate alone."""
        place = f"127.0.0.1:{self.doors[address_of(site), 443, 'tcp']}" if self.doors else f"{name_of(site)}:443"
        known = ("-servername", name_of(site), "-verify_hostname", name_of(site), "-CAfile", self.root)
        return self.run("openssl", "s_client", "-connect", place, *known, "-verify_return_error", *words)

    def _led(self) -> Iterator[str]:
        """Words for curl by which it finds the sites on loopback, and trusts their certificates."""
        if self.doors:
            yield from ("--cacert", self.root)
            for name, port, door in self.named_doors("tcp"):
                yield from ("--connect-to", f"{name}:{port}:127.0.0.1:{door}")

    def named_doors(self, transport: str) -> Iterator[tuple[str, int, int]]:
        """Name, port and loopback port of every site."""
        named = {RESOLVER: RESOLVER_NAME, **{address_of(site): name_of(site) for site in SITES}}
        for (address, port, over), door in self.doors.items():
            if over == transport and address in named:
                yield named[address], port, door


#: A lab by its stage, and whether its censor is switched on.
Laboratory = Callable[[str, bool], Standing]


@contextmanager
def standing(stage: str, scenario: Path) -> Iterator[Standing]:
    """A scenario's lab, as `dideban lab serve` puts it up; its process is killed in the end.

    Its user's home is no folder of pytest's: their names are too long for the sockets that Chromium makes in it.
    """
    serve = command("lab", "serve", scenario, "--stage", stage)
    around = (*alone(), "sh", "-c", UP, "sh") if stage == "loopback" and alone() else ()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        subprocess.Popen(
            [*around, *serve], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=home
        ) as running,
    ):
        try:
            told = told_by(running)
            yield (on_namespaces if stage == "namespace" else on_loopback)(running.pid, told, Path(home))
        finally:
            running.kill()


def told_by(running: subprocess.Popen[bytes]) -> str:
    """All that the lab prints until it stands."""
    assert running.stdout is not None
    told, until_s = b"", time.monotonic() + PATIENCE_S
    while STANDS.encode() not in told:
        readable, _, _ = select.select([running.stdout], [], [], max(0.0, until_s - time.monotonic()))
        more = os.read(running.stdout.fileno(), 65536) if readable else b""
        assert more, f"It does not stand, and has said: {told.decode()}"
        told += more
    return told.decode()


def on_loopback(pid: int, told: str, home: Path) -> Standing:
    user = ("--user", "--preserve-credentials") if "--map-root-user" in alone() else ()
    doors = {(address, int(port), over): int(door) for address, port, over, door in DOOR.findall(told)}
    root = re.search(r"--cacert (\S+)", told)
    assert root is not None, told
    return Standing(
        stage="loopback",
        within=("nsenter", "--target", str(pid), *user, "--net") if alone() else (),
        told=told,
        home=home,
        doors=doors,
        root=root[1],
    )


def on_namespaces(_: int, told: str, home: Path) -> Standing:
    """The lab prints by which line it is entered, and where its root is."""
    enter = re.search(r"^ *(nsenter .*)$", told, re.MULTILINE)
    root = re.search(r"root certificate of its web is ([^\s,]+)", told)
    assert enter is not None, told
    assert root is not None, told
    return Standing(stage="namespace", within=tuple(enter[1].split()), told=told, home=home, root=root[1])


@dataclass(frozen=True)
class Sees:
    """How a program ends, by its exit status, and what it then says, as regular expressions."""

    code: int
    says: tuple[str, ...] = ()
    #: Where it hangs on the instant. None: there is no other.
    or_code: int | None = None


def says(*words: str, code: int = 0, or_code: int | None = None) -> Sees:
    return Sees(code, words, or_code)


def check(ended: Ended, expected: Sees) -> None:
    """Fail unless the program has ended and spoken as it must."""
    missing = [words for words in expected.says if not re.search(words, ended.said, re.MULTILINE)]
    assert ended.code in {expected.code, expected.or_code}, ended.said
    assert missing == [], ended.said
