"""Numbers and days as the reader writes them: Persian digits, and the Jalali calendar beside the Gregorian one."""

from __future__ import annotations

from datetime import date

from agent.language import current

_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def digits(text: object) -> str:
    """`text` with its digits in those of the current language. Not for what is copied: ids, addresses, hashes."""
    return str(text).translate(_PERSIAN_DIGITS) if current() == "fa" else str(text)


def day(moment: date) -> str:
    """A day, UTC: 2026-11-24; in Persian the Jalali day, and the Gregorian in parentheses."""
    gregorian = f"{moment:%Y-%m-%d}"
    return f"{digits(jalali(moment))} ({digits(gregorian)})" if current() == "fa" else gregorian


def jalali(moment: date) -> str:
    """A day in the Jalali calendar: 1405-09-03, in plain digits."""
    import jdatetime  # only where somebody reads Persian

    there = jdatetime.date.fromgregorian(year=moment.year, month=moment.month, day=moment.day)
    return f"{there.year:04d}-{there.month:02d}-{there.day:02d}"
