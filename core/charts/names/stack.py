"""Names in a margin beside the plot, sentences above it: one rule for the texts of every chart with lines.

The browser places the names, for it knows how large the plot is: each stands as high as its line ends, at any
frame of a film. Names that would meet move apart as little as goes and keep their order; a thin leader shows
whose each is. Nothing else is drawn in the margin or above the plot, so no text ever lies on a line.
"""

from typing import Any

import altair as alt

from core.charts.base.layers import Layer
from core.charts.base.look import Look
from core.charts.base.measure import LINE

MARGIN = {"wide": 186.0, "narrow": 94.0}
"""Pixels kept free of data for the names."""
ASIDE, BETWEEN = 14.0, 5.0
"""Pixels from the data's edge to a name, and between two names."""
NARROW_LINES = 2
"""How many lines a sentence may take on a narrow plot; on a wide one it takes one."""


def margin(look: Look) -> str:
    """How wide the margin is, as an expression."""
    return f"({look.narrow} ? {MARGIN['narrow'] * look.zoom} : {MARGIN['wide'] * look.zoom})"


def above(look: Look) -> str:
    """How many pixels the sentences take above the data, as an expression."""
    lines = f"({look.narrow} ? {NARROW_LINES} : 1)"
    return f"({look.zoom * LINE * len(look.told)} * {lines} + {round(8 * look.zoom)})"


def names(
    look: Look, *, scale: str = "y", left: bool = False, top: str = "0", bottom: float = 0.0
) -> Layer:
    """The names of what is seen: of lines at their heads, of levels, and those that have rows of their own.

    scale: what Vega calls the lines' vertical scale. top, bottom: pixels above and below the data.
    """
    z, way = look.zoom, -1 if left else 1
    edge = margin(look) if left else f"(width - {margin(look)})"
    rows = _stacked(look, scale, top, f"(height - {bottom * z})")
    text = rows.mark_text(
        align="right" if left else "left",
        x=alt.ExprRef(f"{edge} + {way * ASIDE * z}"),
        y=alt.ExprRef(f"datum.place - (datum.lines - 1) * {LINE * z / 2}"),
        style="strong",
    ).encode(text="said:N", color=look.colour)
    start = f"datum.kind == 'level' ? {edge} : scale('x', datum.x) + {4 * way * z}"
    leader = rows.mark_rule(strokeWidth=1.2 * z, opacity=0.5).encode(
        x=alt.value(alt.ExprRef(start)),
        x2=alt.value(alt.ExprRef(f"{edge} + {way * (ASIDE - 3) * z}")),
        y=alt.value(alt.ExprRef("datum.at")),
        y2=alt.value(alt.ExprRef("datum.place")),
        color=look.colour,
    )
    return alt.layer(leader, text)


def _stacked(look: Look, scale: str, top: str, bottom: str) -> Layer:
    """The rows of names with what is said, in how many lines, where the line ends and where the name stands.

    In a stack, from the top, the name k ends at below_k; moved down by what is the most, over those above it and
    itself, of how far its line ends below that place, no two names meet; moved by the least over those below it
    and itself, neither. So they do not where each is moved by the mean of both, or by as much as there is room.
    """
    seen = f"{look.rows('line')} || {look.rows('name')} || {look.stage('level')}"
    order: Any = {"sort": [alt.SortField("at")], "ignorePeers": True}
    return (
        alt.Chart()
        .transform_filter(f"({seen}) && datum.wide != ''")
        .transform_calculate(
            at=f"scale('{scale}', datum.y)", said=f"{look.narrow} ? datum.narrow : datum.wide"
        )
        .transform_calculate(lines="length(split(datum.said, '\\n'))")
        .transform_calculate(high=f"{look.zoom} * (datum.lines * {LINE} + {BETWEEN})")
        .transform_window(below="sum(high)", frame=[None, 0], **order)
        .transform_joinaggregate(whole="sum(high)")
        .transform_calculate(middle="datum.below - datum.high / 2")
        .transform_calculate(off="datum.at - datum.middle")
        .transform_window(most="max(off)", frame=[None, 0], **order)
        .transform_window(least="min(off)", frame=[0, None], **order)
        .transform_calculate(
            place="datum.middle + clamp((datum.most + datum.least) / 2, "
            f"{top}, max({top}, {bottom} - datum.whole))"
        )
    )


def sentences(look: Look) -> Layer:
    """What happened, in words above the data, one under the other; at that side of the plot where it happened."""
    early = "scale('x', datum.x) < width / 2"
    down = f"indexof({[*look.told]}, datum.series) * {LINE * look.zoom}"
    mark = alt.Chart().mark_text(
        align=alt.ExprRef(f"{early} ? 'left' : 'right'"),
        baseline="top",
        x=alt.ExprRef(f"{early} ? 0 : width - 2"),
        y=alt.ExprRef(f"2 + {down} * ({look.narrow} ? {NARROW_LINES} : 1)"),
        style="strong",
    )
    said = f"{look.narrow} ? datum.narrow : datum.wide"
    rows = mark.transform_filter(look.rows("said")).transform_calculate(said=said)
    return rows.encode(text="said:N", color=look.colour)
