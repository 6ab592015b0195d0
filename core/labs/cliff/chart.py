"""The cliff: the loss over (w, b) as cells, the two descents drawn on it; and a slice through its wall."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from core.charts.base import layers
from core.charts.base import line_chart as still
from core.charts.base.line_chart import Curve
from core.charts.base.look import Look, digits
from core.charts.base.picture import specification
from core.charts.base.rows import Rows
from core.charts.names.beside_points import Names, Way
from core.labs.cliff.model import (
    B_RANGE,
    TARGET,
    W_RANGE,
    Cells,
    Path,
    Place,
    Point,
    Values,
    inside,
    within,
)
from core.text import Text

HEIGHT = 420
PICK = "cliff_pick"
"""The parameter whose selection is what the visitor clicked on."""
ARROW = "M0,-1.6L1,1.1L0,0.6L-1,1.1Z"
TICKS = (0.0, 0.02, 0.1, 0.25, 0.49)
NAME_PIXELS, EXIT_PIXELS = 12, 36
PLOT = (290.0, 300.0)
"""Pixels of the plot on a phone."""


def frames(cells: Cells, paths: Sequence[Path], text: Text) -> dict[str, pd.DataFrame]:
    """The data sets of the surface: "cells", from x to x2 and y to y2, and "over", the two descents and the names.

    A row for each stretch of a path, each step, the ends, and where one leaves the picture first: an "exit", whose
    dx and dy are its direction, in hundredths of the picture. Those of a label are pixels, as usual.
    """
    columns = {"x": cells.w, "y": cells.b, "loss": cells.loss}
    columns |= {"x2": cells.w + cells.width, "y2": cells.b + cells.height}
    rows = Rows(align="category", dx="int8", dy="int8")
    names = Names(rows, *PLOT)
    for series, path in zip(("before", "after"), paths, strict=True):
        _descent(rows, names, series, path, text)
    start = float(paths[0].w[0]), float(paths[0].b[0])
    _point(rows, "start", "note", start)
    sides = [(x, y) for y in (NAME_PIXELS, -NAME_PIXELS) for x in (NAME_PIXELS, -NAME_PIXELS)]
    _name(names, text("mathematics.cliff.here"), "note", start, sides)
    for kind, x, y in (("high", W_RANGE[1] - 0.1, -2.3), ("low", W_RANGE[0] + 0.1, -3.6)):
        rows.add(kind, x=x, y=y, text=text(f"mathematics.cliff.{kind}"))
    return {"cells": pd.DataFrame(columns, dtype=np.float32), "over": rows.frame()}


def _descent(rows: Rows, names: Names, series: str, path: Path, text: Text) -> None:
    """A path within the picture: its line, its steps, where it first leaves, where it ends."""
    points = [*zip(path.w.tolist(), path.b.tolist(), strict=True)]
    left = False
    for a, b in pairwise(points):
        if (ends := within(a, b)) is None:
            continue
        (x, y), (x2, y2) = ends
        rows.add("path", series=series, x=x, y=y, x2=x2, y2=y2)
        if inside(b):
            _point(rows, "step", series, b)
        elif inside(a) and not left:
            left = True
            _point(rows, "exit", series, ends[1], **_way(a, b))
            _thrown(names, series, ends[1], b, text)
    if inside(points[-1]):
        _point(rows, "end", series, points[-1])


def _point(rows: Rows, kind: str, series: str, at: Point, **more: object) -> None:
    """A mark without size, as a click needs it: where it begins it ends."""
    (x, y) = at
    rows.add(kind, series=series, x=x, y=y, x2=x, y2=y, **more)


def _way(a: Point, b: Point) -> dict[str, int]:
    """From one point to another, in hundredths of the picture."""
    across = (b[0] - a[0]) / (W_RANGE[1] - W_RANGE[0])
    up = (b[1] - a[1]) / (B_RANGE[1] - B_RANGE[0])
    most = max(abs(across), abs(up)) / 100
    return {"dx": round(across / most), "dy": round(up / most)}


def _thrown(names: Names, series: str, at: Point, b: Point, text: Text) -> None:
    """Where a path leaves the picture, where it was thrown to in words."""
    down = NAME_PIXELS if at[1] > sum(B_RANGE) / 2 else -NAME_PIXELS
    side = EXIT_PIXELS if at[0] < sum(W_RANGE) / 2 else -EXIT_PIXELS
    said = text("mathematics.cliff.thrown", w=b[0], b=b[1])
    _name(names, said, series, at, [(side, down), (0, down), (side, -down), (0, -down)])


def _name(names: Names, said: str, series: str, at: Point, ways: Sequence[Way]) -> None:
    spans = zip(at, (W_RANGE, B_RANGE), strict=True)
    across, up = ((value - low) / (high - low) for value, (low, high) in spans)
    (x, y) = at
    names.add(said, (across, up), ways, series=series, x=x, y=y, x2=x, y2=y)


def surface_spec(look: Look) -> dict[str, Any]:
    """The surface's specification without data, which are `frames`; its cells can be clicked (`PICK`)."""
    return specification(build, look) | {"data": {"name": "over"}}


def build(look: Look) -> layers.Layer:
    """Cells, then the paths over a halo of the background, their steps and ends, and the texts."""
    sides = ["x", "x2", "y", "y2"]
    pick = alt.selection_point(name=PICK, fields=sides, clear=False, toggle=False)
    shade = alt.Color("loss:Q", legend=_legend(look), scale=_shades(look))
    cells = (
        alt.Chart(alt.NamedData("cells"), name="cells")
        .mark_rect(cursor="crosshair", x2Offset=0.6, y2Offset=-0.6)  # no seams
        .encode(color=shade, x2="x2:Q", y2="y2:Q", tooltip=_tips(look))
        .add_params(pick)
    )
    line = alt.Chart().encode(x2="x2:Q", y2="y2:Q").transform_filter("datum.kind == 'path'")
    halo = line.mark_rule(strokeCap="round", strokeWidth=5 * look.zoom)
    path = line.mark_rule(strokeCap="round", strokeWidth=2.2 * look.zoom)
    stack: list[tuple[layers.Layer, str]] = [
        (cells, "xy"),
        (halo.encode(color=alt.value(look.palette.background)), "xy"),
        (path.encode(color=look.colour), "xy"),
        (_points(look, "step", "circle", 14), "xy"),
        (_points(look, "exit", ARROW, 90), "xy"),
        (_points(look, "end", "diamond", 150), "xy"),
        (_points(look, "start", "circle", 150), "xy"),
        (_plateau(look, "high", "right", look.palette.text), "xy"),
        (_plateau(look, "low", "left", look.palette.background), "xy"),
        (layers.placed_labels(look), "xy"),
    ]
    w = alt.X("x:Q", axis=_axis(look, "w")).scale(domain=list(W_RANGE), nice=False)
    b = alt.Y("y:Q", axis=_axis(look, "b"), stack=False)
    b = b.scale(domain=list(B_RANGE), nice=False, zero=False)
    return layers.assemble(look, stack, w, b).resolve_scale(color="independent")


def _plateau(look: Look, kind: str, align: Literal["left", "right"], colour: str) -> layers.Layer:
    mark = alt.Chart().mark_text(align=align, color=colour, fontSize=look.font, fontWeight=600)
    return mark.encode(text="text:N").transform_filter(f"datum.kind == '{kind}'")


def _points(look: Look, kind: str, shape: str, size: float) -> layers.Layer:
    """Marks with a rim of the background; an exit's points where it leads."""
    turn = "atan2(datum.dx * width, datum.dy * height) * 180 / PI" if kind == "exit" else "0"
    mark = alt.Chart().mark_point(
        shape=shape,
        size=round(size * look.zoom**2),
        stroke=look.palette.background,
        strokeWidth=1.2 if size > 50 else 0,
        angle=alt.ExprRef(turn),
    )
    return mark.encode(color=look.colour).transform_filter(f"datum.kind == '{kind}'")


def _shades(look: Look) -> alt.Scale:
    """Light where the loss is small; by its root, which is the distance from the target."""
    ends = [look.palette.background, look.palette.loss]
    return alt.Scale(type="sqrt", domain=[0, TARGET**2], range=ends, interpolate="rgb")


def _legend(look: Look) -> alt.Legend:
    z = look.zoom
    return alt.Legend(
        type="gradient",
        title=look.text("mathematics.cliff.legend"),
        orient="top",
        direction="horizontal",
        gradientLength=alt.ExprRef(f"min(width - {round(60 * z)}, {round(300 * z)})"),
        gradientThickness=round(10 * z),
        values=list(TICKS),
        labelExpr=digits(look.text, "format(datum.value, '~g')"),
        titleOrient="left",
    )


def _tips(look: Look) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("x:Q", title="w", format=".3f"),
        alt.Tooltip("y:Q", title="b", format=".3f"),
        alt.Tooltip("loss:Q", title=look.text("charts.line.loss"), format=".3~g"),
    ]


def _axis(look: Look, title: str) -> alt.Axis:
    plain = digits(look.text, "format(datum.value, '~g')")
    return alt.Axis(title=title, grid=False, tickCount=6, labelExpr=plain)


def slice_frame(b: Values, place: Place, wall: float, unit: float, text: Text) -> pd.DataFrame:
    """Loss and gradient norm along b, counted from the wall in units of `unit`."""
    x = tuple(((b - wall) / unit).tolist())
    curves = [
        Curve("before", text("charts.line.gradient"), x, tuple(np.asarray(place.norm).tolist())),
        Curve("loss", text("charts.line.loss"), x, tuple(place.loss.tolist())),
    ]
    key = "across" if unit == 1 else "across_unit"
    title = text(f"mathematics.cliff.{key}", wall=text.number(wall, 5), unit=unit)
    return still.frame(curves, text, title)
