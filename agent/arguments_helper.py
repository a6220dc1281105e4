"""The arguments of `dideban helper`."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.language import _
from agent.parser import Commands, command


def helper(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import helper as serving

        return serving.run(options)

    parser = command(
        commands,
        "helper",
        _("serve as a test helper for others, where nobody censors"),
        _(
            "Agents that name it in their config.toml, and OONI's probes, ask it to look at what fails for them. It "
            "speaks OONI's helper protocol, visits public web servers only, and keeps no record of who asked what.\n\n"
            "It listens on this computer alone unless --listen says otherwise, and without a certificate it speaks "
            "plain HTTP: a proxy before it has to speak TLS, which agents insist on. docs/helper.md tells how to run "
            "one, what it refuses, and why. Run none where the network itself is censored."
        ),
        run,
        results=False,
    )
    parser.add_argument(
        "--listen",
        metavar="ADDRESS:PORT",
        default="127.0.0.1:8300",
        help=_("where it listens (default: 127.0.0.1:8300)"),
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE", help=_("speak TLS with this certificate (PEM)"))
    parser.add_argument("--key", type=Path, metavar="FILE", help=_("the certificate's key (PEM)"))
    parser.add_argument(
        "--behind-proxy",
        action="store_true",
        help=_("count clients by the last address of X-Forwarded-For; only where nobody but a proxy reaches it"),
    )
