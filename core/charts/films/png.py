"""Cells as one image: colour indices as a PNG whose colours are the theme's.

One mark that a browser draws at once, however many cells it has; 200 steps of 100 layers are some 20 KB.
"""

import math
from base64 import b64encode
from functools import cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.charts.base.colour import mix
from core.charts.base.palette import PALETTES, Palette

Cells = NDArray[np.uint8]
"""Colour indices, (steps, layers): 0 is zero, 1 to SHADES the size, LOST what is not finite."""

SHADES = 62
LOST = SHADES + 1
LEAST = 1e-300
MOST_COLUMNS = 300
"""A longer run has several steps in a column; it shows the largest of them."""
SCHEME = "data:image/png;base64,"
TABLE = slice(len(SCHEME) + 44, len(SCHEME) + 44 + 272)
"""Where in an image its table of colours stands: after a PNG's first 33 bytes, 12 and 3 a colour, in base64."""


def ramp(palette: Palette) -> list[str]:
    """The colours of small, middling and large signals: away from the background, through the signal's own."""
    return [
        mix(palette.before, palette.background, 0.12),
        mix(palette.before, palette.background, 0.85),
        mix(palette.before, palette.text, 0.35),
    ]


def shades(palette: Palette) -> list[str]:
    """The colour of each index of `Cells`."""
    low, middle, high = ramp(palette)
    half = SHADES // 2
    sizes = [mix(middle, low, i / half) for i in range(half)]
    sizes += [mix(high, middle, i / (half - 1)) for i in range(half)]
    return [mix(palette.loss, palette.background, 0.5), *sizes, palette.lost]


def colour_cells(norms: NDArray[np.float64], low: float, high: float) -> Cells:
    """Colour indices of norms, (steps, layers), on a logarithmic scale from `low` to `high`."""
    shown = np.isfinite(norms) & (norms > LEAST)
    above = np.log10(np.where(shown, norms, low)) - math.log10(low)  # of logs no quotient overflows
    share = above / (math.log10(high) - math.log10(low))
    sizes = 1 + np.round(np.clip(share, 0, 1) * (SHADES - 1))
    cells: Cells = np.where(shown, sizes, np.where(np.isfinite(norms), 0, LOST)).astype(np.uint8)
    return cells


def thin(cells: Cells, most: int = MOST_COLUMNS) -> Cells:
    """At most so many columns of steps, each the largest of its own."""
    if len(cells) <= most:
        return cells
    return np.maximum.reduceat(cells, np.linspace(0, len(cells), most, endpoint=False, dtype=int))


def image(cells: Cells, palette: Palette = PALETTES["light"]) -> str:
    """The cells as a PNG in a data URI, steps to the right and layer 1 at the bottom.

    Which theme it is seen in only the specification knows: it puts that one's colours in, at TABLE.
    """
    drawn, file = Image.fromarray(cells.T[::-1]), BytesIO()
    drawn.putpalette(_channels(palette))
    drawn.save(file, "png", optimize=True)
    return SCHEME + b64encode(file.getvalue()).decode()


@cache
def _channels(palette: Palette) -> bytes:
    """Red, green and blue of each index of `Cells`."""
    return b"".join(bytes.fromhex(colour[1:]) for colour in shades(palette))


def table(palette: Palette) -> str:
    """A theme's table of colours, as it stands in an image."""
    return image(np.zeros((1, 1), np.uint8), palette)[TABLE]
