"""Pictures over the layers, at the playhead's step: the signal on its way back, and its factors.

Layers count from the input (an RNN's are its time steps), so the gradient travels to the left. The names stand
in a margin at the right, where it starts.
"""

import math
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.charts.base import layers
from core.charts.base.layers import bars, under
from core.charts.base.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.base.picture import Picture
from core.charts.base.rows import drawable
from core.charts.films.packed import place, unpack
from core.charts.films.scenes import Profile, Scene, drawn, kept
from core.charts.names import stack as written
from core.experiment import Experiment
from core.steps import Step
from core.text import Text
from core.theory.cancellation import signal_cancels


def build(look: Look) -> layers.Layer:
    """Profiles over layers, their names in the margin, bars from 1, the step's name, the end."""
    rows, points, top = look.rows("profile"), alt.Chart(), written.above(look)
    right = written.margin(look)
    lines, factors = (
        points.transform_filter(f"datum.series {way} 'factor'") for way in ("!=", "==")
    )
    stack: list[tuple[layers.Layer, str]] = [
        (layers.limits(look, stays=False), "xy"),
        (_one(look, right), "y"),
        (
            unpack(
                alt.layer(bars(look, factors), layers.lines(look, lines), layers.dots(look, lines)),
                rows,
            ),
            "xy",
        ),
        (layers.end_rules(look, top), "x"),
        (written.names(look, top=top), ""),
        (written.sentences(look, "end"), ""),
        (_note(look, right), ""),
        (under(look, "foot", right=True), ""),
        (under(look, "title", right=False), ""),
        (
            layers.tips(look, look.text("charts.axis.place"), place(look, unpack(points, rows))),
            "xy",
        ),
    ]
    x = x_of(x_axis(look, " "), right=right)
    return layers.assemble(look, stack, x, y_of(y_axis(look), look, top))


def _one(look: Look, right: str) -> layers.Layer:
    """A factor of one, over the data alone."""
    mark = alt.Chart().mark_rule(
        x=0,
        x2=alt.ExprRef(f"width - {right}"),
        color=look.palette.text,
        strokeWidth=1.4 * look.zoom,
    )
    return mark.transform_filter(look.rows("one"))


def _note(look: Look, right: str) -> layers.Layer:
    """Why there is nothing to draw, in the middle of the upper half, clear of a level of one."""
    mark = alt.Chart().mark_text(
        x=alt.ExprRef(f"(width - {right}) / 2"),
        y=alt.ExprRef("height / 4"),
        color=look.palette.text,
        fontSize=look.font,
        fontWeight=600,
    )
    return mark.encode(text="text:N").transform_filter(look.rows("note"))


def _signal(steps: Sequence[Step], experiment: Experiment, text: Text, done: bool) -> pd.DataFrame:
    rnn = experiment.kind.recurrent
    signal = text("charts.line.signal_rnn" if rnn else "charts.line.signal")
    weights = text("charts.line.recurrent_gradient" if rnn else "charts.line.weight_gradient")

    def scene(step: Step) -> Scene:
        x = tuple(range(1, len(step.signal_norms) + 1))
        norms = step.weight_grad_norms[: len(x)]
        if rnn:  # one recurrent matrix at every time step, the second of three
            norms = (step.weight_grad_norms[1],) * len(x)
        profiles = [
            Profile("signal", signal, x, step.signal_norms),
            Profile("weight_gradient", weights, x, norms),
        ]
        if step.index > steps[0].index:
            first = text("charts.line.first", step=steps[0].index)
            profiles.append(Profile("first", first, x, steps[0].signal_norms))
        return Scene(step.index, tuple(profiles))

    return drawn([scene(step) for step in kept(steps)], steps, experiment, text, done)


def factors_of(step: Step) -> tuple[float, ...]:
    """‖δ_l‖ / ‖δ_(l+1)‖ for l from 1 to depth - 1; NaN where there is none."""
    return tuple(
        a / b if drawable(a) and drawable(b) else math.nan
        for a, b in zip(step.signal_norms, step.signal_norms[1:], strict=False)
    )


def _factors(steps: Sequence[Step], experiment: Experiment, text: Text, done: bool) -> pd.DataFrame:
    def scene(step: Step) -> Scene:
        factors = factors_of(step)
        x = tuple(range(1, len(factors) + 1))
        products = np.cumprod(np.array(factors[::-1]))[::-1]
        return Scene(
            step.index,
            (
                Profile("product", text("charts.line.product"), x, tuple(map(float, products))),
                Profile("factor", text("charts.line.factor"), x, factors),
            ),
        )

    cancels = bool(steps) and signal_cancels(experiment, steps[0].signal_norms)
    scenes = [] if cancels else [scene(step) for step in kept(steps)]
    nothing = text("charts.part.cancels") if cancels else ""
    return drawn(scenes, steps, experiment, text, done, level=1.0, nothing=nothing)


def _tell_signal(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    seen = [step for step in steps if any(map(drawable, step.signal_norms))]
    if not seen:
        return text("charts.alt.nothing")
    norms = seen[-1].signal_norms
    return text(
        "charts.alt.layers",
        step=seen[-1].index,
        depth=experiment.depth,
        first=norms[0],
        last=norms[-1],
    )


def _tell_factors(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    if steps and signal_cancels(experiment, steps[0].signal_norms):
        return text("charts.part.cancels")
    seen = [step for step in steps if any(map(drawable, factors_of(step)))]
    if not seen:
        return text("charts.alt.nothing")
    factors = [f for f in factors_of(seen[-1]) if drawable(f)]
    return text(
        "charts.alt.factors",
        step=seen[-1].index,
        least=min(factors),
        most=max(factors),
        product=math.prod(factors),
    )


signal_by_layer = Picture("signal_by_layer", "step", build, _signal, _tell_signal)
factors = Picture("factors", "step", build, _factors, _tell_factors)
