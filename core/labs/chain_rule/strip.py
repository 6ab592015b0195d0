"""The chain rule's factors as bars from 1, in a strip under the lines that their product draws.

A dashed line over the bars is the most that each factor could do to anything, its spectral norm.
"""

import math
from collections.abc import Sequence

import altair as alt

from core.charts.base import layers
from core.charts.base.layers import bars
from core.charts.base.look import Look, y_of
from core.charts.base.rows import Rows, Window, drawable
from core.text import Text

STRIP = 112.0
"""Pixels of the model plots that the strip takes."""
TITLE, GAP = 26.0, 18.0
"""Pixels of it over the bars, for what they are; and over that, up to the lines."""
LEAST_SPAN = 0.25
"""Powers of ten that the strip covers at least, so that factors near 1 look near 1."""
ABOVE = (1.1, 1.2, 1.5, 2.0, 3.0, 5.0, *(10.0**k for k in range(1, 300)))
BELOW = (0.9, 0.8, 0.7, 0.5, 0.3, 0.2, *(10.0**-k for k in range(1, 300)))
"""Values that a tick may have."""


def strip(look: Look, x: alt.X) -> layers.Layer:
    """The bars, the most they could be, and the few values that the strip's axis has."""
    z = look.zoom
    y = y_of(None, look)
    y["scale"]["range"] = [
        alt.ExprRef("height"),
        alt.ExprRef(f"height - {round((STRIP - TITLE - GAP) * z)}"),
    ]
    left = alt.value(0)
    tick = alt.Chart().transform_filter(look.rows("tick"))
    stack: list[tuple[layers.Layer, str]] = [
        (alt.Chart().mark_point(opacity=0, size=1).transform_filter(look.rows("strip")), "xy"),
        (tick.mark_rule(color=look.palette.line), "y"),
        (
            tick.mark_text(
                align="right", dx=-8 * z, color=look.palette.text,
            ).encode(x=left, text="text:N"),
            "y",
        ),
        (bars(look, alt.Chart().transform_filter(look.rows("bar"))), "xy"),
        (_most(look), "xy"),
        (_title(look), ""),
    ]  # fmt: skip
    return alt.layer(*(layers.on_axes(layer, axes, x, y) for layer, axes in stack))


def _most(look: Look) -> layers.Layer:
    """The dashed line over the bars, level above each, in the bound's colour and dashes."""
    mark = alt.Chart().mark_line(
        interpolate="step-after",
        strokeWidth=1.4 * look.zoom,
        strokeDash=[8 * look.zoom, 4 * look.zoom],
        color=look.palette.text,
    )
    return mark.encode(order="x:Q").transform_filter(look.rows("most"))


def _title(look: Look) -> layers.Layer:
    mark = alt.Chart().mark_text(
        align="left",
        baseline="middle",
        x=0,
        y=alt.ExprRef(f"height - {round((STRIP - GAP - TITLE / 2) * look.zoom)}"),
        color=look.palette.loss,
    )
    return mark.encode(text="text:N").transform_filter(look.rows("strip_title"))


def add_bars(
    rows: Rows, factors: Sequence[float], norms: Sequence[float], window: Window, text: Text
) -> None:
    """Rows of the strip. factors, norms: from x = 0 on; norms may be none. window: for its x."""
    seen = [value for value in (*factors, *norms) if drawable(value)]
    low, high = _span(seen)
    for x, y in ((window.x0, low), (window.x1, high)):
        rows.add("strip", x=x, y=y)
    for x, factor in enumerate(factors):
        if drawable(factor):
            rows.add("bar", series="before", x=x, y=factor)
    for x, norm in enumerate([*norms, *norms[-1:]]):  # the last twice, for where its step ends
        if drawable(norm):
            rows.add("most", series="bound", x=x - 0.5, y=norm)
    for tick in _ticks(low, high):
        rows.add("tick", y=tick, text=text.number(tick))
    rows.add("strip_title", text=text(f"charts.product.bars{'_most' if norms else ''}"))


def _span(values: Sequence[float]) -> tuple[float, float]:
    """What the strip covers: 1, all values, and a little more on the side where they are."""
    logs = [0.0, *(math.log10(value) for value in values)]
    low, high = min(logs), max(logs)
    room = max(0.08 * (high - low), (LEAST_SPAN - (high - low)) / 2)
    return 10 ** max(low - room, -299.0), 10 ** min(high + room, 299.0)


def _ticks(low: float, high: float) -> list[float]:
    """1, and the farthest round values above and below it that are not too near to it."""
    least = 0.22 * math.log10(high / low)
    above = [tick for tick in ABOVE if least < math.log10(tick) < math.log10(high)]
    below = [tick for tick in BELOW if math.log10(low) < math.log10(tick) < -least]
    return [1.0, *above[-1:], *below[-1:]]
