"""`dideban helper`: a test helper for others, on a computer where nobody censors."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import ssl
from pathlib import Path

from agent.commands.endings import ended_by_signals
from agent.exits import DONE, UsageError
from agent.helper.look import Lookout
from agent.helper.server import HelperServer
from probes.certificate import TrustStore
from probes.network import operating_system

REMEDY = "write an address and a port, such as 127.0.0.1:8300 or [::1]:8300"


def run(options: argparse.Namespace) -> int:
    address, port = place_in(options.listen)
    tls = tls_of(options.certificate, options.key)
    try:
        network = operating_system()
    except ValueError as error:
        raise UsageError(f"The fence in the environment is not a list of prefixes ({error}); correct it.") from None
    lookout = Lookout(network=network, trust=TrustStore.web())
    server = HelperServer(lookout=lookout, behind_proxy=options.behind_proxy)
    asyncio.run(serve(server, address, port, tls))
    return DONE


async def serve(server: HelperServer, address: str, port: int, tls: ssl.SSLContext | None) -> None:
    """Serve until Ctrl+C or SIGTERM."""
    stop = asyncio.Event()
    try:
        listening = await server.listen(address, port, tls=tls)
    except OSError as error:
        reason = (error.strerror or str(error)).rstrip(".")
        raise UsageError(
            f"Nobody can listen on {address} port {port} ({reason}); choose another with --listen."
        ) from None
    async with listening:
        bound = listening.sockets[0].getsockname()
        scheme = "http" if tls is None else "https"
        print(f"The helper answers at {scheme}://{written(bound[0])}:{bound[1]}/. Ctrl+C ends it.", flush=True)
        with ended_by_signals(stop):
            await stop.wait()


def place_in(text: str) -> tuple[str, int]:
    """Address and port of --listen. Raises `UsageError`."""
    address, _, port = text.rpartition(":")
    try:
        parsed = ipaddress.ip_address(address.removeprefix("[").removesuffix("]"))
        number = int(port)
    except ValueError:
        raise UsageError(f"--listen {text} is no address with a port; {REMEDY}.") from None
    if not 0 <= number <= 65535:
        raise UsageError(f"--listen {text} has a port that does not exist; {REMEDY}.")
    return str(parsed), number


def tls_of(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """TLS with a certificate of the helper's own. None: a proxy before it does that. Raises `UsageError`."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise UsageError("--certificate and --key belong together; name both files, or neither.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(
            f"{certificate} and {key} are no certificate and its key that can be read ({error.strerror or error}); "
            "name PEM files, the server's certificate first."
        ) from None
    return context


def written(address: str) -> str:
    """An address as URLs have it."""
    return f"[{address}]" if ":" in address else address
