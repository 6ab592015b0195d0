"""The layers that pictures share, all over one frame of rows (core/charts/base/rows.py), seen by a playhead.

Sizes follow the chart's own width, so a specification serves phone and projector. Nothing here knows the data.
"""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from core.charts.base.look import (
    BROAD,
    COLOURS,
    DASHES,
    SEEN,
    THIN,
    Look,
    config,
    digits,
    number,
)
from core.charts.base.rows import LAST_FRAME

Layer = Any
"""An alt.Chart or alt.LayerChart: Altair's own methods do not tell their types."""
Stack = Sequence[tuple[Layer, str]]
"""Layers, one over the other, each with the axes that it is on: "x", "y", "xy", or "" for pixels."""
Baseline = Literal["top", "middle"]


def limits(look: Look, *, stays: bool = True) -> Layer:
    """The invisible points that carry the axes' limits. stays: whether those of the end stay once it was seen."""
    rows = look.stage("limit") if stays else look.rows("limit")
    return alt.Chart().mark_point(opacity=0, size=1).transform_filter(rows)


def reached(look: Look) -> Layer:
    """The points of lines up to the playhead."""
    return alt.Chart().transform_filter(look.reached)


def lines(look: Look, points: Layer | None = None) -> Layer:
    """Every series, one path for each unbroken part. points: else all that the playhead has reached."""
    names = list(COLOURS)
    thin, broad = (f"indexof({list(names)}, datum.series) >= 0" for names in (THIN, BROAD))
    width = f"{look.zoom} * ({thin} ? 1.4 : {broad} ? 6 : 2.4)"
    dashes = [[look.zoom * d for d in DASHES.get(name, [])] for name in names]
    mark = (points or reached(look)).mark_line(
        strokeJoin="round", strokeCap="round", strokeWidth=alt.ExprRef(width)
    )
    return mark.encode(
        color=look.colour,
        detail="part:N",
        strokeDash=alt.StrokeDash("series:N", legend=None).scale(domain=names, range=dashes),
    )


def areas(look: Look, bottom: float) -> Layer:
    """A light area under each line, down to `bottom` pixels above the plot's end."""
    mark = reached(look).transform_filter("datum.series != 'weights'").mark_area(opacity=0.16)
    floor = alt.value(alt.ExprRef(look.floor(bottom)))
    return mark.encode(color=look.colour, detail="part:N", y2=floor)


def dots(look: Look, points: Layer | None = None) -> Layer:
    """The points of short or broken series, which a line alone would not show. points: as of `lines`."""
    marked = (points or reached(look)).transform_filter("datum.dot == 1")
    return marked.mark_point(size=round(20 * look.zoom**2)).encode(color=look.colour)


def heads(look: Look) -> Layer:
    """Where each series is at the playhead."""
    mark = alt.Chart().mark_point(size=round(60 * look.zoom**2))
    return mark.encode(color=look.colour).transform_filter(look.rows("line"))


def placed_labels(look: Look) -> Layer:
    """Texts of a chart that stands still, beside their points, where the rows' own columns say.

    In their series' colour over a halo of the background, so that a line does not cross them.
    """
    across, down = (f"{look.zoom} * datum.{way}" for way in ("dx", "dy"))

    def layer(**style: Any) -> Layer:
        mark = alt.Chart().mark_text(
            align=alt.ExprRef("datum.align"),
            baseline="middle",
            dx=alt.ExprRef(across),
            dy=alt.ExprRef(down),
            style="strong",
            **style,
        )
        return mark.encode(text="text:N").transform_filter("datum.kind == 'label'")

    ground = look.palette.background
    halo = layer(stroke=ground, fill=ground, strokeWidth=4, strokeJoin="round")
    return alt.layer(halo, layer().encode(color=look.colour))


def end_rules(look: Look, top: str = "0", bottom: float = 0) -> Layer:
    """Vertical rules through the data: the end. top, bottom: pixels above and below that hold texts."""
    return _upright(look, "rule", "end", top, look.floor(bottom))


def warning_rules(look: Look, top: str = "0") -> Layer:
    """Dotted vertical rules: the first warning."""
    return _upright(look, "warning", "warning", top, "height")


def _upright(look: Look, kind: str, style: str, top: str, floor: str) -> Layer:
    mark = alt.Chart().mark_rule(style=style, y=alt.ExprRef(top), y2=alt.ExprRef(floor))
    return mark.encode(color=look.colour).transform_filter(look.rows(kind))


def levels(look: Look, left: str = "0", right: str = "width") -> Layer:
    """Dashed horizontal rules between two pixels: the clipping threshold, where float32 ends, a factor of one."""
    mark = alt.Chart().mark_rule(style="level", x=alt.ExprRef(left), x2=alt.ExprRef(right))
    return mark.encode(color=look.colour).transform_filter(look.stage("level"))


def tips(look: Look, x_title: str, points: Layer | None = None, value: str = "") -> Layer:
    """Invisible points with a tooltip, once the film rests: series, place, value.

    points: as of `lines`. value: an expression, else y as a number.
    """
    whole = digits(look.text, "format(datum.x, 'd')")
    mark = (points or reached(look)).mark_point(opacity=0, size=round(90 * look.zoom**2))
    return (
        mark.transform_filter(f"{look.head} >= datum.settled")
        .transform_calculate(
            shown=value or number(look.text, "datum.y"),
            place=f"datum.place != '' ? datum.place : {whole}",
        )
        .encode(
            tooltip=[
                alt.Tooltip("text:N", title="·"),
                alt.Tooltip("place:N", title=x_title),
                alt.Tooltip("shown:N", title=look.text("charts.axis.value")),
            ]
        )
    )


def assemble(look: Look, stack: Stack, x: alt.X, y: alt.Y) -> Layer:
    """The chart: layers on the axes named with each, the playhead, a look that the theme does not override.

    A layer on "x" alone spans every y, one on "y" every x; one on "" has its place in pixels.
    """
    placed = []
    for layer, axes in stack:
        placed.append(on_axes(layer, axes, x, y))
        x = _without_axis(x) if "x" in axes else x
        y = _without_axis(y) if "y" in axes else y
    # said at once: each further method of a chart copies all of it
    placed[0] = placed[0].add_params(_slider(look.head, LAST_FRAME), _slider(SEEN, 1))
    return alt.layer(*placed, height=look.height, config=alt.Config(**config(look)))


def _slider(name: str, most: int) -> Any:
    """A parameter at its most, which the page's player moves by the slider of its name."""
    bind = alt.binding_range(min=0, max=most, step=1, name=name)
    return alt.param(name=name, value=most, bind=bind)


def _without_axis(channel: Any) -> Any:
    """One layer's axis is the chart's; told by every layer it were half of a specification."""
    return channel.axis(alt.Undefined)


def on_axes(layer: Layer, axes: str, x: alt.X, y: alt.Y) -> Layer:
    """The layer with its place on the axes named."""
    if isinstance(layer, alt.LayerChart):
        layer = layer.copy()
        layer.layer = [on_axes(inner, axes, x, y) for inner in layer.layer]
        return layer
    if "x" in axes:
        layer = layer.encode(x=x)
    return layer.encode(y=y) if "y" in axes else layer


TITLE_PIXELS, LINE_PIXELS = 44.0, 20.0
BAR = 0.4
"""A factor's width, as a share of the way to the next."""


def bars(look: Look, rows: alt.Chart) -> Layer:
    """Factors as bars, up or down from 1, one at every whole x."""
    z = look.zoom
    mark = rows.mark_rule(
        strokeWidth=alt.ExprRef(f"max(2, min({18 * z}, {BAR} * (scale('x', 2) - scale('x', 1))))"),
        strokeOpacity=0.55,
        color=look.palette.before,
    )
    return mark.encode(y2="y2:Q")


def under(look: Look, kind: str, *, right: bool) -> Layer:
    """A text under the axis: what it counts at the left, the step that is shown at the right, or below it."""
    down = f"{TITLE_PIXELS} + ({look.narrow} ? {LINE_PIXELS} : 0)" if right else f"{TITLE_PIXELS}"
    mark = alt.Chart().mark_text(
        align="right" if right else "left",
        x=alt.ExprRef("width") if right else 0,
        y=alt.ExprRef(f"height + {look.zoom} * ({down})"),
        color=look.palette.text if right else look.palette.loss,
        fontWeight=600 if right else 400,
    )
    return mark.encode(text="text:N").transform_filter(look.rows(kind))
