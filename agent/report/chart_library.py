"""The charts' library, loaded so that it leaves nothing behind in its user's home.

By itself matplotlib lists the computer's fonts, keeps that list in the user's cache folder, and heeds settings that the
user may have for it. Who deletes the program and its results expects nothing of it to remain; and the same rows are to
give the same picture on every computer. Its own fonts are enough: a reader's browser takes others anyway.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

#: What the library's loading goes by: the folder for its settings and its cache, and whose fonts it looks for.
FOLDER, OWN_FONTS_ONLY = "MPLCONFIGDIR", "MPL_IGNORE_SYSTEM_FONTS"
#: What the library says of its fonts is nothing for a volunteer.
logging.getLogger("matplotlib").setLevel(logging.ERROR)


@contextmanager
def _without_a_trace() -> Iterator[None]:
    """A folder that is gone afterwards in the place of the user's own; the environment is then as it was."""
    before = {key: os.environ.get(key) for key in (FOLDER, OWN_FONTS_ONLY)}
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {FOLDER: folder, OWN_FONTS_ONLY: "1"}
        try:
            yield
        finally:
            for key, value in before.items():
                if value is None:
                    os.environ.pop(key, None)
                else:
                    os.environ[key] = value


with _without_a_trace():
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

__all__ = ["Figure", "FigureCanvasSVG", "Path", "PathPatch", "Rectangle", "mpl"]
