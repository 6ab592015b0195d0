"""What clipping did to the gradient at every step: the angle by which it turned it, the share of entries it changed.

Two linear panels, one over the other, in one view that the playhead drives: the share from BASE up, the angle above.
"""

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, digits, x_axis, x_of
from core.charts.base.picture import Picture
from core.charts.base.rows import NEVER, Point, Rows, Window
from core.charts.films.film import ROOM
from core.experiment import Experiment
from core.steps import Step
from core.text import Text

RIGHT_ANGLE = 90.0
BASE = {"share": 1.0, "angle": 2.5}
"""Where each panel begins on the common axis; each is 1 high. Nothing is at 0, which rows could not hold."""
FULL = {"share": 100.0, "angle": RIGHT_ANGLE}
LOW, HIGH = 0.92, 3.86


def turned(step: Step) -> float:
    """The angle between the gradient before and after clipping, in degrees; NaN where it has none."""
    cosine = step.clip_cosine
    if not (math.isfinite(step.grad_norm) and math.isfinite(cosine)):
        return math.nan
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))


def changed(step: Step) -> float:
    """Per cent of the entries that clipping changed; NaN where the gradient was not finite."""
    return 100 * step.clipped_fraction if math.isfinite(step.grad_norm) else math.nan


def _fill(steps: Sequence[Step], experiment: Experiment, text: Text, done: bool) -> pd.DataFrame:
    rows = Rows()
    if not steps:
        return rows.frame()
    width = max(experiment.steps - 1, 1)
    windows = [Window(0, width, LOW, HIGH)] * len(steps)
    if done:
        windows[-1] = Window(0, max(len(steps) - 1, 1) * (1 + ROOM), LOW, HIGH)
    rows.limits(windows)
    for panel, values in (("angle", map(turned, steps)), ("share", map(changed, steps))):
        base, full = BASE[panel], FULL[panel]
        points = [
            Point(s.index, base + v / full, s.index, _shown(v, panel, text))
            for s, v in zip(steps, values, strict=True)
        ]
        name = text(f"keras_example.measured.{panel}")
        rows.line("after", points, name, settled=len(steps) - 1 if done else NEVER)
        rows.add("panel", y=base + 1, text=name)
    if done and steps[-1].lost is not None:
        rows.add("rule", series="end", x=steps[-1].index, frame=steps[-1].index)
    return rows.frame()


def _shown(value: float, panel: str, text: Text) -> str:
    return text(f"charts.unit.{panel}", value=0.0 if abs(value) < 1e-3 else value)


def build(look: Look) -> layers.Layer:
    """Grids, lines, heads, what each panel counts, the end."""
    stack: list[tuple[layers.Layer, str]] = [
        (layers.limits(look), "xy"),
        (layers.lines(look), "xy"),
        (layers.dots(look), "xy"),
        (layers.heads(look), "xy"),
        (layers.end_rules(look), "x"),
        (_titles(look), "y"),
        (_tips(look), "xy"),
    ]
    x = x_of(x_axis(look, look.text("charts.axis.step")))
    scale = alt.Scale(nice=False, zero=False)
    return layers.assemble(look, stack, x, alt.Y("y:Q", axis=_axis(look), scale=scale, stack=False))


def _axis(look: Look) -> alt.Axis:
    """Three ticks for each panel, in its own unit."""
    ticks = {
        base + part: _shown(part * FULL[panel], panel, look.text)
        for panel, base in BASE.items()
        for part in (0.0, 0.5, 1.0)
    }
    label = "''"
    for value, shown in ticks.items():
        label = f"abs(datum.value - {value}) < 0.01 ? '{shown}' : {label}"
    return alt.Axis(
        title=None,
        values=list(ticks),
        labelExpr=label,
        grid=True,
        domain=False,
        ticks=False,
    )


def _titles(look: Look) -> layers.Layer:
    """Each panel's name, over its upper left corner."""
    return (
        alt.Chart()
        .mark_text(
            align="left",
            baseline="bottom",
            x=2,
            dy=-5 * look.zoom,
            fontSize=look.font,
            fontWeight=600,
            color=look.palette.after,
        )
        .encode(text="text:N")
        .transform_filter("datum.kind == 'panel'")
    )


def _tips(look: Look) -> layers.Layer:
    """Invisible points with a tooltip, once the film rests at its end."""
    return (
        alt.Chart()
        .mark_point(opacity=0, size=round(90 * look.zoom**2))
        .transform_filter(look.reached("line") + f" && {look.head} >= datum.settled")
        .transform_calculate(at=digits(look.text, "format(datum.x, 'd')"))
        .encode(
            tooltip=[
                alt.Tooltip("text:N", title="·"),
                alt.Tooltip("at:N", title=look.text("charts.axis.step")),
                alt.Tooltip("place:N", title=look.text("charts.axis.value")),
            ]
        )
    )


def _tell(steps: Sequence[Step], _: Experiment, text: Text) -> str:
    """Both panels in words."""
    angles = [a for a in map(turned, steps) if math.isfinite(a)]
    shares = [c for c in map(changed, steps) if math.isfinite(c)]
    if not (angles and shares):
        return text("charts.alt.nothing")
    most = max(angles)
    return text(
        "keras_example.measured.alt",
        steps=len(steps),
        angle=0.0 if most < 1e-3 else most,
        least=min(shares),
        share=max(shares),
    )


turning = Picture("turning", "step", build, _fill, _tell)
