"""Charts without a film: lines over layers, time steps or factors, with bands, and their names in the margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from core.charts.base import layers
from core.charts.base.layers import under
from core.charts.base.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.base.measure import wrapped
from core.charts.base.palette import Palette
from core.charts.base.picture import FONT, HEIGHT, specification
from core.charts.base.rows import Point, Rows, Window, blocks, drawable
from core.charts.names import marks, stack
from core.text import Text


@dataclass(frozen=True, slots=True)
class Curve:
    """One line; low and high: the band around it, as long as y, or empty. series: a key of look.COLOURS.

    places: what a point is called on touch, as long as y, or empty: its x. short: a name for a phone.
    """

    series: str
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    places: tuple[str, ...] = ()
    short: str = ""


def spec(
    text: Text, palette: Palette, *, height: float = HEIGHT, font: float = FONT
) -> dict[str, Any]:
    """The specification without data; like `Picture.spec`."""
    return specification(build, Look(text, palette, height, font, "still"))


def frame(
    curves: Sequence[Curve],
    text: Text,
    title: str,
    levels: Sequence[marks.Level] = (),
    reach: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """The rows: every curve with its band and its name, the levels with theirs.

    title: what the x axis counts, written under it.
    reach: what the y axis covers, if not whole blocks around everything.
    """
    rows = Rows()
    window = draw(rows, curves, text, title, levels, reach)
    for curve in curves:
        add_name(rows, curve, window)
    return rows.frame()


def draw(
    rows: Rows,
    curves: Sequence[Curve],
    text: Text,
    title: str,
    levels: Sequence[marks.Level] = (),
    reach: tuple[float, float] | None = None,
) -> Window:
    """Add everything but the curves' names: returns what the axes cover."""
    values = [(0, y) for c in curves for y in (*c.y, *c.low, *c.high)]
    around, *_ = blocks(values + [(0, level.y) for level in levels], 1)
    low, high = reach or around
    across = [x for c in curves for x in c.x]
    window = Window(min(across), max(*across, min(across) + 1), low, high)
    rows.limits([window])
    rows.add("title", text=title)
    marks.draw_levels(rows, [window], levels, text)
    for curve in curves:
        _band(rows, curve)
        places = curve.places or ("",) * len(curve.x)
        points = [Point(x, y, 0, at) for x, y, at in zip(curve.x, curve.y, places, strict=True)]
        rows.curve(curve.series, points, text=curve.name)
    return window


def add_name(rows: Rows, curve: Curve, window: Window, *, first: bool = False) -> None:
    """A curve's name where it leaves the chart. first: at its first point that can be drawn, not its last."""
    points = [*zip(curve.x, curve.y, strict=True)]
    seen = [(x, y) for x, y in (points if first else points[::-1]) if drawable(y)]
    if curve.name and seen:
        x, y = seen[0]
        y = min(max(y, window.y0), window.y1)
        rows.add("name", series=curve.series, x=x, y=y, **wrapped(curve.name, short=curve.short))


def _band(rows: Rows, curve: Curve) -> None:
    for x, low, high in zip(curve.x, curve.low, curve.high, strict=False):
        if drawable(low) and drawable(high):
            rows.add("between", series=curve.series, x=x, y=low, y2=high)


def build(look: Look) -> layers.Layer:
    """Bands, levels, lines, names in the margin, what the axis counts, values on touch."""
    right = stack.margin(look)
    drawn = [*lines(look, right=f"width - {right}"), (stack.names(look), "")]
    return layers.assemble(
        look, drawn, x_of(x_axis(look, " "), right=right), y_of(y_axis(look), look)
    )


def lines(look: Look, left: str = "0", right: str = "width") -> layers.Stack:
    """What is drawn on the axes, one over the other; the data between two pixels."""
    band = (
        alt.Chart()
        .mark_area(opacity=0.16)
        .encode(color=look.colour, detail="series:N", y2="y2:Q")
        .transform_filter(look.rows("between"))
    )
    return [
        (layers.limits(look), "xy"),
        (layers.levels(look, left, right), "y"),
        (band, "xy"),
        (layers.lines(look), "xy"),
        (layers.dots(look), "xy"),
        (under(look, "title", right=False), ""),
        (layers.tips(look, look.text("charts.axis.place")), "xy"),
    ]
