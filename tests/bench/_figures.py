"""What is done with measured numbers before they are printed."""

from __future__ import annotations


def bounded(value: float, maximum: float, *, unit: str) -> str:
    """A number beside its bound, and whether it holds: `1.26x; at most 2x wanted: holds`."""
    wording = "holds" if value <= maximum else "DOES NOT HOLD"
    return f"{value:.2f}{unit}; at most {maximum:g}{unit} wanted: {wording}"
