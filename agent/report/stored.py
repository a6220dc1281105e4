"""Sentences that stand in rows, in the reader's language. A row is English, whoever reads it later.

A stored sentence was made of templates: a rule's, with a failure, what was changed and what that met with put in. Here
it is taken apart by the same templates and put together again out of their translations. What no template has made,
because another version did or because it was edited, is shown as it stands and said to be English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from agent import vantage
from agent.calendars import digits
from agent.imports import measurement
from agent.language import ENGLISH, N_, _, current
from agent.verdict import changed, finding, judge, signs
from agent.verdict.rules import IN_ORDER_OF_IMPORTS
from probes.failures import FAILURES

#: How the table of failures begins what it says of something that was planned and not done.
LEFT_OUT = "Left out: "
#: A verdict's reasons repeat from sweep to sweep: as many are remembered.
REMEMBERED = 4096


class Told(str):
    """A text for people, and the language that it is in, as HTML's lang attribute wants it."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str) -> Told:
        told = super().__new__(cls, text)
        told.language = language
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a part of a stored sentence may look like: one of these templates, or several in a row."""

    templates: tuple[str, ...] = ()
    #: Between several in a row. Empty: it is one.
    separator: str = ""
    #: What matches that is no template's: it is shown as `show` has it.
    raw: str = ""
    show: Callable[[str], str] = str


#: Each kind of part, and what it looks like. A placeholder of a template is of the kind of its own name, unless
#: KIND_OF names another.
FORMS: Mapping[str, Form] = {
    "name": Form(templates=(judge.AT_PORT,), raw=r"\S+"),
    "port": Form(raw=r"\d+"),
    "address": Form(raw=r"\S+"),
    "number": Form(raw=r"\d+", show=digits),
    "field": Form(templates=(N_("name"),), raw="Host"),
    "sent": Form(templates=tuple(words for words, here in changed.CHANGES.values())),
    "place": Form(templates=(changed.HERE, changed.THERE, changed.ELSEWHERE)),
    "deed": Form(
        templates=(
            *changed.WORDS.values(),
            *(changed.DOES_NOT_CONNECT, changed.IS_ANSWERED, changed.FAILS, changed.GETS_ALERT),
        )
    ),
    "often": Form(templates=("{deed}", changed.TWICE, changed.OFTEN)),
    "met": Form(templates=("{often}",), separator=changed.THEN),
    "change": Form(templates=(changed.MET,)),
    "changes": Form(templates=("{change}",), separator=changed.NEXT),
    "changed": Form(templates=(changed.ONE_AT_A_TIME,)),
    # A failure that has no words of its own stands there by its name.
    "failure": Form(templates=(*judge.WORDS.values(), judge.THE_ALERT, judge.NO_ADDRESS), raw=r"[^()]+", show=_),
    "share": Form(templates=(signs.SHARE_FAILING,)),
    "of_parts": Form(templates=tuple(finding.SHARES.values())),
    "all_parts": Form(templates=("{of_parts}", finding.MORE_LIKELY)),
}
#: Of which kind a placeholder is, by the template where its own name does not say so.
KIND_OF: Mapping[str, Mapping[str, str]] = {
    **{words: {"name": "field"} for words, here in changed.CHANGES.values()},
    **{words: {"what": "sent"} for words in (changed.HERE, changed.THERE, changed.ELSEWHERE)},
    **{words: {"what": "deed", "count": "number"} for words in (changed.TWICE, changed.OFTEN)},
    judge.LEADS_ON: {"address": "name"},
    changed.MET: {"what": "place"},
    finding.MORE_LIKELY: {"share": "of_parts", "likely": "number"},
}
NUMBERS = frozenset({"answering", "all", "days", "alike", "failing", "ratio", "number"})
#: Sentences that stand for themselves, or one after another.
SENTENCES = (
    *dict.fromkeys(rule.because for rule in IN_ORDER_OF_IMPORTS),
    *(judge.LEADS_ON, judge.NOTHING_SETTLES),
    *vantage.BECAUSE.values(),
    *measurement.BECAUSE.values(),
)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def told(text: str) -> Told:
    """A stored text in the current language where its templates are known and translated; else as it is, English."""
    return _told(text, current())


def failure_words(failure: str) -> str:
    """A failure of a row as people say it, in the current language; of what was left out, the reason."""
    if (meaning := FAILURES.get(failure, "")).startswith(LEFT_OUT):
        return _(meaning.removeprefix(LEFT_OUT).rstrip("."))
    return _shown("failure", judge.failure_in_words(failure))


@lru_cache(maxsize=REMEMBERED)
def _told(text: str, language: str) -> Told:
    if language == ENGLISH or not text:
        return Told(text, language)
    body, share = _parted(text)
    sentences = _sentences(body)
    if sentences is None:
        whole = _(text)
        return Told(whole, language if whole != text else ENGLISH)
    end = f" ({_shown('all_parts', share)})" if share else ""
    return Told(" ".join(sentences) + end, language)


def _parted(text: str) -> tuple[str, str]:
    """A reason, and the share of the parts that it holds for, if it ends with one."""
    found = re.fullmatch(rf"(.*) \(({_pattern('all_parts')})\)", text)
    return (found[1], found[2]) if found else (text, "")


def _sentences(text: str) -> list[str] | None:
    """The sentences that a text is made of, translated. None: it is not made of those that are known."""
    if not text:
        return []
    for template, pattern in _sentence_patterns():
        for end in _ends(pattern, text):
            rest = _sentences(text[end:].lstrip(" "))
            found = re.fullmatch(pattern, text[:end])
            if rest is not None and found:
                return [_put_together(template, found.groupdict()), *rest]
    return None


def _ends(pattern: str, text: str) -> Iterator[int]:
    """Where a sentence may end that begins here, the longest first: a name in it may hold a full stop, and no space."""
    stops = [len(text), *(stop.start() for stop in reversed(list(re.finditer(" ", text))))]
    return (stop for stop in stops if text[stop - 1] in ".)" and re.fullmatch(pattern, text[:stop]))


def _put_together(template: str, parts: Mapping[str, str | None]) -> str:
    """A template's translation, with its parts translated by their kinds."""
    shown = {name: _shown(_kind(template, name), part) if part else "" for name, part in parts.items()}
    return _(template).format(**shown).strip()


def _shown(kind: str, text: str) -> str:
    form = FORMS[kind]
    if form.separator and form.separator in text:
        return _(form.separator).join(_shown(kind, part) for part in text.split(form.separator))
    for template in form.templates:
        if found := re.fullmatch(_template_pattern(template), text):
            return _put_together(template, found.groupdict()) if "{" in template else _(template)
    return form.show(text)


def _kind(template: str, placeholder: str) -> str:
    named = KIND_OF.get(template, {}).get(placeholder, placeholder)
    return "number" if named in NUMBERS else named


@cache
def _sentence_patterns() -> tuple[tuple[str, str], ...]:
    return tuple((template, _template_pattern(template)) for template in SENTENCES)


@cache
def _template_pattern(template: str) -> str:
    """What a template makes, each placeholder a group. What was changed may be nothing at the end."""
    pattern, seen = "", set[str]()
    for number, piece in enumerate(_PLACEHOLDER.split(template)):
        if not number % 2:
            pattern += re.escape(piece)
        elif piece in seen:
            pattern += f"(?P={piece})"
        else:
            seen.add(piece)
            pattern += f"(?P<{piece}>{_pattern(_kind(template, piece))})"
    end = re.escape(" ") + f"(?P<changed>{_pattern('changed')})" if "{changed}" in template else ""
    return pattern.removesuffix(end) + f"(?:{end})?" if end else pattern


@cache
def _pattern(kind: str) -> str:
    """Whatever may stand for a kind of part, without groups of its own."""
    form = FORMS[kind]
    ways = [re.sub(r"\(\?P<\w+>", "(?:", _template_pattern(template)) for template in form.templates]
    one = f"(?:{'|'.join([*ways, *([form.raw] if form.raw else [])])})"
    return f"{one}(?:{re.escape(form.separator)}{one})*" if form.separator else one
