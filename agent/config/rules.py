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
UNITS = {"ms": "milliseconds", "s": "seconds", "min": "minutes", "h": "hours", "mib": "MiB"}
#: The user's own words for a network: a few of them, since they stand in every row of the sweeps file.
LABEL_CHARACTERS = 60


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
    #: What else to say in the remedy.
    hint: str = ""

    def complaint(self, value: object) -> str:
        of_unit = f" of {self.unit}" if self.unit else ""
        remedy = f"write a {'whole ' * self.whole}number{of_unit} from {self.low} to {self.high}{self.hint}"
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return f"is {kind_of(value)}; {remedy}"
        return "" if self.low <= value <= self.high else f"is out of range; {remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def complaint(self, value: object) -> str:
        if isinstance(value, str) and value in self.words:
            return ""
        return f"is not one of the choices; write {' or '.join(map(quoted, self.words))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of text, of at least one character."""

    characters_max: int
    #: What to write.
    remedy: str

    def complaint(self, value: object) -> str:
        if not isinstance(value, str):
            return f"is {kind_of(value)}; {self.remedy}"
        if not value.strip():
            return f"is empty; {self.remedy}"
        if len(value) > self.characters_max:
            return f"is longer than {self.characters_max} characters; {self.remedy}"
        return "" if value.isprintable() else f"holds a control character; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Label:
    """The user's own word for a network. Empty is allowed; an address is not, since it would be in the results."""

    def complaint(self, value: object) -> str:
        remedy = f'write up to {LABEL_CHARACTERS} characters, such as "home"'
        words = value.replace(",", " ").split() if isinstance(value, str) else []
        if any(is_address(word) for word in words):
            return f"holds an address, and none may stand in the results; {remedy}"
        return "" if value == "" else Text(characters_max=LABEL_CHARACTERS, remedy=remedy).complaint(value)


@dataclass(frozen=True, slots=True)
class Country:
    """A country's code, or nothing."""

    def complaint(self, value: object) -> str:
        if value == "" or (isinstance(value, str) and value in COUNTRIES):
            return ""
        return 'is not a country code; write its two capital letters of ISO 3166, such as "IR", or leave it out'


@dataclass(frozen=True, slots=True)
class Names:
    """A list of different words; which words there are is for the catalog to say."""

    def complaint(self, value: object) -> str:
        remedy = 'write a list such as ["signal", "telegram"], or [] for all'
        if not isinstance(value, list):
            return f"is {kind_of(value)}; {remedy}"
        strangers = [entry for entry in value if not isinstance(entry, str)]
        if strangers:
            return f"holds {shown(strangers[0])}, which is {kind_of(strangers[0])}; {remedy}"
        twice = [entry for entry in value if value.count(entry) > 1]
        return f"names {quoted(twice[0])} twice; name it once" if twice else ""


_TIME_OUT = Number(low=0.1, high=120, unit="seconds")
#: Every section that stands once, and its keys. `[[resolver]]` and `[[helper]]` have files of their own beside this.
SECTIONS: Mapping[str, Mapping[str, Rule]] = {
    "vantage": {
        "country": Country(),
        "asn": Number(low=1, high=4294967295, whole=True, hint=", without AS, or leave it out"),
        "label": Label(),
    },
    "measure": {
        "platforms": Names(),
        "pace": Choice(words=("gentle", "fast")),
        "networks": Text(characters_max=1000, remedy='write the path of a file, such as "networks.txt"'),
    },
    "schedule": {
        "every_min": Number(low=1, high=10080, whole=True, unit="minutes"),
        "jitter_min": Number(low=0, high=1440, whole=True, unit="minutes"),
        "confirm_min": Number(low=0, high=1440, whole=True, unit="minutes"),
    },
    "timeouts": dict.fromkeys(("system_dns_s", "dns_s", "dns_window_s", "connect_s", "tls_s", "http_s"), _TIME_OUT),
    "budget": {
        "tries_per_endpoint": Number(low=1, high=5, whole=True, unit="tries"),
        "sweep_mib": Number(low=0.1, high=1024, unit="MiB"),
        "sweep_max_min": Number(low=1, high=1440, whole=True, unit="minutes"),
    },
    "results": {"folder": Text(characters_max=1000, remedy='write the path of a folder, such as "results"')},
}


def check_section(name: str, section: object) -> None:
    """Raise `ConfigError` for the first thing that is wrong in a section of `SECTIONS`."""
    if not isinstance(section, dict):
        raise ConfigError(f"{name} is {kind_of(section)}, and must be a section; write [{name}] on a line of its own.")
    check_keys(f"[{name}]", section, SECTIONS[name])


def check_keys(where: str, section: Mapping[str, object], rules: Mapping[str, Rule]) -> None:
    """Raise `ConfigError` for the first key that `rules` do not know, or whose value they refuse."""
    for key, value in section.items():
        if key not in rules:
            raise ConfigError(f"{where} has no key {key}; {advice(key, rules)}.")
        if complaint := rules[key].complaint(value):
            raise ConfigError(f"{where} {key} = {shown(value)} {complaint}.")


def advice(key: str, known: Iterable[str]) -> str:
    """What to write instead of a key that is not known: the same with its unit, the nearest, or any of them."""
    for name in known:
        stem, _, unit = name.rpartition("_")
        if unit in UNITS and key == stem:
            return f"give the unit: {name}"
        if unit in UNITS and key.rpartition("_")[0] == stem and key.rpartition("_")[2] in UNITS:
            return f"this is given in {UNITS[unit]}: {name}"
    near = difflib.get_close_matches(key, list(known), n=1)
    return f"perhaps you mean {near[0]}" if near else f"its keys are {', '.join(known)}"


def kind_of(value: object) -> str:
    """The kind of a TOML value in plain words."""
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a fraction",
        str: "text",
        list: "a list",
        dict: "a section",
    }
    return kinds.get(type(value), "a date or time")


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
