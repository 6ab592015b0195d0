"""The map: one cell for each network, its colour what became of it or how its signal grows, theory's line over it.

A specification depends on the axes and on what colour means, never on the cells: they only change colour while the
map fills in. A cell that is not known yet shows the coarser one that it belongs to.
"""

import json
import math
from functools import cache, partial
from typing import Any

import altair as alt

from core.charts.base import layers
from core.charts.base.colour import ink
from core.charts.base.look import Look, digits, powers
from core.charts.base.picture import Build, specification
from core.labs.map.question import SCALES, Question
from core.labs.map.rows import OUTCOMES, TIPS, edges
from core.text import Text

HEIGHT = 440
PICK = "diagram_pick"
"""The parameter whose selection is the cell that the visitor clicked on."""
MOST_LOG2 = 1.0
TICKS = (0.5, 0.7, 1.0, 1.4, 2.0)


def spec(question: Question, look: Look) -> dict[str, Any]:
    """The specification without data, which are `rows.frames`; its cells can be clicked (`PICK`)."""
    made = specification(_builder(question.kind, *question.fields), look)
    made["data"] = {"name": "over"}
    for name, axis in zip("xy", question.axes, strict=True):
        first, *_, last = edges(*axis)
        made["params"] += [
            {"name": f"{name}_first", "value": first},
            {"name": f"{name}_last", "value": last},
        ]
    return made


@cache
def _builder(kind: str, x: str, y: str) -> Build:
    """The same object for the same axes: specifications are kept by it."""
    return partial(_build, kind, x, y)


def _build(kind: str, x: str, y: str, look: Look) -> layers.Layer:
    pick = alt.selection_point(name=PICK, fields=["i", "j"], clear=False, toggle=False)
    cells = _rects("cells").encode(color=COLOURS[kind](look), tooltip=_tips(kind, x, y, look.text))
    none = _rects("over").encode(color=alt.value(look.palette.line))
    none = none.transform_filter("datum.kind == 'none'")
    order = "y:Q" if x == "gain" else "x:Q"
    ground, ink_ = look.palette.background, look.palette.text
    stack: list[tuple[layers.Layer, str]] = [
        (cells.add_params(pick), "xy"),
        (none, "xy"),
        (_line(look, ground, 4.5).encode(order=order), "xy"),
        (_line(look, ink_, 2.0).encode(order=order), "xy"),
        (_ring(look, ground, 6.0), "xy"),
        (_ring(look, ink_, 2.6), "xy"),
        (_region_names(look), "xy"),
        (layers.placed_labels(look), "xy"),
    ]
    across = alt.X("x:Q", axis=_axis(look, x), scale=_scale("x", x))
    up = alt.Y("y:Q", axis=_axis(look, y), scale=_scale("y", y), stack=False)
    chart = layers.assemble(look, stack, across, up)
    return chart.resolve_scale(color="independent").configure_view(fill=look.palette.soft)


def _rects(rows: str) -> layers.Layer:
    """Cells, from edge to edge."""
    mark = alt.Chart(alt.NamedData(rows)).mark_rect(
        cursor="pointer" if rows == "cells" else "default"
    )
    return mark.encode(x2="x2:Q", y2="y2:Q")


def _line(look: Look, colour: str, wide: float) -> layers.Layer:
    mark = alt.Chart().mark_line(color=colour, strokeWidth=wide * look.zoom, strokeDash=[8, 4])
    return mark.transform_filter("datum.kind == 'line'")


def _ring(look: Look, colour: str, wide: float) -> layers.Layer:
    size, width = round(190 * look.zoom**2), wide * look.zoom
    mark = alt.Chart().mark_point(filled=False, size=size, stroke=colour, strokeWidth=width)
    return mark.transform_filter("datum.kind == 'here'")


def _region_names(look: Look) -> layers.Layer:
    """What became of the networks there, in ink that can be read on its area."""
    inks = {name: ink(getattr(look.palette, f"area_{name}")) for name in OUTCOMES}
    colour = alt.ExprRef(f"{json.dumps(inks)}[datum.outcome]")
    mark = alt.Chart().mark_text(fontSize=look.font, fontWeight=600, color=colour, dy=0.5)
    shown = f"datum.kind == 'name' && !({look.narrow})"
    return mark.encode(text="text:N").transform_filter(shown)


def _by_outcome(look: Look) -> alt.Color:
    names = {name: look.text(f"verdict.outcomes.{name}") for name in OUTCOMES}
    legend = _legend(
        look,
        columns=alt.ExprRef(f"{look.narrow} ? 2 : 4"),
        labelExpr=f"{json.dumps(names, ensure_ascii=False)}[datum.label]",
        symbolType="square",
        values=list(OUTCOMES),
    )
    areas = [getattr(look.palette, f"area_{name}") for name in OUTCOMES]
    return alt.Color("outcome:N", legend=legend).scale(domain=list(OUTCOMES), range=areas)


def _by_growth(look: Look) -> alt.Color:
    """Away from the page's own colour: orange where the signal grows, slate where it shrinks."""
    palette, z = look.palette, look.zoom
    growth = digits(look.text, "format(pow(2, datum.value), '.2~r')")
    ends = f"(datum.value >= {MOST_LOG2} ? '≥ ' : datum.value <= -{MOST_LOG2} ? '≤ ' : '')"
    legend = _legend(
        look,
        title=look.text("diagram.growth"),
        type="gradient",
        gradientLength=alt.ExprRef(f"min(width - {round(80 * z)}, {round(320 * z)})"),
        gradientThickness=round(10 * z),
        values=[math.log2(tick) for tick in TICKS],
        labelExpr=f"{ends} + {growth}",
    )
    colours = [palette.loss, palette.background, palette.before]
    limits = [-MOST_LOG2, 0, MOST_LOG2]
    scale = alt.Scale(domain=limits, range=colours, interpolate="rgb", clamp=True)
    return alt.Color("growth:Q", legend=legend, scale=scale)


COLOURS = {"outcome": _by_outcome, "start": _by_growth}
"""By kind of diagram, what colour means."""


def _legend(look: Look, title: str | None = None, **more: Any) -> alt.Legend:
    return alt.Legend(
        title=title,
        orient="top",
        direction="horizontal",
        titleLimit=0,
        symbolSize=round(130 * look.zoom**2),
        symbolStrokeWidth=0,
        symbolOpacity=1,
        **more,
    )


def _tips(kind: str, x: str, y: str, text: Text) -> list[alt.Tooltip]:
    shown = {"across": text(f"pair.fields.{x}"), "up": text(f"pair.fields.{y}")}
    if kind == "start":
        shown["text"] = text("diagram.growth")
    else:
        shown |= {name: text(key) for name, key in TIPS.items()}
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in shown.items()]


def _scale(axis: str, field: str) -> alt.Scale:
    """Its limits are the cells', which a browser need not look for: two parameters tell them."""
    ends = [alt.ExprRef(f"{axis}_first"), alt.ExprRef(f"{axis}_last")]
    if not SCALES[field].log:
        return alt.Scale(domain=ends, nice=False, zero=False)
    return alt.Scale(domain=ends, type="log", base=2 if field == "width" else 10, nice=False)


def _axis(look: Look, field: str) -> alt.Axis:
    decades = SCALES[field].log and field != "width"
    plain = digits(look.text, "format(datum.value, '~g')")
    return alt.Axis(
        title=look.text(f"pair.fields.{field}"),
        grid=False,
        tickCount=6,
        labelExpr=powers(look.text) if decades else plain,
    )
