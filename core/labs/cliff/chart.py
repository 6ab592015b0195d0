"""The cliff: the loss over (w, b) as cells, the two descents drawn on it; and a slice through its wall."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from core.charts.base import layers, picture
from core.charts.base import line_chart as still
from core.charts.base.line_chart import Curve
from core.charts.base.look import Look, digits
from core.charts.base.palette import Palette
from core.charts.base.picture import FONT, specification
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

Align = Literal["left", "right"]

HEIGHT = 420
PICK = "cliff_pick"
"""The parameter whose selection is what the visitor clicked on."""
SIDES = ("x", "x2", "y", "y2")
COLUMNS = {
    "kind": "category",
    "series": "category",
    "x": "float32",
    "x2": "float32",
    "y": "float32",
    "y2": "float32",
    "loss": "float32",
    "text": "category",
    "align": "category",
    "dx": "int8",
    "dy": "int8",
}
"""kind: cell, path, step, exit, end, start, label, high, low. dx, dy: pixels that a text is moved by; of an
exit: its direction, in hundredths of the picture."""
ARROW = "M0,-1.6L1,1.1L0,0.6L-1,1.1Z"
MOST_LOSS = TARGET**2
TICKS = (0.0, 0.02, 0.1, 0.25, 0.49)
NAME_PIXELS, EXIT_PIXELS = 12, 36


def surface_spec(
    text: Text, palette: Palette, *, height: float = HEIGHT, font: float = FONT
) -> dict[str, Any]:
    """The specification of the surface without data; its cells can be clicked (`PICK`)."""
    return specification(_build, Look(text, palette, height, font, "still"))


def surface_frame(cells: Cells, paths: Sequence[Path], text: Text) -> pd.DataFrame:
    """One row for each cell, and the rows of the two descents: as it is, and clipped."""
    whole = {"kind": "cell", "x": cells.w, "y": cells.b, "loss": cells.loss}
    tiles = pd.DataFrame(whole | {"x2": cells.w + cells.width, "y2": cells.b + cells.height})
    rows: list[dict[str, object]] = []
    for series, path in zip(("before", "after"), paths, strict=True):
        rows += _descent(series, path, text)
    rows += _start((float(paths[0].w[0]), float(paths[0].b[0])), text)
    for kind, x, y in (("high", W_RANGE[1] - 0.1, -2.3), ("low", W_RANGE[0] + 0.1, -3.6)):
        rows.append({"kind": kind, "x": x, "y": y, "text": text(f"mathematics.cliff.{kind}")})
    drawn = pd.DataFrame(rows, columns=list(COLUMNS))
    for side in ("x", "y"):
        drawn[f"{side}2"] = drawn[f"{side}2"].fillna(drawn[side])
    table = pd.concat([tiles, drawn]).reindex(columns=list(COLUMNS))
    return table.fillna(dict.fromkeys(_numbers(), 0)).astype(COLUMNS).reset_index(drop=True)


def _numbers() -> list[str]:
    return [name for name, dtype in COLUMNS.items() if dtype != "category"]


def _descent(series: str, path: Path, text: Text) -> list[dict[str, object]]:
    """A path's rows within the picture: its line, its steps, where it first leaves, where it ends."""
    points = [*zip(path.w.tolist(), path.b.tolist(), strict=True)]
    rows: list[dict[str, object]] = []
    left = False
    for a, b in pairwise(points):
        ends = within(a, b)
        if ends is None:
            continue
        (x, y), (x2, y2) = ends
        rows.append({"kind": "path", "series": series, "x": x, "y": y, "x2": x2, "y2": y2})
        if inside(b):
            rows.append({"kind": "step", "series": series, "x": b[0], "y": b[1]})
        elif inside(a) and not left:
            left = True
            rows += _exit(series, ends, a, b, text)
    if inside(points[-1]):
        rows.append({"kind": "end", "series": series, "x": points[-1][0], "y": points[-1][1]})
    return rows


def _exit(
    series: str, ends: tuple[Point, Point], a: Point, b: Point, text: Text
) -> list[dict[str, object]]:
    """An arrow where the path leaves the picture, and where it was thrown to in words."""
    x, y = ends[1]
    across = (b[0] - a[0]) / (W_RANGE[1] - W_RANGE[0])
    up = (b[1] - a[1]) / (B_RANGE[1] - B_RANGE[0])
    most = max(abs(across), abs(up)) / 100
    share = (x - W_RANGE[0]) / (W_RANGE[1] - W_RANGE[0])
    side = (share < 0.42) - (share > 0.58)  # at neither side there is room in the middle
    place = {
        "align": {1: "left", 0: "center", -1: "right"}[side],
        "dx": side * EXIT_PIXELS,
        "dy": NAME_PIXELS if y > sum(B_RANGE) / 2 else -NAME_PIXELS,
    }
    at = {"series": series, "x": x, "y": y}
    said = text("mathematics.cliff.thrown", w=b[0], b=b[1])
    return [
        {"kind": "exit", "dx": round(across / most), "dy": round(up / most), **at},
        {"kind": "label", "text": said, **at, **place},
    ]


def _start(at: Point, text: Text) -> list[dict[str, object]]:
    """The start, its name below right of it, where no path from a wall or a plateau goes."""
    there = {"series": "note", "x": at[0], "y": at[1]}
    right, low = at[0] > W_RANGE[1] - 0.6, at[1] < B_RANGE[0] + 0.3
    place = {
        "align": "right" if right else "left",
        "dx": -NAME_PIXELS if right else NAME_PIXELS,
        "dy": -NAME_PIXELS if low else NAME_PIXELS,
    }
    said = text("mathematics.cliff.here")
    return [{"kind": "start", **there}, {"kind": "label", "text": said, **there, **place}]


def _build(look: Look) -> layers.Layer:
    """Cells, then the paths over a halo of the background, their steps and ends, and the texts."""
    pick = alt.selection_point(name=PICK, fields=list(SIDES), clear=False, toggle=False)
    shade = alt.Color("loss:Q", legend=_legend(look), scale=_shades(look))
    cells = (
        alt.Chart(name="cells")
        .mark_rect(cursor="crosshair", x2Offset=0.6, y2Offset=-0.6)  # no seams
        .encode(color=shade, x2="x2:Q", y2="y2:Q", tooltip=_tips(look))
        .transform_filter("datum.kind == 'cell'")
        .add_params(pick)
    )
    z = look.zoom
    line = alt.Chart().encode(x2="x2:Q", y2="y2:Q").transform_filter("datum.kind == 'path'")

    def drawn(wide: float, **style: Any) -> layers.Layer:
        return line.mark_rule(strokeWidth=wide * z, strokeCap="round", **style)

    stack: list[tuple[layers.Layer, str]] = [
        (cells, "xy"),
        (drawn(5, color=look.palette.background), "xy"),
        (drawn(2.2).encode(color=look.colour), "xy"),
        (_points(look, "step", "circle", 14), "xy"),
        (_points(look, "exit", ARROW, 90), "xy"),
        (_points(look, "end", "diamond", 150), "xy"),
        (_points(look, "start", "circle", 150), "xy"),
        (_plateau(look, "high", "right", look.palette.text), "xy"),
        (_plateau(look, "low", "left", look.palette.background), "xy"),
        (layers.placed_labels(look), "xy"),
    ]
    chart = layers.assemble(look, stack, _x(look), _y(look))
    return chart.resolve_scale(color="independent")


def _plateau(look: Look, kind: str, align: Align, colour: str) -> layers.Layer:
    mark = alt.Chart().mark_text(align=align, color=colour, fontSize=look.font, fontWeight=600)
    return mark.encode(text="text:N").transform_filter(f"datum.kind == '{kind}'")


def _points(look: Look, kind: str, shape: str, size: float) -> layers.Layer:
    """Marks with a rim of the background; an exit's points where it leads."""
    turn = "atan2(datum.dx * width, datum.dy * height) * 180 / PI" if kind == "exit" else "0"
    return (
        alt.Chart()
        .mark_point(
            shape=shape,
            size=round(size * look.zoom**2),
            stroke=look.palette.background,
            strokeWidth=1.2 if size > 50 else 0,
            angle=alt.ExprRef(turn),
        )
        .encode(color=look.colour)
        .transform_filter(f"datum.kind == '{kind}'")
    )


def _shades(look: Look) -> alt.Scale:
    """Light where the loss is small; by its root, which is the distance from the target."""
    palette = look.palette
    return alt.Scale(
        type="sqrt",
        domain=[0, MOST_LOSS],
        range=[palette.background, palette.loss],
        interpolate="rgb",
    )


def _legend(look: Look) -> alt.Legend:
    return alt.Legend(
        type="gradient",
        title=look.text("mathematics.cliff.legend"),
        orient="top",
        direction="horizontal",
        gradientLength=alt.ExprRef(
            f"min(width - {round(60 * look.zoom)}, {round(300 * look.zoom)})"
        ),
        gradientThickness=round(10 * look.zoom),
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
    return alt.Axis(
        title=title,
        grid=False,
        tickCount=6,
        labelExpr=digits(look.text, "format(datum.value, '~g')"),
    )


def _x(look: Look) -> alt.X:
    return alt.X("x:Q", axis=_axis(look, "w"), scale=alt.Scale(domain=list(W_RANGE), nice=False))


def _y(look: Look) -> alt.Y:
    scale = alt.Scale(domain=list(B_RANGE), nice=False, zero=False)
    return alt.Y("y:Q", axis=_axis(look, "b"), scale=scale, stack=False)


def slice_spec(
    text: Text, palette: Palette, *, height: float = picture.HEIGHT, font: float = FONT
) -> dict[str, Any]:
    """The specification of the slice without data: a still chart like others."""
    return still.spec(text, palette, height=height, font=font)


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
