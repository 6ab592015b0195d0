"""A gradient as an arrow in the plane, with what clipping by value and by norm make of it. Equal scales, always.

The plot's square lies in the middle of whatever width there is; the arrow, not the axes, moves.
"""

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, digits
from core.charts.base.measure import LINE_HEIGHT, text_width
from core.charts.base.picture import FONT
from core.charts.base.rows import Rows
from core.labs.clip_arrow.model import Arrow, angle, by_norm, by_value
from core.text import Text

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""
MOST = 3.0
"""The largest entry and threshold that the plane has room for."""
EDGE = 3.3
HEIGHT = 480
HEAD = "M-0.42,1.1L0,0L0.42,1.1Z"
"""An arrow's head as a path, its tip in the origin."""
HEAD_SIZE = 300.0
SHORTER = 0.11
"""By how much a shaft ends before its tip, so that the head's tip is the arrow's."""
GAP = 13.0
"""Pixels from a tip to its name."""
PIXELS = 42.0
"""Of a unit, on a phone."""
LINE = 17.0
CORNERS = ((1, 1), (-1, 1), (-1, -1), (1, -1), (1, 1))
STEPS = 72


def frame(arrow: Arrow, clip: float, text: Text) -> pd.DataFrame:
    """The rows: the square and the circle of the threshold, the arrows that differ, their names."""
    rows = Rows(which="category", turned="float32", align="category", dx="float32", dy="float32")
    square = [(clip * x, clip * y) for x, y in CORNERS]
    turns = [2 * math.pi * k / STEPS for k in range(STEPS + 1)]
    circle = [(clip * math.cos(t), clip * math.sin(t)) for t in turns]
    for series, outline in (("value", square), ("norm", circle)):
        for k, (x, y) in enumerate(outline):
            rows.add("outline", series="after", which=series, x=x, y=y, part=k)
    arrows = {"before": arrow, "norm": by_norm(arrow, clip), "value": by_value(arrow, clip)}
    for name, each in arrows.items():
        if each.length and (name == "before" or each != arrow):
            _arrow(rows, name, each)
    _names(rows, arrows, text)
    _legend(rows, arrow, clip, text)
    return rows.frame()


def _arrow(rows: Rows, name: str, arrow: Arrow) -> None:
    """A shaft and a head."""
    series = "before" if name == "before" else "after"
    share = max(arrow.length - SHORTER, 0.0) / arrow.length
    turned = 90 - math.degrees(math.atan2(arrow.y, arrow.x))
    end = {"x2": arrow.x * share, "y2": arrow.y * share}
    rows.add("shaft", series=series, which=name, x=0.0, y=0.0, **end)
    rows.add("head", series=series, x=arrow.x, y=arrow.y, turned=turned)


def _tips(arrows: dict[str, Arrow]) -> list[tuple[list[str], Arrow]]:
    """The names of the arrows that end at one place, and the place."""
    tips: dict[tuple[float, float], list[str]] = {}
    for name, arrow in arrows.items():
        tips.setdefault((round(arrow.x, 6), round(arrow.y, 6)), []).append(name)
    return [(names, arrows[names[0]]) for names in tips.values()]


def _names(rows: Rows, arrows: dict[str, Arrow], text: Text) -> None:
    """A name at each tip; the gradient's, which comes last, keeps clear of the others'."""
    taken: list[Box] = []
    tips = sorted(_tips(arrows), key=lambda each: "before" in each[0])
    for names, tip in tips:
        said = " = ".join(text(f"keras_example.arrow.name.{name}") for name in names)
        x, y, align = _side(names, tip, arrows)
        dx, dy = GAP * x, -GAP * y - 8 * (1 + y)  # its top, as far above the point as it is high
        while any(_meet(_box(tip, dx, dy, align, said), box) for box in taken):
            dy -= LINE * (1 if tip.y >= 0 else -1)
        taken.append(_box(tip, dx, dy, align, said))
        series = "before" if "before" in names else "after"
        rows.add("label", series=series, x=tip.x, y=tip.y, dx=dx, dy=dy, text=said, align=align)


def _side(names: Sequence[str], tip: Arrow, arrows: dict[str, Arrow]) -> tuple[float, float, str]:
    """Where a name goes from its tip, as a unit vector, and its alignment.

    The gradient's over or under it, the others' to their sides of its line.
    """
    before, turned = arrows["before"], angle(arrows["before"], arrows["value"])
    if "before" in names:
        align = "center" if abs(tip.x) < 1 else "right" if tip.x > 0 else "left"
        return 0.0, 1.0 if tip.y >= 0 else -1.0, align
    side = math.copysign(1.0, turned) * (1 if "value" in names and turned else -1)
    along = math.atan2(before.y, before.x) + side * math.pi / 2
    x, y = math.cos(along), math.sin(along)
    return x, y, "center" if abs(x) < 0.2 or abs(tip.x) > 2 else "left" if x > 0 else "right"


def _box(tip: Arrow, dx: float, dy: float, align: str, said: str) -> Box:
    """The pixels that a name takes where the plane is smallest, on a phone."""
    wide, high = text_width(said), FONT * LINE_HEIGHT
    left = tip.x * PIXELS + dx - wide * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    top = -tip.y * PIXELS + dy
    return left, top, left + wide, top + high


def _meet(one: Box, other: Box, apart: float = 3.0) -> bool:
    return all(one[k] < other[k + 2] + apart and other[k] < one[k + 2] + apart for k in (0, 1))


def _legend(rows: Rows, arrow: Arrow, clip: float, text: Text) -> None:
    """What square and circle are, in the corner that the arrow does not point to."""
    left, low = arrow.x >= 0, arrow.y >= 0
    said = text("keras_example.arrow.square", clip=clip)
    said += "\n" + text("keras_example.arrow.circle", clip=clip)
    corner = {"x": -EDGE if left else EDGE, "y": -EDGE if low else EDGE}
    down = {"align": "left" if left else "right", "dx": 4 if left else -4, "dy": -40 if low else 4}
    rows.add("label", series="after", text=said, **corner, **down)


def build(look: Look) -> layers.Layer:
    """The zero lines, square and circle, arrows, names."""
    return layers.assemble(
        look,
        [
            (_zero(look, "x"), ""),
            (_zero(look, "y"), ""),
            (_outlines(look), "xy"),
            *((_shafts(look, kind), "xy") for kind in ("before", "norm", "value")),
            (_heads(look), "xy"),
            (layers.placed_labels(look, "top"), "xy"),
        ],
        alt.X("x:Q", axis=_axis(look, "height", "width"), scale=_scale("width", "height")),
        alt.Y(
            "y:Q", axis=_axis(look, "width", "height"), scale=_scale("height", "width", falls=True)
        ),
    )


def _scale(own: str, other: str, *, falls: bool = False) -> alt.Scale:
    """The same pixels a unit on both axes: the largest square, in the middle."""
    half = f"min({own}, {other}) / 2"
    ends = [alt.ExprRef(f"{own} / 2 - {half}"), alt.ExprRef(f"{own} / 2 + {half}")]
    return alt.Scale(
        domain=[-EDGE, EDGE], nice=False, zero=False, range=ends[::-1] if falls else ends
    )


def _axis(look: Look, across: str, along: str) -> alt.Axis:
    """At the square's edge. across: the side of the plot that the axis is moved along."""
    return alt.Axis(
        title=None,
        grid=False,
        domain=False,
        ticks=False,
        offset=alt.ExprRef(f"min(0, {along} - {across}) / 2"),
        values=[-3, -2, -1, 0, 1, 2, 3],
        labelExpr=digits(look.text, "replace(datum.label, '-', '−')"),
        format="d",
        labelColor=look.palette.loss,
    )


def _zero(look: Look, across: str) -> layers.Layer:
    """The line where one entry is zero, through the square."""
    ends = (
        {"x": alt.XDatum(-EDGE), "x2": alt.X2Datum(EDGE), "y": alt.YDatum(0)}
        if across == "x"
        else {"y": alt.YDatum(-EDGE), "y2": alt.Y2Datum(EDGE), "x": alt.XDatum(0)}
    )
    return alt.Chart().mark_rule(color=look.palette.line).encode(**ends)


def _outlines(look: Look) -> layers.Layer:
    """Square (dashed, as its arrow) and circle."""
    dash = alt.StrokeDash("which:N", legend=None).scale(
        domain=["value", "norm"], range=[[6, 4], [1, 0]]
    )
    return (
        alt.Chart()
        .mark_line(
            strokeWidth=1.3 * look.zoom,
            interpolate="linear",
            fill=look.palette.after,
            fillOpacity=0.05,
        )
        .encode(color=look.colour, detail="which:N", strokeDash=dash, order="part:Q")
        .transform_filter("datum.kind == 'outline'")
    )


def _shafts(look: Look, kind: str) -> layers.Layer:
    """The gradient's is the thickest: what lies on it leaves its edges to be seen."""
    width = {"before": 5.5, "norm": 2.4, "value": 2.4}[kind] * look.zoom
    return (
        alt.Chart()
        .mark_rule(strokeWidth=width, strokeDash=[6, 4] if kind == "value" else [1, 0])
        .encode(color=look.colour, x2="x2:Q", y2="y2:Q")
        .transform_filter(f"datum.kind == 'shaft' && datum.which == '{kind}'")
    )


def _heads(look: Look) -> layers.Layer:
    return (
        alt.Chart()
        .mark_point(shape=HEAD, size=HEAD_SIZE * look.zoom**2)
        .encode(color=look.colour, angle=alt.Angle("turned:Q", scale=None))
        .transform_filter("datum.kind == 'head'")
    )
