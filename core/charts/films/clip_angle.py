"""What clipping did to the gradient at every step: the angle by which it turned it, the share of entries it changed.

Two linear panels, one over the other, in one view that the playhead drives: the share from BASE up, the angle above.
"""

import math

import altair as alt

from core.charts.base import layers
from core.charts.base.look import Look, x_axis, x_of
from core.charts.base.picture import Course, Picture
from core.charts.base.rows import Point, Rows
from core.charts.films.film import over_steps
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


def _fill(rows: Rows, course: Course) -> None:
    steps, last = course.steps, course.steps[-1].index
    rows.limits(over_steps(course, [(LOW, HIGH)] * len(steps)))
    rows.settled = course.rests(last)
    for panel, value in (("angle", turned), ("share", changed)):
        base, full = BASE[panel], FULL[panel]
        values = [(step.index, value(step)) for step in steps]
        points = [Point(i, base + v / full, i, _shown(v, panel, course.text)) for i, v in values]
        name = course.text(f"keras_example.measured.{panel}")
        rows.line("after", points, name)
        rows.add("panel", y=base + 1, text=name)
    if course.done and steps[-1].lost is not None:
        rows.add("rule", series="end", x=last, frame=last)


def _shown(value: float, panel: str, text: Text) -> str:
    return text(f"charts.unit.{panel}", value=_seen(value))


def _seen(value: float) -> float:
    """A value as it is told: 0 for what only rounding made of it."""
    return 0.0 if abs(value) < 1e-3 else value


def build(look: Look) -> layers.Layer:
    """Grids, lines, heads, what each panel counts, the end, each value in its own unit on touch."""
    step = look.text("charts.axis.step")
    points = layers.reached(look).transform_calculate(value="datum.place", place="''")
    stack: layers.Stack = [
        (layers.limits(look), "xy"),
        (layers.lines(look), "xy"),
        (layers.dots(look), "xy"),
        (layers.heads(look), "xy"),
        (layers.end_rules(look), "x"),
        (_titles(look), "y"),
        (layers.tips(look, step, points, "datum.value"), "xy"),
    ]
    x = x_of(x_axis(look, step))
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
    mark = alt.Chart().mark_text(
        align="left",
        baseline="bottom",
        x=2,
        dy=-5 * look.zoom,
        style="strong",
        color=look.palette.after,
    )
    return mark.encode(text="text:N").transform_filter("datum.kind == 'panel'")


def _tell(course: Course) -> str:
    """Both panels in words."""
    angles = [*filter(math.isfinite, map(turned, course.steps))]
    shares = [*filter(math.isfinite, map(changed, course.steps))]
    if not (angles and shares):
        return ""
    return course.text(
        "keras_example.measured.alt",
        steps=len(course.steps),
        angle=_seen(max(angles)),
        least=min(shares),
        share=max(shares),
    )


turning = Picture("turning", "step", build, _fill, _tell)
