"""From config.toml to one frozen record, or to one sentence that says what to change in it.

Everything is checked before anything is measured: a key that is not known stops the start, so that a slip of the pen
never becomes a default.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agent.catalog import load_catalog
from agent.config.helpers import Helper, helpers_of
from agent.config.notify import NOTIFY_RULES, Notify, notify_of
from agent.config.resolvers import DEFAULT_RESOLVERS, resolvers_of
from agent.config.rules import SECTIONS as OTHER_SECTIONS
from agent.config.rules import ConfigError, check_section, quoted
from agent.language import _
from probes.limits import Limits
from probes.resolver import Resolver

__all__ = [
    "DEFAULT_RESOLVERS",
    "PACES",
    "SECTIONS",
    "Budget",
    "Config",
    "ConfigError",
    "Helper",
    "Notify",
    "Pace",
    "Schedule",
    "Vantage",
    "load_config",
]

#: Where the configuration is looked for when nobody names a file.
DEFAULT_PATH = Path("config.toml")
_BYTES_PER_MIB = 1024 * 1024
#: Sections that may stand several times, each with its own rules: agent/config/resolvers.py and helpers.py.
LISTS = ("resolver", "helper")
#: Every section that stands once, and its keys.
SECTIONS = {**OTHER_SECTIONS, "notify": NOTIFY_RULES}
#: Keys of [timeouts], and the bounds of `Limits` that they set.
_LIMIT_OF_KEY = {
    "system_dns_s": "system_dns_timeout_s",
    "dns_s": "dns_timeout_s",
    "dns_window_s": "dns_window_s",
    "connect_s": "connect_timeout_s",
    "tls_s": "tls_timeout_s",
    "http_s": "http_timeout_s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """Where the measurement stands, as its user states it. Nothing of it is looked up."""

    #: ISO 3166 code. Empty: not stated.
    country: str = ""
    #: Number of the network. None: not stated.
    asn: int | None = None
    #: The user's own word for the network. Empty: none.
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hard a sweep may press."""

    #: gentle or fast.
    name: str
    #: New connections in a minute, at most. None: no bound.
    connections_per_min: int | None
    #: Whether the endpoints are asked in random order.
    shuffle: bool
    #: Seconds to leave an endpoint alone after interference was seen there.
    cool_down_s: float


#: Both shuffle, since residual censorship punishes whatever comes second (RFC 9505). Six a minute is "a few
#: connections a minute", what a browser does on opening one page; 180 s is longer than the residual blocking that the
#: literature reports for most censors, and our choice: nobody has measured Iran's.
PACES: Mapping[str, Pace] = {
    "gentle": Pace(name="gentle", connections_per_min=6, shuffle=True, cool_down_s=180.0),
    "fast": Pace(name="fast", connections_per_min=None, shuffle=True, cool_down_s=0.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a sweep may spend. What is left over is `not_run_budget`, never a failure."""

    #: Tries of one endpoint before its failure counts as repeated, the first included.
    tries_per_endpoint: int = 2
    #: Payload of one sweep in MiB, both directions. Every page of the catalog may be read to its bound, often.
    sweep_mib: float = 20.0
    #: Minutes after which a sweep ends, finished or not. A gentle one of a country that blocks much takes over an hour.
    sweep_max_min: int = 120

    @property
    def sweep_bytes(self) -> int:
        """`sweep_mib` in bytes."""
        return int(self.sweep_mib * _BYTES_PER_MIB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often a sweep begins."""

    #: Minutes between the beginnings of two sweeps.
    every_min: int = 180
    #: A sweep begins up to this many minutes late, by chance, so that it has no hour of its own.
    jitter_min: int = 30
    #: Minutes after which what changed is looked at again, off the cadence; 0: never. Long enough for a server to be
    #: started anew, and for the residual blocking that follows a try (see PACES) to be over. Our choice.
    confirm_min: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that the user decides."""

    #: The file it came from. None: the built-in defaults.
    source: Path | None = None
    #: The folder of the CSV files. It need not exist yet.
    results: Path = Path("results")
    vantage: Vantage = Vantage()
    #: Asked beside the system's resolver, which is always asked and never listed.
    resolvers: tuple[Resolver, ...] = DEFAULT_RESOLVERS
    #: Asked to look at what fails here. None unless the user names one.
    helpers: tuple[Helper, ...] = ()
    #: Keys of the catalog. Empty: all platforms.
    platforms: tuple[str, ...] = ()
    #: A table of networks (agent/networks.py). None: there is none, and none is needed.
    networks: Path | None = None
    pace: Pace = PACES["gentle"]
    schedule: Schedule = Schedule()
    limits: Limits = field(default_factory=Limits)
    budget: Budget = Budget()
    #: Whom `run` tells of changes. Nobody, unless the user says so.
    notify: Notify = Notify()


def load_config(path: Path | None = None) -> Config:
    """The configuration in `path`; with None, in ./config.toml if there is one, and else the built-in defaults.

    A relative results folder is relative to the file's own folder. Raises `ConfigError`, one sentence with the file,
    the key or line, and the remedy.
    """
    source = path if path is not None or not DEFAULT_PATH.exists() else DEFAULT_PATH
    if source is None:
        return Config()
    try:
        return _config_of(_parse(source), source=source)
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from None


def _parse(source: Path) -> dict[str, Any]:
    try:
        # Notepad opens a file with a byte order mark, which TOML does not allow and which harms nobody.
        return tomllib.loads(source.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(_("there is no such file; name another with --config, or make it.")) from None
    except OSError as error:
        raise ConfigError(
            _("it cannot be read ({reason}); make it readable, or name another.").format(reason=error.strerror)
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            _("byte {number} is not UTF-8; save the file as UTF-8.").format(number=error.start + 1)
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_toml_sentence(str(error))) from None


def _toml_sentence(message: str) -> str:
    """tomllib's complaint, with the place first, where it names one."""
    what, place = message.partition(" (at ")[::2]
    found = re.fullmatch(r"line (\d+), column (\d+)\)", place)
    where = _("the last line")
    if found:
        where = _("line {line}, column {column}").format(line=found[1], column=found[2])
    return _("{where} is not TOML ({what}); correct that line, or copy it again from the documented default.").format(
        where=where, what=what
    )


def _config_of(document: dict[str, Any], *, source: Path) -> Config:
    for name, value in document.items():
        if name not in {*SECTIONS, *LISTS}:
            raise ConfigError(_unknown_section(name, value))
        if name not in LISTS:
            check_section(name, value, SECTIONS[name])
    values = {name: document.get(name, {}) for name in SECTIONS}
    measured = values["measure"]
    return Config(
        source=source,
        results=source.parent / Path(values["results"].get("folder", "results")).expanduser(),
        vantage=Vantage(**values["vantage"]),
        resolvers=resolvers_of(document["resolver"]) if "resolver" in document else DEFAULT_RESOLVERS,
        helpers=helpers_of(document.get("helper", [])),
        platforms=_platforms_of(measured.get("platforms", [])),
        networks=source.parent / Path(measured["networks"]).expanduser() if "networks" in measured else None,
        pace=PACES[measured.get("pace", "gentle")],
        schedule=_schedule_of(values["schedule"]),
        limits=_limits_of(values["timeouts"]),
        budget=Budget(**values["budget"]),
        notify=notify_of(values["notify"]),
    )


def _unknown_section(name: str, value: object) -> str:
    if not isinstance(value, (dict, list)):
        home = next((section for section, rules in SECTIONS.items() if name in rules), "")
        remedy = _("put it under [{section}]").format(section=home) if home else _sections_listed()
        return _("{name} stands outside every section; {remedy}.").format(name=name, remedy=remedy)
    near = difflib.get_close_matches(name, [*SECTIONS, *LISTS], n=1)
    remedy = _("perhaps you mean {name}").format(name=f"[{near[0]}]") if near else _sections_listed()
    return _("there is no section [{name}]; {remedy}.").format(name=name, remedy=remedy)


def _sections_listed() -> str:
    names = ", ".join([*SECTIONS, *LISTS[:-1]])
    return _("the sections are {names} and {last}").format(names=names, last=LISTS[-1])


def _platforms_of(names: list[str]) -> tuple[str, ...]:
    known = [platform.key for platform in load_catalog().platforms] if names else []
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            remedy = _("there are {names}").format(names=", ".join(known))
            if near:
                remedy = _("perhaps you mean {name}").format(name=quoted(near[0]))
            raise ConfigError(
                _("[measure] platforms: no platform is called {name}; {remedy}.").format(
                    name=quoted(name), remedy=remedy
                )
            )
    return tuple(names)


def _schedule_of(values: dict[str, int]) -> Schedule:
    schedule = Schedule(**values)
    if schedule.jitter_min < schedule.every_min:
        return schedule
    if "jitter_min" not in values:  # the default is meant for hours; a short cadence gets its share of it
        return replace(schedule, jitter_min=schedule.every_min // 6)
    raise ConfigError(
        _(
            "[schedule] jitter_min = {jitter_min} is not less than every_min = {every_min}, so that sweeps would run "
            "into each other; lower jitter_min."
        ).format(jitter_min=schedule.jitter_min, every_min=schedule.every_min)
    )


def _limits_of(values: dict[str, float]) -> Limits:
    limits: dict[str, Any] = {_LIMIT_OF_KEY[key]: float(value) for key, value in values.items()}
    return replace(Limits(), **limits)
