"""What a timeline is drawn on: days from left to right, points from the top, and SVG as small and as safe as can be."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from agent.report.chart_library import Figure, FigureCanvasSVG, Path, PathPatch, Rectangle, mpl

INK, GREY, PALE = "#1A1A1A", "#555555", "#BDBDBD"
#: Texts stay texts, so that the browser joins Persian letters; no id hangs on chance.
SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "timeline",
    "font.family": "DejaVu Sans",
    "hatch.linewidth": 0.7,
}
#: The library's fonts are not in the reader's browser; these are.
FONTS = "system-ui,Tahoma,sans-serif"
#: Around a text: so that its direction does not turn what stands beside it.
ISOLATED = "\N{FIRST STRONG ISOLATE}{}\N{POP DIRECTIONAL ISOLATE}"
#: (what, by what): what the library writes and nothing needs.
NEEDLESS = (
    (r"\s+id=\"(?:figure|axes|patch|text)_\d+\"", ""),
    (r"\s+transform=\"rotate\(-0 [^\"]*\)\"", ""),
    (r"; stroke-dashoffset: 0|; stroke-linejoin: miter|; stroke-linecap: butt", ""),
    (r"<defs>\s*<style.*?</style>\s*</defs>", ""),
    (r"<g>\s*(<(?:path|text)[^>]*?(?:/>|>[^<]*</text>))\s*</g>", r"\1"),
    (r"font-family: 'DejaVu Sans'", f"font-family: {FONTS}"),
    (r"\s*\n\s*", "\n"),
    (r"\n(?=[LMz\"])", ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A size of paper, in points; a point is a pixel where the picture is shown in its own size."""

    width: int
    #: On the left, for the names of lanes; on the right.
    margin: int
    right: int = 14
    #: Size of the texts.
    text: float
    #: Marks of the key that stand side by side.
    columns: int

    @property
    def axis(self) -> int:
        """How long the axis is."""
        return self.width - self.margin - self.right


#: For a picture that stands alone; and for a page, which a phone shows at three quarters of that size.
WIDE = Sheet(width=720, margin=118, text=11, columns=3)
NARROW = Sheet(width=430, margin=108, text=12.5, columns=1)


class Paper:
    """A drawing of `height` points, on which x is a day from `first` to `last`."""

    def __init__(self, height: float, first: date, last: date, sheet: Sheet) -> None:
        self.first, self.last, self.sheet = first, last, sheet
        self.figure = Figure(figsize=(sheet.width / 72, height / 72), dpi=72)
        FigureCanvasSVG(self.figure)
        self.axes = self.figure.add_axes((sheet.margin / sheet.width, 0, sheet.axis / sheet.width, 1))
        self.axes.axis("off")
        self.axes.set_xlim(first.toordinal(), last.toordinal() + 1)
        self.axes.set_ylim(height, 0)
        #: Days to a point.
        self.days = ((last - first).days + 1) / sheet.axis

    def x(self, day: date) -> float:
        """Where a day begins; what was before the first is at the left edge."""
        return float(max(day, self.first).toordinal())

    def from_left(self, points: float) -> float:
        """The x that is so many points from the paper's own edge."""
        return self.first.toordinal() + (points - self.sheet.margin) * self.days

    def boxes(self, boxes: Iterable[tuple[float, float, float, float]], **look: Any) -> None:
        """Rectangles (left, top, width, height), all of one look, as one path."""
        parts = [Rectangle((left, top), wide, high) for left, top, wide, high in boxes]
        if parts:
            paths = [part.get_patch_transform().transform_path(part.get_path()) for part in parts]
            self.axes.add_patch(PathPatch(Path.make_compound_path(*paths), clip_on=False, **look))

    def lines(self, lines: Iterable[tuple[float, float, float, float]], **look: Any) -> None:
        """Lines (from x, from y, to x, to y), all of one look, as one path."""
        steps = [point for x, y, to_x, to_y in lines for point in ((x, y), (to_x, to_y))]
        if steps:
            codes = [Path.MOVETO, Path.LINETO] * (len(steps) // 2)
            self.axes.add_patch(PathPatch(Path(steps, codes), clip_on=False, facecolor="none", **look))

    def text(self, x: float, y: float, text: str, **look: Any) -> None:
        """A text whose middle is at `y`. A dollar sign is one, and begins no formula."""
        look = {"color": INK, "parse_math": False, "size": self.sheet.text, **look}
        self.axes.text(x, y, ISOLATED.format(text), va="center", clip_on=False, **look)

    def svg(self, title: str) -> str:
        """The drawing as an SVG document with a title for who cannot see it. The same drawing gives the same bytes."""
        written = io.StringIO()
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        with warnings.catch_warnings():
            # The library's slanted font has no Persian letters. It is not the one that the reader will see.
            warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
            self.figure.savefig(written, format="svg", metadata=metadata)
        return _tidied(written.getvalue(), title)


def drawing() -> Any:
    """A context in which texts stay texts and ids hang on nothing but the drawing."""
    return mpl.rc_context(SETTINGS)


def _tidied(svg: str, title: str) -> str:
    """The document without what nothing refers to, in pixels, in the reader's own fonts, and with its title."""
    svg = svg[svg.index("<svg") :]
    for what, by in NEEDLESS:
        svg = re.sub(what, by, svg, flags=re.DOTALL)
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d\.\d)\d+", r"\1", tag[0]), svg)
    opening, rest = svg.split(">", 1)
    opening = re.sub(r'((?:width|height)="[\d.]+)pt"', r'\1"', opening)
    return f'{opening} role="img" direction="ltr">\n<title>{escape(title)}</title>{rest}'
