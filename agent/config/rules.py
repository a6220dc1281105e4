"""What each key of config.toml may hold, as a table, and the one sentence said of a key that holds something else.

Nothing here reads a file: it is given what TOML parsed, and names key and remedy. The caller adds the file.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from agent.language import N_, _

#: ISO 3166-1 alpha-2, all assigned codes, and XK (Kosovo), which ISO leaves to its users and everybody uses.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split()
)
#: What a key may end in, and the word for it.
UNITS = {"ms": N_("milliseconds"), "s": N_("seconds"), "min": N_("minutes"), "h": N_("hours"), "mib": "MiB"}
#: The user's own words for a network: a few of them, since they stand in every row of the sweeps file.
LABEL_CHARACTERS = 60
#: What to write where a number must stand, by whether it is whole and whether it counts something.
_NUMBERS = {
    (True, True): N_("write a whole number of {unit} from {low} to {high}"),
    (True, False): N_("write a whole number from {low} to {high}"),
    (False, True): N_("write a number of {unit} from {low} to {high}"),
    (False, False): N_("write a number from {low} to {high}"),
}


class ConfigError(ValueError):
    """The configuration cannot be used. Its text is one sentence that names the key or line and says what to change."""


class Rule(Protocol):
    """What a key may hold."""

    def complaint(self, value: object) -> str:
        """What is wrong with `value`, and the remedy, to be read after "key = value". Empty: nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number between two bounds, both allowed. A truth value is not a number here, though Python thinks so."""

    low: float
    high: float
    whole: bool = False
    #: What is counted: minutes, seconds, tries. Empty: nothing.
    unit: str = ""
    #: The remedy, and what else to say in it.
    hint: str = "{remedy}"

    def complaint(self, value: object) -> str:
        write = _(_NUMBERS[self.whole, bool(self.unit)]).format(unit=_(self.unit), low=self.low, high=self.high)
        remedy = _(self.hint).format(remedy=write)
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return _("is {value}; {remedy}").format(value=kind_of(value), remedy=remedy)
        return "" if self.low <= value <= self.high else _("is out of range; {remedy}").format(remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def complaint(self, value: object) -> str:
        if isinstance(value, str) and value in self.words:
            return ""
        return _("is not one of the choices; write {choices}").format(choices=_(" or ").join(map(quoted, self.words)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of text, of at least one character."""

    characters_max: int
    #: What to write.
    remedy: str

    def complaint(self, value: object) -> str:
        remedy = _(self.remedy)
        if not isinstance(value, str):
            return _("is {value}; {remedy}").format(value=kind_of(value), remedy=remedy)
        if not value.strip():
            return _("is empty; {remedy}").format(remedy=remedy)
        if len(value) > self.characters_max:
            return _("is longer than {limit} characters; {remedy}").format(limit=self.characters_max, remedy=remedy)
        return "" if value.isprintable() else _("holds a control character; {remedy}").format(remedy=remedy)


@dataclass(frozen=True, slots=True)
class Label:
    """The user's own word for a network. Empty is allowed; an address is not, since it would be in the results."""

    def complaint(self, value: object) -> str:
        remedy = _('write up to {limit} characters, such as "home"').format(limit=LABEL_CHARACTERS)
        words = value.replace(",", " ").split() if isinstance(value, str) else []
        if any(is_address(word) for word in words):
            return _("holds an address, and none may stand in the results; {remedy}").format(remedy=remedy)
        return "" if value == "" else Text(characters_max=LABEL_CHARACTERS, remedy=remedy).complaint(value)


@dataclass(frozen=True, slots=True)
class Country:
    """A country's code, or nothing."""

    def complaint(self, value: object) -> str:
        if value == "" or (isinstance(value, str) and value in COUNTRIES):
            return ""
        return _('is not a country code; write its two capital letters of ISO 3166, such as "IR", or leave it out')


@dataclass(frozen=True, slots=True)
class Names:
    """A list of different words; which words there are is for the catalog to say."""

    def complaint(self, value: object) -> str:
        remedy = _('write a list such as ["signal", "telegram"], or [] for all')
        if not isinstance(value, list):
            return _("is {value}; {remedy}").format(value=kind_of(value), remedy=remedy)
        strangers = [entry for entry in value if not isinstance(entry, str)]
        if strangers:
            first, kind = shown(strangers[0]), kind_of(strangers[0])
            return _("holds {value}, which is {kind}; {remedy}").format(value=first, kind=kind, remedy=remedy)
        twice = [entry for entry in value if value.count(entry) > 1]
        return _("names {name} twice; name it once").format(name=quoted(twice[0])) if twice else ""


_TIME_OUT = Number(low=0.1, high=120, unit=N_("seconds"))
#: Every section that stands once, and its keys. `[[resolver]]` and `[[helper]]` have files of their own beside this.
SECTIONS: Mapping[str, Mapping[str, Rule]] = {
    "vantage": {
        "country": Country(),
        "asn": Number(low=1, high=4294967295, whole=True, hint=N_("{remedy}, without AS, or leave it out")),
        "label": Label(),
    },
    "measure": {
        "platforms": Names(),
        "pace": Choice(words=("gentle", "fast")),
        "networks": Text(characters_max=1000, remedy=N_('write the path of a file, such as "networks.txt"')),
    },
    "schedule": {
        "every_min": Number(low=1, high=10080, whole=True, unit=N_("minutes")),
        "jitter_min": Number(low=0, high=1440, whole=True, unit=N_("minutes")),
        "confirm_min": Number(low=0, high=1440, whole=True, unit=N_("minutes")),
    },
    "timeouts": dict.fromkeys(("system_dns_s", "dns_s", "dns_window_s", "connect_s", "tls_s", "http_s"), _TIME_OUT),
    "budget": {
        "tries_per_endpoint": Number(low=1, high=5, whole=True, unit=N_("tries")),
        "sweep_mib": Number(low=0.1, high=1024, unit="MiB"),
        "sweep_max_min": Number(low=1, high=1440, whole=True, unit=N_("minutes")),
    },
    "results": {"folder": Text(characters_max=1000, remedy=N_('write the path of a folder, such as "results"'))},
}


def check_section(name: str, section: object, rules: Mapping[str, Rule]) -> None:
    """Raise `ConfigError` for the first thing that is wrong in a section that stands once."""
    if not isinstance(section, dict):
        wrong = _("{name} is {kind}, and must be a section; write [{name}] on a line of its own.")
        raise ConfigError(wrong.format(name=name, kind=kind_of(section)))
    check_keys(f"[{name}]", section, rules)


def check_keys(where: str, section: Mapping[str, object], rules: Mapping[str, Rule]) -> None:
    """Raise `ConfigError` for the first key that `rules` do not know, or whose value they refuse."""
    for key, value in section.items():
        if key not in rules:
            remedy = advice(key, rules)
            raise ConfigError(_("{where} has no key {key}; {remedy}.").format(where=where, key=key, remedy=remedy))
        if complaint := rules[key].complaint(value):
            wrong = _("{where} {key} = {value} {complaint}.")
            value_shown = "…" if getattr(rules[key], "secret", False) else shown(value)
            raise ConfigError(wrong.format(where=where, key=key, value=value_shown, complaint=complaint))


def advice(key: str, known: Iterable[str]) -> str:
    """What to write instead of a key that is not known: the same with its unit, the nearest, or any of them."""
    for name in known:
        stem, unit = name.rpartition("_")[::2]
        if unit in UNITS and key == stem:
            return _("give the unit: {name}").format(name=name)
        if unit in UNITS and key.rpartition("_")[0] == stem and key.rpartition("_")[2] in UNITS:
            return _("this is given in {unit}: {name}").format(unit=_(UNITS[unit]), name=name)
    near = difflib.get_close_matches(key, list(known), n=1)
    if near:
        return _("perhaps you mean {name}").format(name=near[0])
    return _("its keys are {names}").format(names=", ".join(known))


def kind_of(value: object) -> str:
    """The kind of a TOML value in plain words."""
    kinds = {
        bool: _("true or false"),
        int: _("a number"),
        float: _("a fraction"),
        str: _("text"),
        list: _("a list"),
        dict: _("a section"),
    }
    return kinds.get(type(value), _("a date or time"))


def shown(value: object) -> str:
    """A TOML value as its writer would know it, on one line and cut short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def quoted(word: str) -> str:
    """`word` between double quotes."""
    return json.dumps(word, ensure_ascii=False)


def is_address(word: str) -> bool:
    """Whether `word` is an IP address, with or without a scope or a prefix length."""
    try:
        ipaddress.ip_address(word.strip("[]()").partition("/")[0])
    except ValueError:
        return False
    return True
