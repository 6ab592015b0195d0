"""A gradient as an arrow in the plane, with what clipping by value and by norm make of it. Equal scales, always.

The plot's square lies in the middle of whatever width there is; the arrow, not the axes, moves.
"""

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, digits
from core.charts.base.rows import Rows
from core.charts.names.beside_points import Names, Way
from core.labs.clip_arrow.model import Arrow, angle, by_norm, by_value
from core.text import Text

MOST = 3.0
"""The largest entry and threshold that the plane has room for."""
EDGE = 3.3
HEIGHT = 480
HEAD = "M-0.42,1.1L0,0L0.42,1.1Z"
"""An arrow's head as a path, its tip in the origin."""
HEAD_SIZE = 300.0
SHORTER = 0.11
"""By how much a shaft ends before its tip, so that the head's tip is the arrow's."""
ASIDE, ABOVE, LINE = 13.0, 21.0, 17.0
"""Pixels from a tip to its name, to the side and up or down, and from there to the next place for it."""
PIXELS = 42.0
"""Of a unit, on a phone."""
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
    _names(rows, arrows, clip, text)
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


def _names(rows: Rows, arrows: dict[str, Arrow], clip: float, text: Text) -> None:
    """What square and circle are, in the corner that the arrow does not point to, and a name at each tip.

    The gradient's, which comes last, keeps clear of the others'.
    """
    names = Names(rows, 2 * EDGE * PIXELS, 2 * EDGE * PIXELS)
    before, words = arrows["before"], "keras_example.arrow"
    right, up = (-1 if entry >= 0 else 1 for entry in (before.x, before.y))
    said = f"{text(f'{words}.square', clip=clip)}\n{text(f'{words}.circle', clip=clip)}"
    down = LINE - 4 if up > 0 else 4 - 2 * LINE
    _name(names, said, "after", Arrow(EDGE * right, EDGE * up), [(-4 * right, down)])
    for tips, tip in sorted(_tips(arrows), key=lambda each: "before" in each[0]):
        said = " = ".join(text(f"{words}.name.{name}") for name in tips)
        series = "before" if "before" in tips else "after"
        _name(names, said, series, tip, _ways(tips, tip, arrows))


def _name(names: Names, said: str, series: str, at: Arrow, ways: Sequence[Way]) -> None:
    share = (at.x / EDGE + 1) / 2, (at.y / EDGE + 1) / 2
    names.add(said, share, ways, series=series, x=at.x, y=at.y)


def _ways(names: Sequence[str], tip: Arrow, arrows: dict[str, Arrow]) -> list[Way]:
    """Where a name may stand: the gradient's over or under its tip, the others' to their sides of its line."""
    before, turned = arrows["before"], angle(arrows["before"], arrows["value"])
    x, y = 0.0, math.copysign(1.0, tip.y)
    if "before" not in names:
        side = math.copysign(1.0, turned) * (1 if "value" in names and turned else -1)
        along = math.atan2(before.y, before.x) + side * math.pi / 2
        x, y = math.cos(along), math.sin(along)
    out = math.copysign(ASIDE, tip.x)
    across = (0.0, -out / 2) if abs(x) < 0.2 else (ASIDE * x, 0.0, -out / 2)
    farther = [-ABOVE * y - math.copysign(LINE, y) * k for k in range(4)]
    inwards = [math.copysign(LINE, tip.y) * k for k in range(3)]
    ways = [(dx, dy) for dy in farther for dx in across]
    return [*ways, *((dx, dy) for dy in inwards for dx in (out, -out))]


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
            (layers.placed_labels(look), "xy"),
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
