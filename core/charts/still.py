"""Charts without a film: lines over layers, time steps or factors, with bands, and their names in the margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from core.charts import layers, marks
from core.charts.by_layer import under
from core.charts.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.palette import Palette
from core.charts.picture import FONT, HEIGHT, specification
from core.charts.rows import NEVER, Point, Rows, Window, blocks, drawable
from core.charts.scenes import MARGINS, Profile, add_names
from core.text import Text


@dataclass(frozen=True, slots=True)
class Curve:
    """One line; low and high: the band around it, as long as y, or empty. series: a key of look.COLOURS."""

    series: str
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def spec(
    text: Text, palette: Palette, *, height: float = HEIGHT, font: float = FONT
) -> dict[str, Any]:
    """The specification without data; like `Picture.spec`."""
    return specification(build, Look(text, palette, height, font, "still"))


def frame(
    curves: Sequence[Curve], text: Text, title: str, levels: Sequence[marks.Level] = ()
) -> pd.DataFrame:
    """The rows: every curve with its band and its name, the levels with theirs.

    title: what the x axis counts, written under it.
    """
    rows = Rows()
    values = [(0, y) for c in curves for y in (*c.y, *c.low, *c.high)]
    (low, high), *_ = blocks(values + [(0, level.y) for level in levels], 1)
    across = [x for c in curves for x in c.x]
    window = Window(min(across), max(*across, min(across) + 1), low, high)
    rows.limits([window])
    rows.add("title", text=title)
    levels = marks.draw_levels(rows, [window], levels, text)
    for curve in curves:
        _band(rows, curve)
        points = [Point(x, y, 0) for x, y in zip(curve.x, curve.y, strict=True)]
        rows.line(curve.series, points, curve.name, settled=0, still=True, dotted=False)
    add_names(rows, [Profile(c.series, c.name, c.x, c.y) for c in curves], 0, NEVER, window)
    named = [marks.Named(c.series, "", (tuple(zip(c.x, c.y, strict=True)),)) for c in curves]
    marks.write_all(rows, named, window, levels, (0, ""), 0, margins=MARGINS)
    return rows.frame()


def _band(rows: Rows, curve: Curve) -> None:
    for x, low, high in zip(curve.x, curve.low, curve.high, strict=False):
        if drawable(low) and drawable(high):
            rows.add("between", series=curve.series, x=x, y=low, y2=high)


def build(look: Look) -> layers.Layer:
    """Bands, levels, lines, names in the margin, what the axis counts, values on touch."""
    band = (
        alt.Chart()
        .mark_area(opacity=0.16, tooltip=None)
        .encode(color=look.colour, detail="series:N", y2="y2:Q")
        .transform_filter(look.rows("between"))
    )
    stack: list[tuple[layers.Layer, str]] = [
        (layers.limits(look), "xy"),
        (layers.levels(look), "y"),
        (band, "xy"),
        (layers.lines(look), "xy"),
        (layers.dots(look), "xy"),
        (layers.names(look), "xy"),
        (layers.labels(look), "xy"),
        (under(look, "title", right=False), ""),
        (layers.tips(look, look.text("charts.axis.place")), "xy"),
    ]
    margin = f"[{MARGINS[1]}, {MARGINS[2]}, {MARGINS[3]}][{look.size} - 1] * {look.zoom}"
    return layers.assemble(
        look, stack, x_of(x_axis(look, " "), right=margin), y_of(y_axis(look), look)
    )
