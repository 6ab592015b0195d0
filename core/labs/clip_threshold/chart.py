"""A run's gradient norms in order of size: its percentiles on the curve, the rule of thumb as levels across."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, digits, x_of, y_axis, y_of
from core.charts.base.measure import wrapped
from core.charts.base.rows import Point, Rows, Window
from core.charts.names import marks, stack
from core.charts.names.marks import Level
from core.diagnosis.clip_threshold import PERCENTILES, Threshold
from core.text import Text

SHARES = tuple(k / 2 for k in range(201))
"""Where the curve is computed, in per cent; every whole percentile is among them."""


def frame(norms: Sequence[float], thresholds: Sequence[Threshold], text: Text) -> pd.DataFrame:
    """The rows. norms: positive; a threshold named by its percentile lies on their curve."""
    curve = tuple(zip(SHARES, np.percentile(norms, SHARES).tolist(), strict=True))
    heights = [*(y for _, y in curve), *(t.value for t in thresholds)]
    window = Window(0, 102, _decade(min(heights), math.floor), _decade(max(heights), math.ceil))
    rows = Rows()
    rows.limits([window])
    name = text("keras_example.advisor.curve")
    points = [Point(x, y, 0) for x, y in curve]
    rows.curve("before", points, text=name)
    rows.add("name", series="before", x=curve[-1][0], y=curve[-1][1], **wrapped(name))
    levels = []
    for t in thresholds:
        if t.name.isdigit():
            rows.add("drop", series="after", x=float(t.name), y=t.value, y2=window.y0)
        else:
            shown = text(f"keras_example.advisor.rows.{t.name}")
            levels.append(Level("after", t.value, f"{shown}: {text.number(t.value, 2)}"))
    marks.draw_levels(rows, [window], levels, text)
    return rows.frame()


def alt_text(norms: Sequence[float], text: Text) -> str:
    """The chart in words; the table beside it has the thresholds."""
    return text("keras_example.advisor.alt", count=len(norms), least=min(norms), most=max(norms))


def _decade(value: float, snap: Any) -> float:
    return float(10.0 ** snap(math.log10(value) + (0.02 if snap is math.ceil else -0.02)))


def build(look: Look) -> layers.Layer:
    """The curve, a drop to the axis from each percentile, the levels, names, values on touch."""
    right = stack.margin(look)
    drawn: list[tuple[layers.Layer, str]] = [
        (layers.limits(look), "xy"),
        (layers.levels(look, right=f"width - {right}"), "y"),
        (_drops(look), "xy"),
        (layers.lines(look), "xy"),
        (_feet(look), "xy"),
        (stack.names(look), ""),
        (layers.tips(look, "%"), "xy"),
    ]
    return layers.assemble(look, drawn, x_of(_axis(look), right=right), y_of(y_axis(look), look))


def _drops(look: Look) -> layers.Layer:
    rule = alt.Chart().mark_rule(strokeWidth=1.2 * look.zoom)
    return rule.encode(color=look.colour, y2="y2:Q").transform_filter(look.rows("drop"))


def _feet(look: Look) -> layers.Layer:
    """The percentiles on the curve."""
    dot = alt.Chart().mark_point(size=70 * look.zoom**2)
    return dot.encode(color=look.colour).transform_filter(look.rows("drop"))


def _axis(look: Look) -> alt.Axis:
    """The percentiles are its ticks."""
    return alt.Axis(
        title=look.text("keras_example.advisor.axis"),
        grid=False,
        values=[0, 25, *PERCENTILES],
        labelExpr=digits(look.text, "datum.label"),
        format="d",
    )
