"""How early each rule spoke: a row a rule, a bar from its first word to the end of the run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, x_axis
from core.charts.base.picture import FONT
from core.charts.base.rows import Rows, Window
from core.charts.names import marks, stack

HEAD = 1.4
"""Rows kept free above the first, for the sentence that tells the end."""
ROWS = 12
HEIGHT = (ROWS + HEAD) * 34.0 / FONT
"""So many times as high as its letters is the chart, whatever its page."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One rule: what stands at its row, the step at which it first spoke (None: silent), its colour's key."""

    text: str
    step: int | None
    series: str


def frame(voices: Sequence[Voice], last: int, first: int | None, end: str) -> pd.DataFrame:
    """The rows. last: the run's last step. first: the first warning's. end: what stopped being finite, or ""."""
    rows = Rows(align="category", dx="float32", dy="float32")
    rows.limits([Window(0, max(last, 1), -HEAD, ROWS)])
    if first is not None:
        rows.add("warning", series="warning", x=first)
    if end:
        rows.add("rule", series="end", x=last, y=-HEAD / 3, y2=ROWS)
        marks.say(rows, "end", last, end)
    for row, voice in enumerate(voices):
        x = voice.step or 0
        kind = "quiet" if voice.step is None else "bar"
        rows.add(kind, series=voice.series, x=x, x2=last, y=row + 0.72)
        rows.add("label", series=voice.series, y=row + 0.28, text=voice.text, align="left")
    return rows.frame()


def build(look: Look) -> layers.Layer:
    """Bars and their first steps, the rules' names above them in a column, the first warning dotted, the end."""
    z = look.zoom
    bars = alt.Chart().mark_rule(strokeWidth=7 * z, strokeCap="round", opacity=0.45)
    quiet = alt.Chart().mark_rule(strokeWidth=z, color=look.palette.line)
    starts = alt.Chart().mark_point(size=round(90 * z * z))
    end = alt.Chart().mark_rule(strokeWidth=3.5 * z, strokeCap="round")
    bar_rows = look.rows("bar")
    drawn: list[tuple[layers.Layer, str]] = [
        (layers.limits(look), "xy"),
        (layers.warning_rules(look), "x"),
        (quiet.encode(x2="x2:Q").transform_filter(look.rows("quiet")), "xy"),
        (bars.encode(color=look.colour, x2="x2:Q").transform_filter(bar_rows), "xy"),
        (starts.encode(color=look.colour).transform_filter(bar_rows), "xy"),
        (end.encode(color=look.colour, y2="y2:Q").transform_filter(look.rows("rule")), "xy"),
        (layers.placed_labels(look), "xy"),
        (stack.sentences(look), ""),
    ]
    across: list[Any] = [round(8 * z), alt.ExprRef(f"width - {round(10 * z)}")]
    x = alt.X(
        "x:Q",
        axis=x_axis(look, look.text("charts.axis.step")),
        scale=alt.Scale(nice=False, zero=False, range=across),
    )
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(reverse=True, nice=False, zero=False))
    return layers.assemble(look, drawn, x, y)
