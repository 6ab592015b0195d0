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
Baseline = Literal["top", "middle"]
LETTER = 7.7
"""About how many pixels of a name a code point takes, at most."""
ASIDE = 12
"""Pixels from where a line ends to its name in the margin."""


def limits(look: Look, *, stays: bool = True) -> Layer:
    """The invisible points that carry the axes' limits. stays: whether those of the end stay once it was seen."""
    rows = look.stage("limit") if stays else look.rows("limit")
    return alt.Chart().mark_point(opacity=0, size=1).transform_filter(rows)


def reached(look: Look) -> Layer:
    """The points of lines up to the playhead."""
    return alt.Chart().transform_filter(look.reached("line"))


def lines(look: Look, points: Layer | None = None) -> Layer:
    """Every series, one path for each unbroken part. points: else all that the playhead has reached."""
    names = list(COLOURS)
    thin, broad = (f"indexof({list(names)}, datum.series) >= 0" for names in (THIN, BROAD))
    width = f"{look.zoom} * ({thin} ? 1.4 : {broad} ? 6 : 2.4)"
    return (
        (reached(look) if points is None else points)
        .mark_line(strokeJoin="round", strokeCap="round", strokeWidth=alt.ExprRef(width))
        .encode(
            color=look.colour,
            detail="part:N",
            strokeDash=alt.StrokeDash("series:N", legend=None).scale(
                domain=names,
                range=[[look.zoom * d for d in DASHES.get(name, [])] for name in names],
            ),
        )
    )


def areas(look: Look, bottom: float) -> Layer:
    """A light area under each line, down to `bottom` pixels above the plot's end."""
    floor = alt.value(alt.ExprRef(f"height - {round(bottom * look.zoom)}"))
    return (
        alt.Chart()
        .mark_area(opacity=0.16)
        .encode(color=look.colour, detail="part:N", y2=floor)
        .transform_filter(look.reached("line") + " && datum.series != 'weights'")
    )


def dots(look: Look, points: Layer | None = None) -> Layer:
    """The points of short or broken series, which a line alone would not show. points: as of `lines`."""
    return (
        (reached(look) if points is None else points)
        .transform_filter("datum.dot == 1")
        .mark_point(size=round(20 * look.zoom**2))
        .encode(color=look.colour)
    )


def heads(look: Look) -> Layer:
    """Where each series is at the playhead."""
    return (
        alt.Chart()
        .mark_point(size=round(60 * look.zoom**2))
        .encode(color=look.colour)
        .transform_filter(look.rows("line"))
    )


def head_labels(look: Look) -> Layer:
    """The series' names, going with their heads while the film plays; left of them near the right edge."""
    z = look.zoom
    room = f"width - {z} * ({LETTER} * length(datum.text) + 14)"
    left = f"scale('x', datum.x) > {room}"
    lift = f"({SEEN} ? datum.dy : datum.lift)"
    return text_layers(
        look,
        look.rows("line", f"datum.text != '' && {look.head} < datum.settled"),
        align=f"{left} ? 'right' : 'left'",
        dx=f"{left} ? {-8 * z} : {9 * z}",
        dy=f"{z} * ({left} && abs({lift}) < 12 ? ({lift} < 0 ? -14 : 14) : {lift})",
        baseline="middle",
    )


def labels(look: Look, kind: str = "label") -> Layer:
    """Texts at their computed places, their first line's top at the row's point."""
    z = look.zoom
    return text_layers(
        look,
        look.rows(kind),
        align="datum.align",
        dx=f"{z} * datum.dx",
        dy=f"{z} * datum.dy",
        baseline="top",
    )


def leaders(look: Look) -> Layer:
    """Thin lines from where a line ends to its name, their far ends in pixels from there."""
    z = look.zoom
    return (
        alt.Chart()
        .mark_rule(
            strokeWidth=1.2 * z,
            opacity=0.8,
            x2Offset=alt.ExprRef(f"{z} * datum.dx"),
            y2Offset=alt.ExprRef(f"{z} * datum.dy"),
        )
        .encode(x2="x:Q", y2="y:Q", color=look.colour)
        .transform_filter(look.rows("leader"))
    )


def names(look: Look) -> Layer:
    """Names right of where their lines end, moved apart in pixels: as the plot's size, one of three, needs it."""
    z = look.zoom
    down = f"[datum.lift, datum.dx, datum.dy][{look.size} - 1]"
    named = text_layers(
        look,
        look.rows("name"),
        align="'left'",
        dx=f"{z * ASIDE}",
        dy=f"{z} * {down}",
        baseline="middle",
        text="shown",
    )
    return named.transform_calculate(shown=f"split(datum.text, '|')[{look.size} - 1]")


def placed_labels(look: Look) -> Layer:
    """Texts beside their points, where the rows say."""
    across, down = (f"{look.zoom} * datum.{way}" for way in ("dx", "dy"))
    return text_layers(
        look,
        "datum.kind == 'label'",
        align="datum.align",
        dx=across,
        dy=down,
        baseline="middle",
    )


def text_layers(
    look: Look,
    rows: str,
    *,
    align: str,
    dx: str,
    dy: str,
    baseline: Baseline,
    text: str = "text",
    **at: Any,
) -> Layer:
    """Texts in their series' colour over a halo of the background, so that a grid line does not cross them.

    text: the field that holds them.
    at: x or y in pixels, of texts that have no place on that axis.
    """

    def layer(**style: Any) -> Layer:
        mark = alt.Chart().mark_text(
            align=alt.ExprRef(align),
            baseline=baseline,
            dx=alt.ExprRef(dx),
            dy=alt.ExprRef(dy),
            fontSize=look.font,
            fontWeight=600,
            lineHeight=round(look.font * 1.25),
            **at,
            **style,
        )
        return mark.encode(text=f"{text}:N").transform_filter(rows)

    halo = layer(
        stroke=look.palette.background,
        fill=look.palette.background,
        strokeWidth=4,
        strokeJoin="round",
    )
    return alt.layer(halo, layer().encode(color=look.colour))


def end_rules(look: Look) -> Layer:
    """Vertical rules through the whole plot: the end."""
    return (
        alt.Chart()
        .mark_rule(strokeWidth=3.5 * look.zoom, strokeCap="round")
        .encode(color=look.colour)
        .transform_filter(look.rows("rule"))
    )


def warning_rules(look: Look) -> Layer:
    """Dotted vertical rules: the first warning."""
    z = look.zoom
    return (
        alt.Chart()
        .mark_rule(strokeWidth=2 * z, strokeDash=[2 * z, 4 * z])
        .encode(color=look.colour)
        .transform_filter(look.rows("warning"))
    )


def warning_names(look: Look) -> Layer:
    """What a warning's rule is, at its top, while the film plays; right of it where there is room."""
    z = look.zoom
    left = f"scale('x', datum.x) > width - 9 * length(datum.text) * {z}"
    return text_layers(
        look,
        look.rows("warned"),
        align=f"{left} ? 'right' : 'left'",
        dx=f"{left} ? {-9 * z} : {9 * z}",
        dy="2",
        baseline="top",
        y=0,
    )


def levels(look: Look) -> Layer:
    """Dashed horizontal rules: the clipping threshold, where float32 ends, a factor of one."""
    return (
        alt.Chart()
        .mark_rule(strokeWidth=1.5 * look.zoom, strokeDash=[6, 4])
        .encode(color=look.colour)
        .transform_filter(look.stage("level"))
    )


def tips(look: Look, x_title: str, points: Layer | None = None) -> Layer:
    """Invisible points with a tooltip, once the film rests: series, place, value. points: as of `lines`."""
    whole = digits(look.text, "format(datum.x, 'd')")
    return (
        (reached(look) if points is None else points)
        .mark_point(opacity=0, size=round(90 * look.zoom**2))
        .transform_filter(f"{look.head} >= datum.settled")
        .transform_calculate(
            shown=number(look.text, "datum.y"), place=f"datum.place != '' ? datum.place : {whole}"
        )
        .encode(
            tooltip=[
                alt.Tooltip("text:N", title="·"),
                alt.Tooltip("place:N", title=x_title),
                alt.Tooltip("shown:N", title=look.text("charts.axis.value")),
            ]
        )
    )


def assemble(look: Look, stack: Sequence[tuple[Layer, str]], x: alt.X, y: alt.Y) -> Layer:
    """The chart: layers on the axes named with each, the playhead, a look that the theme does not override.

    A layer on "x" alone spans every y, one on "y" every x; one on "" has its place in pixels.
    """
    head = alt.param(
        name=look.head,
        value=LAST_FRAME,
        bind=alt.binding_range(min=0, max=LAST_FRAME, step=1, name=look.head),
    )
    seen = alt.param(name=SEEN, value=1, bind=alt.binding_range(min=0, max=1, step=1, name=SEEN))
    placed = []
    for layer, axes in stack:
        placed.append(on_axes(layer, axes, x, y))
        x = _without_axis(x) if "x" in axes else x
        y = _without_axis(y) if "y" in axes else y
    return (
        alt.layer(*placed)
        .add_params(head, seen)
        .properties(height=look.height)
        .configure(**config(look))
    )


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
        baseline="middle",
        x=alt.ExprRef("width") if right else 0,
        y=alt.ExprRef(f"height + {look.zoom} * ({down})"),
        color=look.palette.text if right else look.palette.loss,
        fontWeight=600 if right else 400,
    )
    return mark.encode(text="text:N").transform_filter(look.rows(kind))


MARGINS = {1: 96.0, 2: 168.0, 3: 190.0}
"""Pixels kept free at the right for the names, by the model plot's `size`."""


def margin(look: Look) -> str:
    """Of a plot, as an expression."""
    return f"[{MARGINS[1]}, {MARGINS[2]}, {MARGINS[3]}][{look.size} - 1] * {look.zoom}"
