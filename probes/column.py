"""One column of a record: its meaning stands beside its type, and the data dictionary is made from it."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def column(says: str, *, default: Any, measured_text: bool = False) -> Any:
    """A dataclass field that is also a CSV column.

    `says` is its line in the data dictionary: meaning, unit, what empty means. `measured_text` marks
    text that came from the network (a title, a certificate's name): the store scrubs and defuses it.
    The type is `Any` because a field stands where its value will, as with `dataclasses.field`.
    """
    return field(default=default, metadata={"says": says, "measured_text": measured_text})
