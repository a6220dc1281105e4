"""Numbers and days as the reader writes them: Persian digits, and the Jalali calendar beside the Gregorian one."""

from __future__ import annotations

import re
from datetime import date

from agent.language import current

_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
#: Between a Persian number's whole and its fraction.
DECIMAL = "\N{ARABIC DECIMAL SEPARATOR}"


def digits(text: object) -> str:
    """`text` with its digits in those of the current language. Not for what is copied: ids, addresses, hashes."""
    if current() != "fa":
        return str(text)
    return re.sub(r"(?<=\d)\.(?=\d)", DECIMAL, str(text)).translate(_PERSIAN_DIGITS)


def day(moment: date) -> str:
    """A day, UTC: 2026-11-24; in Persian the Jalali day, and the Gregorian in parentheses."""
    gregorian = f"{moment:%Y-%m-%d}"
    return f"{dashless(jalali(moment))} ({dashless(gregorian)})" if current() == "fa" else gregorian


def month(moment: date) -> str:
    """A month of the Gregorian calendar: 2026-11."""
    return dashless(f"{moment:%Y-%m}")


def dashless(text: str) -> str:
    """A day or a month as the current language writes it. Persian has slashes, which also keep its parts in order.

    Hyphens between digits do not: beside Persian letters each part would stand by itself, from right to left.
    """
    return digits(text.replace("-", "/")) if current() == "fa" else text


def jalali(moment: date) -> str:
    """A day in the Jalali calendar: 1405-09-03, in plain digits."""
    import jdatetime  # only where somebody reads Persian

    there = jdatetime.date.fromgregorian(year=moment.year, month=moment.month, day=moment.day)
    return f"{there.year:04d}-{there.month:02d}-{there.day:02d}"
