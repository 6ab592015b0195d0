"""Cells as one image: colour indices as a PNG whose colours are the theme's.

One mark that a browser draws at once, however many cells it has; 200 steps of 100 layers are some 20 KB.
"""

import base64
import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from core.charts.base.colour import mix
from core.charts.base.palette import Palette

Cells = NDArray[np.uint8]
"""Colour indices, (steps, layers): 0 is zero, 1 to SHADES the size, LOST what is not finite."""

SHADES = 62
LOST = SHADES + 1
LEAST = 1e-300
MOST_COLUMNS = 300
"""A longer run has several steps in a column; it shows the largest of them."""
SCHEME = "data:image/png;base64,"
HEADER = len(SCHEME) + 44
"""Characters of an image up to its colours: a PNG's first 33 bytes in base64."""


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


def image(cells: Cells) -> str:
    """The cells as a PNG in a data URI, steps to the right and layer 1 at the bottom, without its colours.

    The colours are the theme's, which only the specification knows: it puts them in after HEADER characters.
    """
    rows = cells.T[::-1]
    height, width = rows.shape
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    head = b"\x89PNG\r\n\x1a\n" + _chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    )
    body = _chunk(b"IDAT", zlib.compress(lines, 9)) + _chunk(b"IEND", b"")
    return SCHEME + _base64(head) + _base64(body)


def colours(palette: Palette) -> str:
    """What an image lacks: its table of colours, in base64 that fits in between."""
    return _base64(_chunk(b"PLTE", b"".join(bytes.fromhex(c[1:]) for c in shades(palette))))


def _chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG's chunk: length, kind, data, checksum (PNG specification, section 5.3)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
