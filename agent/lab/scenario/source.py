"""Reads a scenario's file and knows on which line each key stands, which TOML's parser forgets."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.lab.scenario.faults import KeyPath, ScenarioError

#: Bytes of the longest file that is read: none needs a hundredth, and a device may never end.
BYTES_MAX = 10_000_000
#: A key as it stands before a dot or an equals sign.
KEY = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
DOTTED = rf"{KEY}(?:\s*\.\s*{KEY})*"
HEADER = re.compile(rf"\s*(\[\[?)\s*({DOTTED})\s*\]")
ASSIGNMENT = re.compile(rf"\s*({DOTTED})\s*=")
#: What opens and closes a text of several lines.
QUOTES = re.compile(r"\"\"\"|'''")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's content, with the line of each key."""

    document: Mapping[str, Any]
    #: Line, counted from 1, of each table and each key that opens a line.
    lines: Mapping[KeyPath, int]

    def place(self, path: KeyPath) -> str:
        """Where `path` stands, to open a sentence: the line of it or of what holds it, and its keys in words."""
        known = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)
        line = f"line {self.lines[known]}, " if known else ""
        words = in_words(path, self.document)
        return f"{line}{words}: " if words else ""


def read_source(path: Path) -> Source:
    """The file's content. Raises `ScenarioError` when it cannot be read or is not TOML."""
    content = bytes_of(path)
    try:
        # Notepad opens a file with a byte order mark, which TOML does not allow and which harms nobody.
        text = content.decode("utf-8-sig")
        return Source(document=tomllib.loads(text), lines=lines_of(text))
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).partition(" (at ")
        where = place.removesuffix(")").replace("end of document", "the last line") or "some line"
        raise ScenarioError(f"{path}: {where} is not TOML ({what}); correct it there.") from None
    except ValueError:  # of a number that Python does not read: tomllib does not say where it stands
        raise ScenarioError(f"{path}: a number has thousands of digits; write a shorter one.") from None
    except RecursionError:
        raise ScenarioError(f"{path}: its lists or tables are nested too deep to be read; take some out.") from None


def bytes_of(path: Path) -> bytes:
    """The file as it stands. Raises `ScenarioError` when it cannot be read, or can be no scenario."""
    if path.is_dir():  # systems differ in what they say of one
        raise ScenarioError(f"{path}: it is a folder; name a file.")
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except FileNotFoundError:
        raise ScenarioError(f"{path}: there is no such file; name one that exists.") from None
    except OSError as error:
        raise ScenarioError(f"{path}: it cannot be read ({error.strerror}); make it readable.") from None
    if len(content) > BYTES_MAX:
        raise ScenarioError(f"{path}: it is longer than {BYTES_MAX // 1_000_000} MB, so it is no scenario; name one.")
    return content


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line of each table's header and of each key that opens a line; the first where several say the same."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    quoted = False
    for number, line in enumerate(text.splitlines(), start=1):
        inside, quoted = quoted, quoted != bool(len(QUOTES.findall(line)) % 2)
        if inside:
            continue
        if header := HEADER.match(line):
            table = entered(parts(header[2]), counts, several=header[1] == "[[")
            lines.setdefault(table, number)
            if isinstance(table[-1], int):  # the first of a list says where the list stands
                lines.setdefault(table[:-1], number)
        elif assignment := ASSIGNMENT.match(line):
            keys = parts(assignment[1])
            for end in range(1, len(keys) + 1):
                lines.setdefault((*table, *keys[:end]), number)
    return lines


def entered(names: list[str], counts: dict[KeyPath, int], *, several: bool) -> KeyPath:
    """The path of the table that a header opens. `counts`, how many of each list of tables there are, is kept up."""
    path: KeyPath = ()
    for at, name in enumerate(names):
        path = (*path, name)
        if several and at == len(names) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def parts(dotted: str) -> list[str]:
    """The keys of a dotted key."""
    return [part.strip("\"'") for part in re.findall(KEY, dotted)]


def in_words(path: KeyPath, document: Mapping[str, Any]) -> str:
    """The path as a reader says it: rule 2 (twitter_sni), match.names."""
    words: list[str] = []
    value: Any = document
    for step in path:
        value = inside_of(value, step)
        if isinstance(step, int):
            words[-1] += f" {step + 1}{called(value)},"
        elif words and not words[-1].endswith(","):
            words[-1] += f".{step}"
        else:
            words.append(step)
    return " ".join(words).removesuffix(",")


def inside_of(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def called(value: object) -> str:
    """What a table of a list calls itself, in brackets: its id, its key, its first name or address, or its kind."""
    if not isinstance(value, dict):
        return ""
    names = value.get("names") or value.get("addresses")
    first = names[0] if isinstance(names, list) and names else None
    word = next((value[key] for key in ("id", "key", "kind", "path") if key in value), first)
    return f" ({word})" if isinstance(word, str) else ""
