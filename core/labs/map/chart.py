"""The map: one cell for each network, its colour what became of it or how its signal grows, theory's line over it.

A specification depends on the axes and on what colour means, never on the cells: they only change colour while the
map fills in. A cell that is not known yet shows the coarser one that it belongs to.
"""

import json
import math
from functools import partial
from typing import Any

import altair as alt

from core.charts.base import layers
from core.charts.base.colour import ink
from core.charts.base.look import Look, digits, powers
from core.charts.base.palette import Palette
from core.charts.base.picture import FONT, specification
from core.labs.map.question import SCALES, Question
from core.labs.map.rows import OUTCOMES, edges
from core.text import Text

HEIGHT = 440
PICK = "diagram_pick"
"""The parameter whose selection is the cell that the visitor clicked on."""
MOST_LOG2 = 1.0
TICKS = (0.5, 0.7, 1.0, 1.4, 2.0)


def spec(
    question: Question,
    text: Text,
    palette: Palette,
    *,
    height: float | str = HEIGHT,
    font: float = FONT,
) -> dict[str, Any]:
    """The specification without data, which are `diagram_rows.frames`; its cells can be clicked (`PICK`)."""
    look = Look(text, palette, height, font, "still")
    made = specification(_builder(question.kind, question.x[0], question.y[0]), look)
    made["data"] = {"name": "over"}
    for axis in ("x", "y"):
        field, values = getattr(question, axis)
        ends = edges(field, values)
        made["params"] += [
            {"name": f"{axis}_first", "value": ends[0]},
            {"name": f"{axis}_last", "value": ends[-1]},
        ]
    return made


def _builder(kind: str, x: str, y: str) -> Any:
    """The same object for the same axes: specifications are kept by it."""
    return _BUILDERS.setdefault((kind, x, y), partial(_build, kind, x, y))


_BUILDERS: dict[tuple[str, str, str], Any] = {}


def _build(kind: str, x: str, y: str, look: Look) -> layers.Layer:
    pick = alt.selection_point(name=PICK, fields=["i", "j"], clear=False, toggle=False)
    cells = _rects("cells").encode(color=COLOURS[kind](look), tooltip=_tips(kind, x, y, look.text))
    none = _rects("over").encode(color=alt.value(look.palette.line))
    none = none.transform_filter("datum.kind == 'none'")
    order = "y:Q" if x == "gain" else "x:Q"
    stack: list[tuple[layers.Layer, str]] = [
        (cells.add_params(pick), "xy"),
        (none, "xy"),
        (_line(look, look.palette.background, 4.5).encode(order=order), "xy"),
        (_line(look, look.palette.text, 2.0).encode(order=order), "xy"),
        (_ring(look, look.palette.background, 6.0), "xy"),
        (_ring(look, look.palette.text, 2.6), "xy"),
        (_region_names(look), "xy"),
        (layers.placed_labels(look), "xy"),
    ]
    chart = layers.assemble(look, stack, _x(look, x), _y(look, y))
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
    mark = alt.Chart().mark_point(
        shape="circle",
        filled=False,
        opacity=1,
        size=round(190 * look.zoom**2),
        stroke=colour,
        strokeWidth=wide * look.zoom,
    )
    return mark.transform_filter("datum.kind == 'here'")


def _region_names(look: Look) -> layers.Layer:
    """What became of the networks there, in ink that can be read on its area."""
    inks = {name: ink(getattr(look.palette, f"area_{name}")) for name in OUTCOMES}
    return (
        alt.Chart()
        .mark_text(
            fontSize=look.font,
            fontWeight=600,
            color=alt.ExprRef(f"{json.dumps(inks)}[datum.outcome]"),
            dy=0.5,
        )
        .encode(text="text:N")
        .transform_filter(f"datum.kind == 'name' && !({look.narrow})")
    )


def _by_outcome(look: Look) -> alt.Color:
    names = (
        "{" + ", ".join(f"'{o}': '{look.text(f'verdict.outcomes.{o}')}'" for o in OUTCOMES) + "}"
    )
    areas = [getattr(look.palette, f"area_{name}") for name in OUTCOMES]
    legend = _legend(look, columns=alt.ExprRef(f"{look.narrow} ? 2 : 4"))
    legend["labelExpr"] = f"{names}[datum.label]"
    legend["symbolType"] = "square"
    legend["values"] = list(OUTCOMES)
    return alt.Color("outcome:N", legend=legend).scale(domain=list(OUTCOMES), range=areas)


def _by_growth(look: Look) -> alt.Color:
    """Away from the page's own colour: orange where the signal grows, slate where it shrinks."""
    palette, z = look.palette, look.zoom
    legend = _legend(look, title=look.text("diagram.growth"))
    legend["type"] = "gradient"
    legend["gradientLength"] = alt.ExprRef(f"min(width - {round(80 * z)}, {round(320 * z)})")
    legend["gradientThickness"] = round(10 * z)
    legend["values"] = [math.log2(tick) for tick in TICKS]
    ends = f"(datum.value >= {MOST_LOG2} ? '≥ ' : datum.value <= -{MOST_LOG2} ? '≤ ' : '')"
    shown = digits(look.text, "format(pow(2, datum.value), '.2~r')")
    legend["labelExpr"] = f"{ends} + {shown}"
    colours = [palette.loss, palette.background, palette.before]
    scale = alt.Scale(
        domain=[-MOST_LOG2, 0, MOST_LOG2], range=colours, interpolate="rgb", clamp=True
    )
    return alt.Color("growth:Q", legend=legend, scale=scale)


COLOURS = {"outcome": _by_outcome, "start": _by_growth}
"""By kind of diagram, what colour means."""


def _legend(look: Look, **more: Any) -> alt.Legend:
    return alt.Legend(
        **{"title": None, "orient": "top", "direction": "horizontal"} | more,
        titleLimit=0,
        symbolSize=round(130 * look.zoom**2),
        symbolStrokeWidth=0,
        symbolOpacity=1,
    )


def _tips(kind: str, x: str, y: str, text: Text) -> list[alt.Tooltip]:
    shown = {"across": text(f"pair.fields.{x}"), "up": text(f"pair.fields.{y}")}
    if kind == "start":
        shown["text"] = text("diagram.growth")
    else:
        shown |= {name: text(f"diagram.tip.{name}") for name in ("text", "loss", "norm", "steps")}
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in shown.items()]


def _x(look: Look, field: str) -> alt.X:
    return alt.X("x:Q", axis=_axis(look, field), scale=_scale("x", field))


def _y(look: Look, field: str) -> alt.Y:
    return alt.Y("y:Q", axis=_axis(look, field), scale=_scale("y", field), stack=False)


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
