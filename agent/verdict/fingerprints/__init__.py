"""Known artefacts of blocking: addresses and pages, each with its source. Lists of facts, re-derived, not copied.

An artefact settles a verdict alone, so a row belongs here only when nothing innocent can look like it. Who runs the
filter (`Scope`) decides what its page settles.
"""

from __future__ import annotations

from agent.verdict.fingerprints.addresses import FORGED_ADDRESSES, IRAN_BLOCK_ADDRESSES, Forged, is_bogon
from agent.verdict.fingerprints.app import DATA_CENTRE
from agent.verdict.fingerprints.recognise import MECHANISM_OF_PAGE, SCOPE_OF_PAGE, recognise
from agent.verdict.fingerprints.record import ORDERED, Scope
from agent.verdict.fingerprints.unknown import UNKNOWN

__all__ = [
    "DATA_CENTRE",
    "FORGED_ADDRESSES",
    "IRAN_BLOCK_ADDRESSES",
    "MECHANISM_OF_PAGE",
    "ORDERED",
    "SCOPE_OF_PAGE",
    "UNKNOWN",
    "Forged",
    "Scope",
    "is_bogon",
    "recognise",
]
