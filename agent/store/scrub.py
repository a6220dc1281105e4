"""Takes the volunteer out of a row before it is written, and withholds the row when that cannot be sure.

Two kinds of column are treated differently. Text that came from the network may say anything ("Your address is …"):
every address in it goes, whoever's it is. Structural columns hold the evidence itself, addresses included; there only
what is known to be this computer's own goes.
"""

from __future__ import annotations

import getpass
import html
import ipaddress
import re
import socket
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from agent.store.schema import Column, Record, columns, encode_row, table_of
from agent.verdict.fingerprints import IRAN_BLOCK_ADDRESSES

ADDRESS_MARK, EMAIL_MARK, PRIVATE_MARK, OWN_ADDRESS_MARK = "[address]", "[e-mail]", "[private]", "[own_address]"

#: Account and host names that are the same on millions of computers: they name nobody, and "root" stands in the name
#: of half of all certificate authorities. The last line is our own marks' words.
NAMES_OF_NOBODY = frozenset(
    "root user users admin administrator guest home default localhost localdomain local ubuntu debian fedora centos "
    "nobody runner docker test server desktop laptop computer "
    "private address own mail".split()
)
#: Addresses of Iran's filter, which are evidence wherever they stand. 10.10.34.33 is in field notes only.
KEPT_ADDRESSES = frozenset(ipaddress.ip_address(text) for text in IRAN_BLOCK_ADDRESSES | {"10.10.34.33"})

#: Shorter names would match by chance: "ali" is a name, "al" is half a word.
NAME_LETTERS_MIN = 3
#: Shorter home folders ("/", "/root") name nobody.
HOME_CHARACTERS_MIN = 6
#: Texts whose outcome is remembered: the same headers' names stand in row after row.
TEXTS_REMEMBERED = 4096
#: Rounds of undoing percent- and HTML-encoding: text encoded more often than that is not readable to anyone.
FOLD_ROUNDS = 3

#: Four numbers with the same sign between them: dotted, or dashed as in the names that providers give their lines.
#: The digits are any script's. Version numbers of four parts go too: that costs less than keeping an address.
IPV4 = re.compile(r"\d{1,3}([.\-_])\d{1,3}\1\d{1,3}\1\d{1,3}")
#: Candidates for IPv6 and MAC addresses; `_is_address_run` decides.
HEXADECIMAL_RUN = re.compile(r"[0-9A-Fa-f:.]{2,}")
MAC_DASHED = re.compile(r"(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}")
#: Bounded on the left (RFC 5321 4.5.3.1.1: 64 octets), so that a hostile text cannot make it slow.
EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """What must never be written: `strings` wherever they stand, `words` as whole words of text from the network."""

    #: Own addresses in every spelling, and the home folder.
    strings: frozenset[str] = frozenset()
    #: The computer's and the user's names.
    words: frozenset[str] = frozenset()

    @classmethod
    def of_this_computer(cls, own_addresses: Iterable[str]) -> Private:
        """What is private here. Asks only this computer, never the name system: that would itself be a trace."""
        home = Path.home()
        names = {socket.gethostname(), socket.gethostname().partition(".")[0], home.name, _user_name()}
        words = {name for name in names if len(name) >= NAME_LETTERS_MIN and name.casefold() not in NAMES_OF_NOBODY}
        strings = {spelling for address in own_addresses for spelling in spellings(address)}
        if len(str(home)) >= HOME_CHARACTERS_MIN and home.name.casefold() not in NAMES_OF_NOBODY:
            strings.add(str(home))
        return cls(strings=frozenset(strings), words=frozenset(words))


def spellings(address: str) -> frozenset[str]:
    """The forms in which an address is written: plain, dashed, hexadecimal, as one number, as a reverse DNS name.

    Loopback and the unspecified address have none: they are everybody's. Raises `ValueError` on what is no address.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.is_loopback or parsed.is_unspecified:
        return frozenset()
    if parsed.version == 4:
        parts = str(parsed).split(".")
        mapped = ipaddress.IPv6Address(b"\0" * 10 + b"\xff\xff" + parsed.packed)
        return frozenset(
            {*(sign.join(parts) for sign in ".-_"), parsed.packed.hex(), str(int(parsed)), str(mapped), mapped.exploded}
        )
    groups, short = parsed.exploded.split(":"), str(parsed)
    nibbles = ".".join(reversed(parsed.packed.hex()))
    return frozenset({short, parsed.exploded, "-".join(groups), short.replace(":", "-"), parsed.packed.hex(), nibbles})


def scrub(record: R, private: Private) -> R | None:
    """`record` without anything private, or None when something private would be left and it must not be written."""
    # Where nothing is this computer's, as in somebody else's rows, only text from the network is looked through.
    all_columns = columns(table_of(record)) if private.strings else _measured(table_of(record))
    changes: dict[str, Any] = {}
    for column in all_columns:
        value = getattr(record, column.name)
        if isinstance(value, str | tuple) and value:
            clean = _scrub_value(column, value, private)
            if clean != value:
                changes[column.name] = clean
    scrubbed = replace(record, **changes) if changes else record
    return None if _still_private(scrubbed, all_columns, private) else scrubbed


def _scrub_value(column: Column, value: str | tuple[str, ...], private: Private) -> str | tuple[str, ...]:
    if column.measured_text:
        return _each(value, lambda text: scrub_text(text, private))
    return _each(value, lambda text: OWN_ADDRESS_MARK if _is_own(text, private) else text)


def _each(value: str | tuple[str, ...], change: Callable[[str], str]) -> str | tuple[str, ...]:
    return change(value) if isinstance(value, str) else tuple(change(member) for member in value)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def scrub_text(text: str, private: Private) -> str:
    """Text from the network without addresses, e-mail addresses, and this computer's names.

    What shows only after the text is decoded and folded (percent-encoding, HTML entities, other scripts' forms,
    invisible characters) is scrubbed in the folded text, and that is what is kept.
    """
    scrubbed = _replace_private(text, private)
    folded = fold(scrubbed)
    clean = _replace_private(folded, private)
    return scrubbed if clean == folded else clean


def fold(text: str) -> str:
    """`text` as a reader would see it: decoded, in compatibility form, without characters that print nothing."""
    for _ in range(FOLD_ROUNDS):
        decoded = html.unescape(unquote(text))
        visible = "".join(char for char in decoded if char.isprintable() or char.isspace())
        folded = unicodedata.normalize("NFKC", visible)
        if folded == text:
            break
        text = folded
    return text


def _replace_private(text: str, private: Private) -> str:
    strings, words = _patterns(private)
    text = strings.sub(PRIVATE_MARK, text)
    text = EMAIL.sub(EMAIL_MARK, text)
    text = MAC_DASHED.sub(ADDRESS_MARK, text)
    text = HEXADECIMAL_RUN.sub(_mark_run, text)
    text = IPV4.sub(lambda found: found[0] if _is_kept(found[0]) else ADDRESS_MARK, text)
    return words.sub(PRIVATE_MARK, text)


def _mark_run(found: re.Match[str]) -> str:
    """An IPv6 or MAC address anywhere in the run takes the run with it; a known block address stays."""
    run = found[0]
    core = run.strip(".")
    if not _is_address_run(core) or _is_kept(core):
        return run
    return run.replace(core, ADDRESS_MARK)


def _is_address_run(run: str) -> bool:
    """Whether it has the colons of an address. "12:30:45" has not, nor has "::" by itself between two words."""
    return ("::" in run or run.count(":") >= 5) and any(character not in ":." for character in run)


def _is_kept(text: str) -> bool:
    return _address(text) in KEPT_ADDRESSES


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_own(text: str, private: Private) -> bool:
    return text in private.strings or _address(text) in _own_addresses(private)


@lru_cache(maxsize=8)
def _own_addresses(private: Private) -> frozenset[Address]:
    return frozenset(found for text in private.strings if (found := _address(text)) is not None)


@lru_cache(maxsize=8)
def _patterns(private: Private) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The private strings, and the words. A string is not found inside a longer hexadecimal number, a word not inside
    a longer word; letters that belong to no number may touch a string, as in "0xc0000201"."""
    strings, words = _any_of(private.strings), _any_of(private.words)
    return (
        re.compile(rf"(?<![0-9A-Fa-f])(?:{strings})(?![0-9A-Fa-f])", re.IGNORECASE),
        re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE),
    )


def _any_of(texts: Iterable[str]) -> str:
    """A pattern for any of the texts, longest first; of none, one that never matches."""
    return "|".join(re.escape(text) for text in sorted(texts, key=lambda text: (-len(text), text))) or r"(?!)"


def _still_private(record: Record, all_columns: tuple[Column, ...], private: Private) -> bool:
    """Whether anything is left: known strings in any cell as it would be written, anything private in measured text."""
    strings, _ = _patterns(private)
    if private.strings and any(strings.search(cell) or _own_in_runs(cell, private) for cell in encode_row(record)):
        return True
    measured = (getattr(record, column.name) for column in all_columns if column.measured_text)
    return any(_shows_private(text, private) for value in measured for text in _shown(value))


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _shows_private(text: str, private: Private) -> bool:
    return _replace_private(text, private) != text


@cache
def _measured(table: str) -> tuple[Column, ...]:
    return tuple(column for column in columns(table) if column.measured_text)


def _shown(value: str | tuple[str, ...]) -> Iterator[str]:
    for text in (value,) if isinstance(value, str) else value:
        if text:
            yield text
            yield _folded(text)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _folded(text: str) -> str:
    return fold(text)


def _own_in_runs(cell: str, private: Private) -> bool:
    """Whether one of the own IPv6 addresses stands in a cell in a spelling that nobody listed."""
    own = _own_addresses(private)
    return bool(own) and any(
        _address(run.strip(".")) in own for run in HEXADECIMAL_RUN.findall(cell) if _may_be_ipv6(run)
    )


def _may_be_ipv6(run: str) -> bool:
    """Whether it has the colons of any spelling (RFC 4291 2.2). Most runs are numbers and times, which have not."""
    return "::" in run or run.count(":") >= 6


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name in the environment and none in the password file: nothing to hide
        return ""
