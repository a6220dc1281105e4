"""`dideban export bundle`: drafts it, shows it, asks, and only then writes it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from agent.exits import DONE, NO_CONSENT, UsageError
from agent.exports.bundle import drafted, write_zip
from agent.exports.new_file import new_file
from agent.exports.selection import selected
from agent.language import _
from agent.report.bundle_words import agreed, show_bundle
from agent.report.direction import say
from agent.report.selection import Filter
from agent.report.visible import visible
from agent.store.disk import sentences
from agent.store.scrub import Private
from probes.network import operating_system


def export_bundle(options: argparse.Namespace, folder: Path, wanted: Filter) -> int:
    """The whole command. Raises `UsageError` where there is nothing to bundle, or nowhere to put it."""
    path: Path | None = options.output
    if path is None and not options.dry_run:
        raise UsageError(_("Name the file to write with --output, or look first with --dry-run."))
    selection = selected(folder, wanted)
    # Only asked of this computer: nothing is sent for it.
    private = Private.of_this_computer(operating_system().own_addresses())
    # Where the rows are anyway: what is deleted from the stick that the bundle goes to can be found there again.
    with sentences(folder):
        place = tempfile.TemporaryDirectory(prefix=".dideban-bundle-", dir=folder)
    with place as drafts:
        draft = drafted(selection, private, Path(drafts), with_label=options.with_label)
        if not draft.sweeps:
            raise UsageError(_("No sweep could be made safe, so there is nothing to bundle."))
        show_bundle(draft, selection, path, with_label=options.with_label)
        if options.dry_run or path is None:
            return DONE
        if not options.yes and not agreed():
            say(_("You did not agree; nothing was written."))
            return NO_CONSENT
        with new_file(path) as file:
            write_zip(draft, file)
    say(visible(_("Written: {path}. Send it by hand, and only to whom you trust.").format(path=path)))
    say(_("Whoever gets it checks it with: dideban merge {name} --results merged").format(name=visible(path.name)))
    sys.stdout.flush()
    return DONE
