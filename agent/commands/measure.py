"""`dideban once` and `dideban run`: real sweeps, by whoever has consented."""

from __future__ import annotations

import argparse
import asyncio
import sys

from agent import consent
from agent.calendars import digits
from agent.catalog import load_catalog
from agent.catalog.load import signal_root_pem
from agent.commands import COUNTRY_NOT_STATED, can_show, config_of, program
from agent.commands.cadence import WITHDRAWN, keep_measuring
from agent.commands.endings import ended_by_signals, ended_by_withdrawal
from agent.commands.stages import check_for_internet
from agent.config import Config
from agent.exits import DONE, INTERRUPTED, NO_CONSENT, NOT_NORMAL, OFFLINE, UsageError
from agent.language import N_, _, speaking
from agent.networks import Networks
from agent.open_files import allow_open_files
from agent.records import VantageState
from agent.report.direction import say
from agent.report.reading import show_sentences
from agent.store.identity import vantage_id
from agent.store.lock import ResultsLock
from agent.sweep import Setting, SweepResult, run_sweep
from probes.certificate import TrustStore
from probes.network import operating_system

NOT_CONSENTED = N_(
    "No consent to this version's text is on record in {folder}; run `{program} consent` and read what measuring means."
)
#: What a fast sweep of the whole catalog holds open, with room to spare (agent/open_files.py).
FAST_NEEDS_FILES = 600
CODES = {"interrupted": INTERRUPTED, "not_measured": OFFLINE}


def once(options: argparse.Namespace) -> int:
    config = config_of(options)
    check_for_internet(config.results)
    if not _consented(config):
        return NO_CONSENT
    with ResultsLock(config.results, doing="dideban once"):
        result = asyncio.run(_one(setting_of(config)))
    from agent.report.terminal import show_sweep  # only now: nobody who waits needs it

    show_sweep(result)
    say(_("The CSV files are in {folder}.").format(folder=config.results))
    if not config.vantage.country:
        show_sentences(_(COUNTRY_NOT_STATED))
    if consent.recorded(config.results) is None:
        say(f"dideban: {_(WITHDRAWN)}", file=sys.stderr)
        return NO_CONSENT
    return code_of(result)


def run(options: argparse.Namespace) -> int:
    config = config_of(options)
    check_for_internet(config.results)
    if not _consented(config):
        return NO_CONSENT
    with ResultsLock(config.results, doing="dideban run"):
        asyncio.run(_while_consented(config))
    return DONE if consent.recorded(config.results) is not None else NO_CONSENT


def setting_of(config: Config) -> Setting:
    """The real world's setting. Raises `UsageError` on a fence that does not parse, and where a pace cannot be kept."""
    if config.pace.connections_per_min is None and (allowed := allow_open_files()) < FAST_NEEDS_FILES:
        too_few = _(
            "The pace fast needs {needed} open files and this system allows {allowed}; raise the limit (ulimit -n), or "
            "set pace to gentle in config.toml."
        )
        raise UsageError(too_few.format(needed=digits(FAST_NEEDS_FILES), allowed=digits(allowed)))
    try:
        network = operating_system()
    except ValueError as error:
        wrong = _("The fence in the environment is not a list of prefixes ({error}); correct or unset it.")
        raise UsageError(wrong.format(error=error)) from None
    return Setting(
        config=config,
        catalog=load_catalog(),
        network=network,
        trust={"web": TrustStore.web(), "signal": TrustStore(signal_root_pem())},
        networks=Networks.read(config.networks) if config.networks else Networks(),
        stage="internet",
        vantage_id=vantage_id(config.results),
    )


def code_of(result: SweepResult) -> int:
    """The exit code that tells how a sweep went."""
    normal = DONE if result.sweep.vantage_state is VantageState.NORMAL else NOT_NORMAL
    return CODES.get(result.sweep.outcome, normal)


async def _while_consented(config: Config) -> None:
    cadence, stop = config.schedule, asyncio.Event()
    async with ended_by_withdrawal(config.results, stop):
        await keep_measuring(
            setting_of(config),
            every_s=cadence.every_min * 60,
            jitter_s=cadence.jitter_min * 60,
            confirm_s=cadence.confirm_min * 60,
            stop=stop,
        )


async def _one(setting: Setting) -> SweepResult:
    from agent.report.progress import shown_progress

    stop = asyncio.Event()
    with ended_by_signals(stop), shown_progress() as progress:
        async with ended_by_withdrawal(setting.config.results, stop):
            return await run_sweep(setting, trigger="once", stop=stop, progress=progress, observed=progress.observed)


def _consented(config: Config) -> bool:
    if consent.recorded(config.results) is not None:
        return True
    # In every language there is a text in: this is where a volunteer begins, whatever the terminal's language.
    for language in consent.LANGUAGES:
        with speaking(language):
            line = _(NOT_CONSENTED).format(folder=config.results, program=program())
            if can_show(line, sys.stderr):  # Persian in escapes helps nobody
                say(f"dideban: {line}", file=sys.stderr)
    return False
