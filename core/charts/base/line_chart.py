"""Charts without a film: lines over layers, time steps or factors, with bands, and their names in the margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from core.charts.base import layers
from core.charts.base.layers import MARGINS, margin, under
from core.charts.base.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.base.palette import Palette
from core.charts.base.picture import FONT, HEIGHT, specification
from core.charts.base.rows import Point, Rows, Window, blocks, drawable
from core.charts.names import marks
from core.charts.names.end_names import End
from core.charts.names.margin_names import Margin, write_names
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
    text: Text,
    palette: Palette,
    *,
    height: float = HEIGHT,
    font: float = FONT,
    inside: bool = False,
) -> dict[str, Any]:
    """The specification without data; like `Picture.spec`. inside: no margin, as for `frame`."""
    return specification(
        build_inside if inside else build, Look(text, palette, height, font, "still")
    )


def frame(
    curves: Sequence[Curve],
    text: Text,
    title: str,
    levels: Sequence[marks.Level] = (),
    *,
    inside: bool = False,
    reach: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """The rows: every curve with its band and its name, the levels with theirs.

    title: what the x axis counts, written under it.
    inside: the names stand beside their lines instead of in a margin at the right.
    reach: what the y axis covers, if not whole blocks around everything.
    """
    rows = Rows()
    window, levels = draw(rows, curves, text, title, levels, reach)
    if inside:
        named = [
            marks.Named(c.series, c.name, (tuple(zip(c.x, c.y, strict=True)),))
            for c in reversed(curves)  # the last are drawn on top: they choose their places first
        ]
        marks.write_all(rows, named, window, levels, (0, ""), 0)
    else:
        write_names(rows, ends(curves), window, levels, Margin(MARGINS))
    return rows.frame()


def draw(
    rows: Rows,
    curves: Sequence[Curve],
    text: Text,
    title: str,
    levels: Sequence[marks.Level] = (),
    reach: tuple[float, float] | None = None,
) -> tuple[Window, list[marks.Level]]:
    """Add everything but the names: what the axes cover, and the levels, float32's end perhaps among them."""
    values = [(0, y) for c in curves for y in (*c.y, *c.low, *c.high)]
    around, *_ = blocks(values + [(0, level.y) for level in levels], 1)
    low, high = reach or around
    across = [x for c in curves for x in c.x]
    window = Window(min(across), max(*across, min(across) + 1), low, high)
    rows.limits([window])
    rows.add("title", text=title)
    drawn = marks.draw_levels(rows, [window], levels, text)
    for curve in curves:
        _band(rows, curve)
        places = curve.places or ("",) * len(curve.x)
        points = [Point(x, y, 0, at) for x, y, at in zip(curve.x, curve.y, places, strict=True)]
        rows.line(curve.series, points, curve.name, settled=0, still=True, dotted=False)
    return window, drawn


def ends(curves: Sequence[Curve]) -> list[End]:
    """The curves that have a name."""
    return [
        End(c.series, c.name, c.short or c.name, tuple(zip(c.x, c.y, strict=True)))
        for c in curves
        if c.name
    ]


def _band(rows: Rows, curve: Curve) -> None:
    for x, low, high in zip(curve.x, curve.low, curve.high, strict=False):
        if drawable(low) and drawable(high):
            rows.add("between", series=curve.series, x=x, y=low, y2=high)


def build(look: Look) -> layers.Layer:
    """Bands, levels, lines, names in the margin, what the axis counts, values on touch."""
    return _assembled(look, margin(look))


def build_inside(look: Look) -> layers.Layer:
    """The same over the whole width, with the names beside their lines."""
    return _assembled(look, "")


def stack(look: Look) -> list[tuple[layers.Layer, str]]:
    """What is drawn on the axes, one over the other."""
    band = (
        alt.Chart()
        .mark_area(opacity=0.16)
        .encode(color=look.colour, detail="series:N", y2="y2:Q")
        .transform_filter(look.rows("between"))
    )
    return [
        (layers.limits(look), "xy"),
        (layers.levels(look), "y"),
        (band, "xy"),
        (layers.lines(look), "xy"),
        (layers.dots(look), "xy"),
        (layers.leaders(look), "xy"),
        (layers.labels(look), "xy"),
        (under(look, "title", right=False), ""),
        (layers.tips(look, look.text("charts.axis.place")), "xy"),
    ]


def _assembled(look: Look, right: str) -> layers.Layer:
    x = x_of(x_axis(look, " "), right=right)
    return layers.assemble(look, stack(look), x, y_of(y_axis(look), look))
