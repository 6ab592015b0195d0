"""A series in one row: its values as whole numbers in a short text, which the browser writes out again.

A film over the layers has a line for each step, of which one is seen at a time, on a plot of some hundreds of
pixels. A row for each point would cost sixty bytes where three digits do.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.charts.base.layers import Layer
from core.charts.base.look import Look, digits
from core.charts.base.rows import drawable

LEVELS = 999
"""Into so many a series' range is divided: on a plot as high as a screen a pixel has one of its own."""
PACKED = {"words": "category", "least": "float32", "step": "float32"}
"""The columns of a packed row, as of `Packed`."""
SLOT = "{x}"
"""Where the number of a point goes in what its place is called."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Values, the first at x = 1, each as 1 + level in `words`: its decadic logarithm is least + level * step.

    A value that cannot be drawn is an empty word, one between two such a negative number: no line gets there.
    """

    words: str
    least: float
    step: float


def pack(values: Sequence[float], decimals: int = 0) -> Packed | None:
    """The values, packed; None if none of them can be drawn. decimals: of a level, for who reads numbers off it."""
    tall = [math.log10(y) if drawable(y) else None for y in values]
    seen = [y for y in tall if y is not None]
    if not seen:
        return None
    least = min(seen)
    step = (max(seen) - least) / LEVELS or 1.0
    words = []
    for before, y, after in zip([None, *tall], tall, [*tall[1:], None], strict=False):
        sign = "-" if before is None and after is None else ""
        words.append("" if y is None else f"{sign}{1 + (y - least) / step:.{decimals}f}")
    return Packed(" ".join(words), least, step)


def unpack(layer: Layer, rows: str) -> Layer:
    """The layer over the points of packed rows, which have `words`, `least` and `step`."""
    words = "split(datum.words, ' ')"
    return (
        layer.transform_filter(rows)
        .transform_calculate(each=words, numbers=f"sequence(1, length({words}) + 1)")
        .transform_flatten(["each", "numbers"], ["word", "x"])
        .transform_calculate(
            y="datum.word == '' ? null : pow(10, datum.least + datum.step * (abs(datum.word) - 1))",
            dot="datum.dot == 1 || datum.word < 0",
        )
    )


def place(look: Look, layer: Layer) -> Layer:
    """The layer over unpacked points, each with what its place is called."""
    x = digits(look.text, "toString(datum.x)")
    return layer.transform_calculate(place=f"replace(datum.place, '{SLOT}', {x})")
