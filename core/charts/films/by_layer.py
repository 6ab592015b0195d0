"""Pictures over the layers, at the playhead's step: the signal on its way back, and its factors.

Layers count from the input (an RNN's are its time steps), so the gradient travels to the left. The names stand
in a margin at the right, where it starts.
"""

import math
from itertools import pairwise

import altair as alt
import numpy as np

from core.charts.base import layers
from core.charts.base.layers import bars, under
from core.charts.base.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.base.picture import Course, Picture
from core.charts.base.rows import Rows, drawable
from core.charts.films.packed import PACKED, place, unpack
from core.charts.films.scenes import Profile, Scene, draw, kept
from core.charts.names import stack as written
from core.steps import Step
from core.theory.cancellation import signal_cancels


def build(look: Look) -> layers.Layer:
    """Profiles over layers, their names in the margin, bars from 1, the step's name, the end."""
    rows, points, top = look.rows("profile"), alt.Chart(), written.above(look)
    right, factor = written.margin(look), "datum.series == 'factor'"
    lines, factors = (points.transform_filter(which) for which in (f"!({factor})", factor))
    drawn = alt.layer(bars(look, factors), layers.lines(look, lines), layers.dots(look, lines))
    touched = layers.tips(look, look.text("charts.axis.place"), place(look, unpack(points, rows)))
    stack: layers.Stack = [
        (layers.limits(look, stays=False), "xy"),
        (_one(look, right), "y"),
        (unpack(drawn, rows), "xy"),
        (layers.end_rules(look, top), "x"),
        (written.names(look, top=top), ""),
        (written.sentences(look), ""),
        (_note(look, right), ""),
        (under(look, "foot", right=True), ""),
        (under(look, "title", right=False), ""),
        (touched, "xy"),
    ]
    x = x_of(x_axis(look, " "), right=right)
    return layers.assemble(look, stack, x, y_of(y_axis(look), look, top))


def _one(look: Look, right: str) -> layers.Layer:
    """A factor of one, over the data alone."""
    edge, thick = alt.ExprRef(f"width - {right}"), 1.4 * look.zoom
    mark = alt.Chart().mark_rule(x=0, x2=edge, color=look.palette.text, strokeWidth=thick)
    return mark.transform_filter(look.rows("one"))


def _note(look: Look, right: str) -> layers.Layer:
    """Why there is nothing to draw, in the middle of the upper half, clear of a level of one."""
    middle = alt.ExprRef(f"(width - {right}) / 2")
    mark = alt.Chart().mark_text(x=middle, y=alt.ExprRef("height / 4"), style="strong")
    return mark.encode(text="text:N").transform_filter(look.rows("note"))


def _signal(rows: Rows, course: Course) -> None:
    steps, text, rnn = course.steps, course.text, course.experiment.kind.recurrent
    signal = text("charts.line.signal_rnn" if rnn else "charts.line.signal")
    weights = text("charts.line.recurrent_gradient" if rnn else "charts.line.weight_gradient")

    def scene(step: Step) -> Scene:
        depth, norms = len(step.signal_norms), step.weight_grad_norms
        if rnn:  # one recurrent matrix at every time step, the second of three
            norms = (norms[1],) * depth
        profiles = [
            Profile("signal", signal, step.signal_norms),
            Profile("weight_gradient", weights, norms[:depth]),
        ]
        if step.index > steps[0].index:
            first = text("charts.line.first", step=steps[0].index)
            profiles.append(Profile("first", first, steps[0].signal_norms))
        return Scene(step.index, tuple(profiles))

    draw(rows, course, [scene(step) for step in kept(steps)])


def factors_of(step: Step) -> tuple[float, ...]:
    """‖δ_l‖ / ‖δ_(l+1)‖ for l from 1 to depth - 1; NaN where there is none."""
    return tuple(
        a / b if drawable(a) and drawable(b) else math.nan for a, b in pairwise(step.signal_norms)
    )


def _cancels(course: Course) -> bool:
    return signal_cancels(course.experiment, course.steps[0].signal_norms)


def _factors(rows: Rows, course: Course) -> None:
    text = course.text

    def scene(step: Step) -> Scene:
        factors = factors_of(step)
        with np.errstate(over="ignore"):
            products = np.cumprod(factors[::-1])[::-1].tolist()
        product = Profile("product", text("charts.line.product"), tuple(products))
        return Scene(step.index, (product, Profile("factor", text("charts.line.factor"), factors)))

    cancels = _cancels(course)
    scenes = [] if cancels else [scene(step) for step in kept(course.steps)]
    draw(rows, course, scenes, 1.0, text("charts.part.cancels") if cancels else "")


def _tell_signal(course: Course) -> str:
    seen = [step for step in course.steps if any(map(drawable, step.signal_norms))]
    if not seen:
        return ""
    norms = seen[-1].signal_norms
    return course.text(
        "charts.alt.layers",
        step=seen[-1].index,
        depth=course.experiment.depth,
        first=norms[0],
        last=norms[-1],
    )


def _tell_factors(course: Course) -> str:
    if _cancels(course):
        return course.text("charts.part.cancels")
    seen = [step for step in course.steps if any(map(drawable, factors_of(step)))]
    if not seen:
        return ""
    factors = [*filter(drawable, factors_of(seen[-1]))]
    return course.text(
        "charts.alt.factors",
        step=seen[-1].index,
        least=min(factors),
        most=max(factors),
        product=math.prod(factors),
    )


signal_by_layer = Picture("signal_by_layer", "step", build, _signal, _tell_signal, columns=PACKED)
factors = Picture("factors", "step", build, _factors, _tell_factors, columns=PACKED)
